/**
 * EventBridge's wildcard: `*` stands for any characters, also none; `\*` and `\\` for themselves; `**` is refused.
 * Matching takes the leftmost place for each piece in turn, so its time grows with text and pattern, never faster.
 */
import type { Place } from './place.ts';
import { refuse } from './refusal.ts';

/** Compiles a wildcard into a test of whole strings. */
export function wildcardTest(wildcard: string, place: Place): (text: string) => boolean {
  const pieces = splitAtStars(wildcard, place);
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces.at(-1) ?? '';
  const between = pieces.slice(1, -1);
  return (text) =>
    text.startsWith(first) && text.endsWith(last) && holdsInOrder(text, between, first.length, last.length);
}

/** Whether the pieces stand in the text one after the other, between what its first and last piece take apart. */
function holdsInOrder(text: string, pieces: readonly string[], startsAt: number, leaves: number): boolean {
  const end = text.length - leaves;
  let at = startsAt;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}

/** The literal pieces of a wildcard, split at its unescaped stars. */
function splitAtStars(wildcard: string, place: Place): string[] {
  const pieces = [''];
  const extend = (text: string): void => {
    pieces.push(`${pieces.pop() ?? ''}${text}`);
  };
  for (let at = 0; at < wildcard.length; at += 1) {
    const char = wildcard.charAt(at);
    const next = wildcard.charAt(at + 1);
    if (char === '*') {
      if (next === '*') refuse(place.where, 'may not have two stars in a row.');
      pieces.push('');
    } else if (char === '\\') {
      if (next !== '*' && next !== '\\') refuse(place.where, 'may have a backslash only before a star or a backslash.');
      extend(next);
      at += 1;
    } else extend(char);
  }
  return pieces;
}
