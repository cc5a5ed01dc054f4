/** When a read that waits looks again, with looks that take as long as the test likes. */
import type { ShardReceipt } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { WaitingReads } from '../../src/streams/waiting.ts';
import { HandClock } from '../support/handClock.ts';
import { shardId } from './support/definitions.ts';

const nothing: ShardReceipt = { records: [], nextIndex: 0, missed: 0, ended: false, millisBehindLatest: 0 };
const something: ShardReceipt = {
  ...nothing,
  records: [{ index: 0, arrivalMs: 1, record: { partitionKey: 'k', data: '' } }],
  nextIndex: 1,
};
const ask = { shardId: shardId(0), fromIndex: 0, maxRecords: 1 };

function world() {
  const clock = new HandClock();
  const looks: { answer(receipt: ShardReceipt | undefined): void; fail(error: Error): void }[] = [];
  const listeners: (() => void)[] = [];
  const waiting = new WaitingReads({
    clock,
    read: () => new Promise((answer, fail) => void looks.push({ answer, fail })),
    listen: (_shardId, woken) => void listeners.push(woken),
  });
  return { clock, looks, waiting, wake: () => listeners.forEach((woken) => void woken()) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a wake-up that comes while a read looks is not forgotten', async () => {
  const { looks, waiting, wake } = world();
  const receipt = waiting.read(ask, 5000);
  wake();
  looks[0]!.answer(nothing);
  await turn();
  expect(looks).toHaveLength(2);
  looks[1]!.answer(something);
  expect(await receipt).toEqual(something);
});

test('nobody looks without a wake-up, but the heartbeat and the end of the time', async () => {
  const { clock, looks, waiting } = world();
  const receipt = waiting.read(ask, 15_000);
  looks[0]!.answer(nothing);
  await turn();
  clock.forward(9999);
  await turn();
  expect(looks).toHaveLength(1);
  clock.forward(1);
  await turn();
  looks[1]!.answer(nothing);
  await turn();
  clock.forward(5000);
  await turn();
  looks[2]!.answer({ ...nothing, missed: 3 });
  expect(await receipt).toEqual({ ...nothing, missed: 3 });
});

test('an end is heard at once, while it waits and after the look that it interrupts', async () => {
  const { looks, waiting } = world();
  const [abort, other] = [new AbortController(), new AbortController()];
  const idle = waiting.read({ ...ask, signal: abort.signal }, 5000);
  looks[0]!.answer(nothing);
  await turn();
  const busy = waiting.read({ ...ask, signal: other.signal }, 5000);
  abort.abort();
  other.abort();
  expect(await idle).toEqual(nothing);
  looks[1]!.fail(new Error('closed'));
  expect(await busy).toEqual(nothing);
  expect(looks).toHaveLength(2);
});

test('a look that fails is the answer, and what is gone is no wait', async () => {
  const { looks, waiting } = world();
  const failed = waiting.read(ask, 5000);
  looks[0]!.fail(new Error('no stream'));
  await expect(failed).rejects.toThrow('no stream');
  const gone = waiting.read(ask, 5000);
  looks[1]!.answer(undefined);
  expect(await gone).toBeUndefined();
});
