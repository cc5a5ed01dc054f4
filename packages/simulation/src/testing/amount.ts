import { formatCount } from '../render/text.ts';
import type { Amount } from '../scenario/expectations.ts';

/** Whether a number is the amount, or in its range. */
export function isAmount(actual: number, amount: Amount): boolean {
  if (typeof amount === 'number') return actual === amount;
  return actual >= (amount.min ?? -Infinity) && actual <= (amount.max ?? Infinity);
}

/** `once`, `5 times`, `at least 2 times`, `2 to 4 times`. */
export function timesText(amount: Amount): string {
  if (typeof amount === 'number') return amount === 1 ? 'once' : `${formatCount(amount)} times`;
  const { min, max } = amount;
  if (min !== undefined && max !== undefined) return `${formatCount(min)} to ${formatCount(max)} times`;
  if (min !== undefined) return `at least ${timesText(min)}`;
  return max === undefined ? 'any number of times' : `at most ${timesText(max)}`;
}
