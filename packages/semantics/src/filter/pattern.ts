/**
 * Event patterns over one document: an object whose fields must all match, with lists at its leaves and `$or` at any
 * level. The filters of a mapping and the `match` of a scripted function share it.
 */
import { compileLeaf } from './leaf.ts';
import { inside, type Place } from './place.ts';
import { fits, highest, lowest, type Matcher } from './rank.ts';
import { orRefused, type PatternRefused, refuse } from './refusal.ts';
import { anyElement, fieldOf, isBranch } from './values.ts';

/** A pattern that is ready to be matched. Opaque: hand it to `matchesPattern`. */
export interface CompiledPattern {
  readonly matches: Matcher;
}

/**
 * Compiles a pattern over one decoded value, such as `{ "data": { "type": ["order"] } }`. Numbers compare as JSON writes
 * them. The empty pattern matches everything. Operators that only EventBridge has are accepted.
 */
export function compilePattern(
  pattern: unknown,
): { readonly ok: true; readonly pattern: CompiledPattern } | PatternRefused {
  return orRefused(() => ({ ok: true, pattern: { matches: compileWhole(pattern) } }));
}

/** Whether a value (parsed JSON) fits a pattern. */
export function matchesPattern(pattern: CompiledPattern, value: unknown): boolean {
  return fits(pattern.matches(value, value));
}

function compileWhole(pattern: unknown): Matcher {
  const place: Place = { where: [], above: 0, strict: false };
  if (isBranch(pattern) && Object.keys(pattern).length === 0) return (value, root) => lowest([], value, root);
  return compileObject(pattern, place);
}

/** Compiles an object of a pattern. */
export function compileObject(pattern: unknown, place: Place): Matcher {
  const fields = fieldsOf(pattern, place).map(([key, value]) => compileMember(key, value, place));
  const matches: Matcher = (value, root) => lowest(fields, value, root);
  return (value, root) => anyElement(matches, value, root);
}

/** The fields of an object of a pattern, which must have some. */
export function fieldsOf(pattern: unknown, place: Place): readonly (readonly [string, unknown])[] {
  if (!isBranch(pattern)) refuse(place.where, 'must be an object of fields, or a list of values such as ["x"].');
  const fields = Object.entries(pattern);
  if (fields.length === 0) refuse(place.where, 'must name at least one field.');
  return fields;
}

function compileMember(key: string, value: unknown, place: Place): Matcher {
  if (key === '$or') {
    const branches = branchesOf(value, place).map((branch) => compileObject(branch, place));
    return (object, root) => highest(branches, object, root);
  }
  const matches = compileField(value, inside(place, key));
  return (object, root) => matches(fieldOf(object, key), root);
}

/** Compiles what stands at a field: an object, or the list of a leaf. */
export function compileField(value: unknown, place: Place): Matcher {
  return Array.isArray(value) ? compileLeaf(value, place) : compileObject(value, place);
}

/** The alternatives of a `$or`: at least two objects, as EventBridge reads it. */
export function branchesOf(value: unknown, place: Place): readonly unknown[] {
  if (Array.isArray(value) && value.length >= 2 && value.every(isBranch)) return value;
  return refuse(inside(place, '$or').where, 'must be a list of at least two objects.');
}
