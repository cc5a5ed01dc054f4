/**
 * Whether an expected value is a subset of an actual one: every field it names is there and matches, lists match item
 * by item and have the same length, and a number may be given as `{ min, max }`.
 */
export function isSubset(expected: unknown, actual: unknown): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((each, index) => isSubset(each, actual[index]));
  }
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, actual);
  if (typeof actual === 'number') return isInRange(expected, actual);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) => {
    return Object.hasOwn(actual, key) && isSubset(value, (actual as Record<string, unknown>)[key]);
  });
}

function isInRange(range: object, actual: number): boolean {
  const { min, max, ...rest } = range as { min?: unknown; max?: unknown };
  if (Object.keys(rest).length > 0 || (min === undefined && max === undefined)) return false;
  return (typeof min !== 'number' || actual >= min) && (typeof max !== 'number' || actual <= max);
}
