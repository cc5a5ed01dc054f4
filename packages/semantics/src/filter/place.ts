/** Where in a pattern the compiler is, and what it may accept there. */
import { refuse } from './refusal.ts';
import { isBranch } from './values.ts';

export interface Place {
  /** The names that lead here from the top of the pattern. */
  readonly where: readonly string[];
  /** How many of them lead to the document that is matched, and so are no part of the path inside it. */
  readonly above: number;
  /** Whether operators that only EventBridge has are refused. */
  readonly strict: boolean;
}

/** The place one name deeper. */
export function inside(place: Place, name: string): Place {
  return { ...place, where: [...place.where, name] };
}

/** Refuses, in strict mode, an operator which EventBridge has and Lambda's table lacks. */
export function requireExtensions(place: Place, operator: string): void {
  if (!place.strict) return;
  const detail = `uses ${operator}, which is not in Lambda's table of comparison operators.`;
  refuse(place.where, detail, 'filter.operator-refused');
}

/** Splits an object with one key, such as `{ "prefix": "a" }`, into its key and value. */
export function onlyEntry(value: unknown, place: Place): readonly [string, unknown] {
  const entries = isBranch(value) ? Object.entries(value) : [];
  const entry = entries[0];
  if (entry === undefined || entries.length > 1) {
    refuse(place.where, 'may hold strings, numbers, true, false, null and objects with exactly one operator.');
  }
  return entry;
}
