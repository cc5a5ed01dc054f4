/** How much a shard may be read. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countRead, KINESIS_READ_LIMITS, readableAt, UNREAD } from '../src/index.ts';

const T0 = 1_767_225_600_000;
const MB = 1_048_576;
const limits = KINESIS_READ_LIMITS;

/** The window after reads of so many bytes, one after the other at one time. */
const after = (bytes: readonly number[], nowMs = T0) =>
  bytes.reduce((window, each) => countRead(limits, window, each, nowMs), UNREAD);

it('five reads fit into a second, the sixth into the next one', () => {
  expect(readableAt(limits, after([1, 1, 1, 1]), T0 + 999)).toBe(T0 + 999);
  expect(readableAt(limits, after([1, 1, 1, 1, 1]), T0 + 999)).toBe(T0 + 1000);
  expect(readableAt(limits, after([1, 1, 1, 1, 1]), T0 + 1000)).toBe(T0 + 1000);
});

it('reads go on until a second has taken 2 MB', () => {
  expect(readableAt(limits, after([2 * MB - 1]), T0)).toBe(T0);
  expect(readableAt(limits, after([MB, MB]), T0)).toBe(T0 + 1000);
});

it('after a read of 10 MB nothing can be read for five seconds', () => {
  const window = after([10 * MB], T0 + 300);
  expect(readableAt(limits, window, T0 + 300)).toBe(T0 + 5000);
  expect(readableAt(limits, window, T0 + 4999)).toBe(T0 + 5000);
  expect(readableAt(limits, window, T0 + 5000)).toBe(T0 + 5000);
});

it('a shard that was not read for a while owes nothing and has saved nothing', () => {
  const window = countRead(limits, after([10 * MB]), 2 * MB, T0 + 60_000);
  expect(readableAt(limits, window, T0 + 60_000)).toBe(T0 + 61_000);
});

it('whoever reads as soon as it may never takes more than one read beyond the limits', () => {
  const read = fc.record({ bytes: fc.integer({ min: 0, max: 10 * MB }), pauseMs: fc.integer({ min: 0, max: 400 }) });
  fc.assert(
    fc.property(fc.array(read, { maxLength: 60 }), (reads) => {
      let [window, nowMs, taken] = [UNREAD, T0, 0];
      const perSecond = new Map<number, number>();
      for (const { bytes, pauseMs } of reads) {
        nowMs = readableAt(limits, window, nowMs + pauseMs);
        // It says the first such time, and keeps to it.
        expect(readableAt(limits, window, nowMs)).toBe(nowMs);
        const seconds = Math.floor(nowMs / 1000) - T0 / 1000 + 1;
        expect(taken).toBeLessThan(seconds * limits.bytesPerSecond);
        window = countRead(limits, window, bytes, nowMs);
        taken += bytes;
        perSecond.set(seconds, (perSecond.get(seconds) ?? 0) + 1);
      }
      for (const count of perSecond.values()) expect(count).toBeLessThanOrEqual(5);
    }),
  );
});
