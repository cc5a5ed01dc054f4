/** What must not be left undone: single tries, and the saves of a poller, which keep their order. */
import type { SaveOrder } from '@millrace/semantics';
import { expect, test } from 'vitest';
import { persistently } from '../src/drive/persistently.ts';
import { SaveLine } from '../src/drive/saveLine.ts';
import { HandClock } from './support/handClock.ts';
import { settled } from './support/ordered.ts';

test('what fails is tried again after pauses that grow, each failure is told, and the first answer counts', async () => {
  const clock = new HandClock();
  const tries: number[] = [];
  const errors: unknown[] = [];
  const beganMs = clock.now();
  const doing = () => {
    tries.push(clock.now() - beganMs);
    if (tries.length < 9) throw new Error('away');
    return 'done';
  };
  const onError = (error: unknown) => errors.push(error);
  const done = persistently(doing, { clock, signal: new AbortController().signal, onError });
  await clock.advance(60_000);
  expect(await done).toBe('done');
  expect(tries).toEqual([0, 100, 300, 700, 1500, 3100, 6300, 11_300, 16_300]);
  expect(errors.length).toBe(8);
});

test('nothing is tried once nobody waits, nor told of a try that was under way then', async () => {
  const clock = new HandClock();
  const stopping = new AbortController();
  const errors: unknown[] = [];
  let tries = 0;
  let reject: (error: Error) => void = () => {};
  const doing = () => {
    tries += 1;
    return new Promise<string>((_, fail) => (reject = fail));
  };
  const onError = (error: unknown) => errors.push(error);
  const done = persistently(doing, { clock, signal: stopping.signal, onError });
  stopping.abort();
  reject(new Error('too late'));
  expect([await done, tries, errors]).toEqual([undefined, 1, []]);
  expect(await persistently(doing, { clock, signal: stopping.signal, onError })).toBeUndefined();
  expect(tries).toBe(1);
});

const orderOf = (id: number): SaveOrder => ({
  do: 'save',
  id,
  rule: 'checkpoint.cut-is-saved-before-it-is-invoked',
  ledgers: [],
  lanes: [],
});

/** A line whose saves the test answers, in whichever order. */
function handLine() {
  const clock = new HandClock();
  const stopping = new AbortController();
  const asked: { readonly id: number; readonly resolve: (ok: boolean) => void; readonly reject: () => void }[] = [];
  const line = new SaveLine(
    ({ id }) =>
      new Promise((resolve, fail) => asked.push({ id, resolve, reject: () => fail(new Error('connection lost')) })),
    { clock, signal: stopping.signal, onError: () => {} },
  );
  const told: string[] = [];
  const save = (id: number) => void line.save(orderOf(id)).then((accepted) => told.push(`${id} ${accepted}`));
  const ids = () => asked.map(({ id }) => id);
  return { clock, stopping, asked, save, told, ids };
}

test('saves are under way together, and are answered in their order', async () => {
  const { asked, save, told, ids } = handLine();
  for (const id of [1, 2, 3]) save(id);
  expect(ids()).toEqual([1, 2, 3]);
  asked[1]?.resolve(true);
  await settled();
  expect(told).toEqual([]);
  asked[0]?.resolve(true);
  asked[2]?.resolve(false);
  await settled();
  expect(told).toEqual(['1 true', '2 true', '3 false']);
});

test('a save that failed is repeated once nothing is under way, and all behind it after it, one by one', async () => {
  const { clock, asked, save, told, ids } = handLine();
  for (const id of [1, 2, 3]) save(id);
  asked[0]?.resolve(true);
  asked[1]?.reject();
  await settled();
  save(4);
  expect(ids()).toEqual([1, 2, 3]);
  asked[2]?.resolve(true);
  await settled();
  expect([told, ids()]).toEqual([['1 true'], [1, 2, 3, 2]]);
  asked[3]?.reject();
  await clock.advance(100);
  asked[4]?.resolve(true);
  await settled();
  asked[5]?.resolve(true);
  await settled();
  asked[6]?.resolve(true);
  await settled();
  expect(ids()).toEqual([1, 2, 3, 2, 2, 3, 4]);
  expect(told).toEqual(['1 true', '2 true', '3 true', '4 true']);
  save(5);
  save(6);
  expect(ids().slice(7)).toEqual([5, 6]);
});

test('whoever waits for a save is let go when the poller is closed', async () => {
  const { stopping, asked, save, told } = handLine();
  save(1);
  save(2);
  asked[0]?.reject();
  asked[1]?.reject();
  await settled();
  stopping.abort();
  asked[2]?.reject();
  await settled();
  expect(told).toEqual(['1 undefined', '2 undefined']);
});
