/** Tells which patterns need the numbers of the data as they are written; for all others the fast parser will do. */
import { isBranch, numberOf } from './values.ts';

/** Whether a valid pattern compares a number for plain equality, or for its complement anything-but. */
export function comparesNumbers(pattern: unknown): boolean {
  if (!isBranch(pattern)) return false;
  return Object.entries(pattern).some(([key, value]) => {
    if (!Array.isArray(value)) return comparesNumbers(value);
    return value.some(key === '$or' ? comparesNumbers : entryComparesNumbers);
  });
}

function entryComparesNumbers(entry: unknown): boolean {
  if (numberOf(entry) !== undefined) return true;
  const operand = isBranch(entry) ? entry['anything-but'] : undefined;
  return numberOf(operand) !== undefined || (Array.isArray(operand) && operand.some(entryComparesNumbers));
}
