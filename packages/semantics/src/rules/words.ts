/**
 * Words for the sentences of rules. The same rule is named by the line that plans an attempt and by the attempt itself,
 * which knows less: each helper gives nothing when its data is missing, and the rule's statement stands in.
 */
import type { RuleData } from './rule.ts';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** Milliseconds as people write them: `250ms`, `1.05s`, `2m30s`, `4d`. */
export function duration(ms: unknown): string | undefined {
  if (typeof ms !== 'number') return undefined;
  if (ms > 0 && ms < 1000) return `${Number(ms.toFixed(3))}ms`;
  let left = ms;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return left > 0 || text === '' ? `${text}${Number((left / 1000).toFixed(3))}s` : text;
}

/** `The whole batch failed, so it is tried again from 1.6s on (retry 1 of 2).` */
export function planned(cause: string, data: RuleData, spent: string): string | undefined {
  const from = duration(data.notBeforeMs);
  return from === undefined ? undefined : `${cause}, so it is tried again from ${from} on (${spent}).`;
}

/** `retry 1 of 2`; `retry 7, with no end` where only the records' expiry ends them. */
export function spentText({ spent, budget }: RuleData): string {
  return typeof budget === 'number' ? `retry ${spent} of ${budget}` : `retry ${spent}, with no limit`;
}

/** The sentence of an attempt that repeats one: `This is retry 2 of a batch that had failed as a whole.` */
export function repeated({ attempt }: RuleData, cause: string): string | undefined {
  return typeof attempt === 'number' && attempt > 1 ? `This is retry ${attempt - 1} of a batch ${cause}.` : undefined;
}

/** `Every poller found messages: 5 became 10 concurrent batches.` */
export function scaled(cause: string, what: string): (data: RuleData) => string | undefined {
  return ({ from, to }) =>
    typeof from === 'number' && typeof to === 'number' ? `${cause}: ${from} became ${to} ${what}.` : undefined;
}
