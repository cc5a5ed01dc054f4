import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHeap, peekHeap, pushHeap, removeTop, topKey } from '../src/sources/lazyHeap.ts';
import { createLine, firstInLine, joinLine, leaveLine } from '../src/sources/line.ts';

interface Entry {
  readonly ordinal: number;
  key: number;
}

describe('a lazy heap', () => {
  it('gives live entries by key, then ordinal, whatever went stale and was swept out in between', () => {
    const push = fc.record({ key: fc.nat({ max: 500 }), dropEvery: fc.integer({ min: 10, max: 50 }) });
    fc.assert(
      fc.property(fc.array(push, { minLength: 300, maxLength: 600, size: 'max' }), (pushes) => {
        const heap = createHeap<Entry>();
        let live: Entry[] = [];
        const isLive = (entry: Entry, key: number) => entry.key === key;
        pushes.forEach(({ key, dropEvery }, ordinal) => {
          const entry = { ordinal, key };
          pushHeap(heap, key, entry, isLive, live.length);
          live.push(entry);
          if (ordinal % dropEvery !== 0) return;
          for (const gone of live.filter((each) => each.ordinal % 5 !== 0)) gone.key = -1;
          live = live.filter((each) => each.key >= 0);
        });
        live = live.sort((one, other) => one.key - other.key || one.ordinal - other.ordinal);
        for (const expected of live) {
          expect(peekHeap(heap, isLive)).toBe(expected);
          expect(topKey(heap)).toBe(expected.key);
          removeTop(heap);
        }
        expect(peekHeap(heap, isLive)).toBeUndefined();
      }),
    );
  });

  it('keeps no more than about twice as many entries as are live', () => {
    const heap = createHeap<Entry>();
    const isLive = (entry: Entry) => entry.key >= 0;
    for (let ordinal = 0; ordinal < 10_000; ordinal++) {
      const entry = { ordinal, key: 10_000 - ordinal };
      pushHeap(heap, entry.key, entry, isLive, 10);
      if (ordinal % 1000 > 10) entry.key = -1;
    }
    expect(heap.items.length).toBeLessThan(2 * 110 + 66);
  });
});

describe('a line', () => {
  it('is first in, first out, and gives its front back', () => {
    const line = createLine<number>();
    let next = 0;
    for (let round = 0; round < 5000; round++) {
      joinLine(line, 2 * round);
      joinLine(line, 2 * round + 1);
      expect(firstInLine(line)).toBe(next++);
      leaveLine(line);
    }
    while (next < 10_000) {
      expect(firstInLine(line)).toBe(next++);
      leaveLine(line);
    }
    expect(firstInLine(line)).toBeUndefined();
    leaveLine(line);
    expect(line.items.length).toBeLessThan(2048);
    joinLine(line, 7);
    expect(firstInLine(line)).toBe(7);
  });
});
