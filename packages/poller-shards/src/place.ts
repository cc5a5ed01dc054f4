/**
 * Where a shard is read from, and the words for it that are kept while there is no checkpoint. The words of one version
 * are understood by the next.
 */
import type { Millis, Position } from '@millrace/semantics';

export type Place =
  /** The oldest record that is there; what arrived before `sinceMs` is passed over. */
  | { readonly kind: 'horizon'; readonly sinceMs?: Millis }
  /** The first record that arrived at this time or later. */
  | { readonly kind: 'at'; readonly atMs: Millis }
  | { readonly kind: 'index'; readonly index: number }
  /** What comes after this record. */
  | { readonly kind: 'after'; readonly position: Position }
  /** Where an iterator stands that was made at this time. */
  | { readonly kind: 'iterator'; readonly iterator: string; readonly madeMs: Millis };

export const HORIZON: Place = { kind: 'horizon' };

/** A place as it is kept. */
export function wordOf(place: Place): string {
  switch (place.kind) {
    case 'horizon':
      return place.sinceMs === undefined ? 'horizon' : `horizon:${place.sinceMs}`;
    case 'at':
      return `at:${place.atMs}`;
    case 'index':
      return `index:${place.index}`;
    case 'after':
      return typeof place.position === 'number' ? `after:${place.position}` : `after:"${place.position}"`;
    case 'iterator':
      return `iterator:${place.madeMs}:${place.iterator}`;
  }
}

/** Undefined for a text that is no such word. */
export function placeOf(word: string): Place | undefined {
  const cut = word.indexOf(':');
  const [kind, rest] = cut < 0 ? [word, ''] : [word.slice(0, cut), word.slice(cut + 1)];
  switch (kind) {
    case 'horizon':
      return cut < 0 ? HORIZON : { kind, sinceMs: Number(rest) };
    case 'at':
      return { kind, atMs: Number(rest) };
    case 'index':
      return { kind, index: Number(rest) };
    case 'after':
      return { kind, position: rest.startsWith('"') ? rest.slice(1, -1) : Number(rest) };
    case 'iterator': {
      const end = rest.indexOf(':');
      return { kind, madeMs: Number(rest.slice(0, end)), iterator: rest.slice(end + 1) };
    }
    default:
      return undefined;
  }
}
