/**
 * The decoded values that patterns are matched against: what is a leaf, what is a branch, and what arrays hold.
 * Numbers are JavaScript numbers, or `NumberLiteral`s where their text matters. `undefined` is a missing field.
 *
 * Nothing here recurses into data, so that no record can exhaust the stack by its nesting.
 */
import { NumberLiteral } from './number-literals.ts';
import { ANY_ELEMENT, fits, HIT, type Matcher, MISS, type Rank } from './rank.ts';

/** An object of the data: neither an array, null, nor a number literal. */
export function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberLiteral);
}

/** The value of a number, or undefined for what is no number. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof NumberLiteral ? value.value : undefined;
}

/** How a number is written: its own text in the JSON, or the text that JSON would have for it. */
export function numberText(value: unknown): string {
  return value instanceof NumberLiteral ? value.text : String(value);
}

/** The field of a value, or undefined where it has none. */
export function fieldOf(value: unknown, key: string): unknown {
  return isBranch(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Applies a matcher to a value or, where it is an array, to its elements, of which any may match. */
export function anyElement(matches: Matcher, value: unknown, root: unknown): Rank {
  if (!Array.isArray(value)) return matches(value, root);
  const elements = elementsOf(value);
  if (elements.length === 0) return matches(undefined, root);
  let best = MISS;
  for (const element of elements) {
    best = Math.max(best, matches(element, root));
    if (best === HIT) break;
  }
  return fits(best) ? Math.min(best, ANY_ELEMENT) : best;
}

/** What stands at a path of names: a leaf, something without leaves of its own, or nothing. */
export type Presence = 'leaf' | 'branch' | 'missing';

/** Looks for a path from the root of a document, through the elements of all arrays on the way. */
export function presenceAt(root: unknown, path: readonly string[]): Presence {
  let found: unknown[] = [root];
  for (const key of path) found = elementsOf(found).map((value) => fieldOf(value, key));
  found = found.filter((value) => value !== undefined);
  if (found.length === 0) return 'missing';
  return elementsOf(found).every(isBranch) ? 'branch' : 'leaf';
}

/** The elements of an array, with those of the arrays in it in their place. */
function elementsOf(array: readonly unknown[]): unknown[] {
  if (!array.some(Array.isArray)) return [...array];
  const elements: unknown[] = [];
  const rest: unknown[] = [...array].reverse();
  while (rest.length > 0) {
    const next = rest.pop();
    if (!Array.isArray(next)) elements.push(next);
    else for (let index = next.length - 1; index >= 0; index -= 1) rest.push(next[index]);
  }
  return elements;
}
