/** Virtual times as people write them: `0s`, `250ms`, `1.05s`, `2m30s`, `1d4h`. Exact to the millisecond. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** A duration or an instant of virtual time, in milliseconds, as text. It loses nothing. */
export function formatMs(ms: number): string {
  if (ms < 0) return `-${formatMs(-ms)}`;
  if (ms === 0) return '0s';
  if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
  let left = ms;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return left > 0 ? `${text}${Number((left / 1000).toFixed(3))}s` : text;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const roundSteps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((n) => n * day),
];

/** The smallest round step of time that divides a span into at most so many parts. */
export function roundStep(spanMs: number, parts: number): number {
  const wanted = spanMs / Math.max(1, parts);
  return roundSteps.find((step) => step >= wanted) ?? wanted;
}
