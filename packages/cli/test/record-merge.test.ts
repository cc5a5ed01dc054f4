/** Lanes of a recording come out in the order of arrival, whatever each of them takes to be read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LaneRead, mergeLanes, type RecordLane } from '../src/live/recordMerge.ts';
import type { ReadEntry } from '../src/live/recordSource.ts';

const entry = (atMs: number, name: string): ReadEntry => ({ atMs, fields: { name } });
const names = (entries: readonly ReadEntry[]) => entries.map(({ fields }) => fields.name);

/** Answers one page after the other, each after so many turns; then its next lanes follow. */
function lane(
  pages: readonly (Partial<LaneRead> & { readonly turns?: number })[],
  next: readonly RecordLane[] = [],
): RecordLane {
  const left = [...pages];
  return {
    async read(signal) {
      const { turns = 0, ...page } = left.shift() ?? { ended: true };
      for (let turn = 0; turn < turns && !signal.aborted; turn += 1) await new Promise(setImmediate);
      return { entries: [], upToMs: Number.NEGATIVE_INFINITY, ended: false, ...page };
    },
    next: () => next,
  };
}

async function all(lanes: readonly RecordLane[], signal = new AbortController().signal, untilMs?: number) {
  const out: ReadEntry[] = [];
  for await (const entries of mergeLanes(lanes, signal, untilMs)) out.push(...entries);
  return out;
}

describe('lanes', () => {
  test('any lanes, in any pages, at any pace: in order of arrival, each in its own order, nothing lost', async () => {
    const times = fc.array(fc.nat(50), { maxLength: 30 }).map((list) => list.sort((one, other) => one - other));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(times, fc.integer({ min: 1, max: 7 }), fc.nat(3)), { maxLength: 5 }),
        async (drawn) => {
          const lanes = drawn.map(([list, size, turns], number) => {
            const entries = list.map((atMs, index) => entry(atMs, `${number}.${index}`));
            const pages = Array.from({ length: Math.ceil(list.length / size) }, (_, page) => ({
              entries: entries.slice(page * size, (page + 1) * size),
              turns,
            }));
            return lane(pages);
          });
          const out = await all(lanes);
          expect(out.map(({ atMs }) => atMs)).toEqual(
            drawn.flatMap(([list]) => list).sort((one, other) => one - other),
          );
          for (const [number, [list]] of drawn.entries()) {
            const own = names(out).filter((name) => String(name).startsWith(`${number}.`));
            expect(own).toEqual(list.map((_, index) => `${number}.${index}`));
          }
        },
      ),
    );
  });

  test('a lane that is quiet holds nothing back once it has said how far it is', async () => {
    const busy = lane([{ entries: [entry(5, 'a'), entry(9, 'b')] }]);
    const quiet = lane([
      { upToMs: 3, turns: 1 },
      { upToMs: 8, turns: 3 },
      { entries: [entry(8, 'q')], turns: 5 },
    ]);
    expect(names(await all([busy, quiet]))).toEqual(['a', 'q', 'b']);
  });

  test('what follows a lane comes after all of it, whatever the times say', async () => {
    const child = lane([{ entries: [entry(2, 'child')] }]);
    const parent = lane([{ entries: [entry(1, 'p1'), entry(7, 'p2')], ended: true }], [child]);
    const other = lane([{ entries: [entry(1, 'o1'), entry(8, 'o2')] }]);
    expect(names(await all([parent, other]))).toEqual(['p1', 'o1', 'p2', 'child', 'o2']);
  });

  test('what was read comes out when it is ended early, and before what went wrong', async () => {
    const ending = new AbortController();
    const busy = lane([{ entries: [entry(5, 'a')] }]);
    const quiet: RecordLane = {
      read: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ entries: [entry(4, 'late')], upToMs: 0, ended: false }));
          setImmediate(() => ending.abort());
        }),
      next: () => [],
    };
    expect(names(await all([busy, quiet], ending.signal))).toEqual(['late', 'a']);
    const broken: RecordLane = { read: async () => Promise.reject(new Error('gone')), next: () => [] };
    const out: unknown[] = [];
    const reading = async () => {
      for await (const entries of mergeLanes(
        [lane([{ entries: [entry(5, 'a')] }]), broken],
        new AbortController().signal,
        undefined,
      ))
        out.push(...names(entries));
    };
    await expect(reading()).rejects.toThrow('gone');
    expect(out).toEqual(['a']);
  });

  test('until a time: what came later stays out, and nobody waits for it', async () => {
    const busy = lane([{ entries: [entry(5, 'a'), entry(6, 'b')] }, { entries: [entry(20, 'later')] }]);
    const quiet = lane([{ upToMs: 10 }, { turns: 1e9 }]);
    expect(names(await all([busy, quiet], undefined, 10))).toEqual(['a', 'b']);
  });
});
