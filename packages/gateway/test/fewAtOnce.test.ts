import { expect, test } from 'vitest';
import { FewAtOnce } from '../src/streams/fewAtOnce.ts';

const stays = () => new AbortController().signal;

/** Work that is ended from outside, and says when it began. */
function works(few: FewAtOnce, count: number) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: count }, (_, number) =>
    few.run(() => {
      begun.push(number);
      return new Promise<number>((resolve) => {
        ends[number] = () => resolve(number);
      });
    }, stays),
  );
  return { begun, ends, all };
}

test('no more go at once than may, the others in the order in which they came', async () => {
  const { begun, ends, all } = works(new FewAtOnce(2), 4);
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await all[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  ends[2]?.();
  await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
  ends[3]?.();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
});

test('work that fails makes room too', async () => {
  const few = new FewAtOnce(1);
  const failing = few.run(() => Promise.reject(new Error('no')), stays);
  const after = few.run(async () => 'done', stays);
  await expect(failing).rejects.toThrow('no');
  expect(await after).toBe('done');
});

test('who left while waiting costs nothing, and keeps nobody waiting', async () => {
  const few = new FewAtOnce(1);
  const { ends, all } = works(few, 1);
  const caller = new AbortController();
  let ran = false;
  const waiting = few.run(
    async () => {
      ran = true;
    },
    () => caller.signal,
  );
  const after = few.run(async () => 'done', stays);
  caller.abort(new Error('left'));
  ends[0]?.();
  await expect(waiting).rejects.toThrow('left');
  expect(await after).toBe('done');
  expect(ran).toBe(false);
  await Promise.all(all);
});
