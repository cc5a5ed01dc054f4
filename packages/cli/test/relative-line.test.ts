import type { TraceLine } from '@millrace/simulation';
import { expect, test } from 'vitest';
import { countingFromFirst, relativeLine } from '../src/output/relativeLine.ts';

const line = (at: number, data?: TraceLine['data']): TraceLine => ({
  seq: 1,
  at,
  what: 'settled',
  ...(data && { data }),
});

test('a live line and the instants in it count from the start', () => {
  const start = Date.parse('2026-11-21T14:00:00Z');
  expect(relativeLine(line(start + 5, { startMs: start + 1, endMs: start + 4, size: 3 }), start)).toEqual(
    line(5, { startMs: 1, endMs: 4, size: 3 }),
  );
});

test('lines of a live trace count from its first, those of virtual time stay as they are', () => {
  const read = (times: readonly number[]) => {
    const seen: number[] = [];
    const take = countingFromFirst(({ at }) => void seen.push(at));
    for (const at of times) take(line(at));
    return seen;
  };
  const start = Date.parse('2026-11-21T14:00:00Z');
  expect(read([start, start + 250])).toEqual([0, 250]);
  expect(read([0, 250, 86_400_000])).toEqual([0, 250, 86_400_000]);
});
