/** Deletes of all slots, put together, bounded, and tried for as long as they matter. */
import { memoryQueues, systemClock } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { runMapping } from '../../runtime/src/conformance/pollerSubject.ts';
import { type QueueClient, QueueUnavailable, queueSource, substrateClient } from '../src/index.ts';
import { type SlotStory, slotStory } from './support/fakeQueue.ts';
import { settle } from './support/handClock.ts';
import { arnOf, substrateQueue } from './support/substrate.ts';

async function holding(...bodies: string[]): Promise<SlotStory> {
  const story = await slotStory();
  await story.fetch(1);
  await story.queue.latest.answer(...bodies);
  return story;
}

const handlesOf = ({ queue }: SlotStory) => queue.deletes.map(({ handles }) => handles.length);

test('deletes of one turn go out together, in as few calls as the queue allows', async () => {
  const story = await holding('a');
  const handles = Array.from({ length: 24 }, (_, index) => `h${index}`);
  const first = story.slot.acknowledge(handles.slice(0, 12));
  const second = story.sibling().slot.acknowledge(handles.slice(12));
  await settle();
  expect(handlesOf(story)).toEqual([10, 10, 4]);
  for (const { answer } of story.queue.deletes) answer();
  expect(await Promise.all([first, second])).toEqual([{ failed: [] }, { failed: [] }]);
});

test('nothing to delete is answered at once', async () => {
  const { slot, queue } = await holding('a');
  expect(await slot.acknowledge([])).toEqual({ failed: [] });
  expect(queue.deletes).toEqual([]);
});

test('a batch of 10,000 opens 32 calls at a time, and is deleted to its last message', async () => {
  const story = await holding('a');
  const done = story.slot.acknowledge(Array.from({ length: 10_000 }, (_, index) => `h${index}`));
  await settle();
  let answered = 0;
  while (answered < story.queue.deletes.length) {
    expect(story.queue.deletes.length - answered).toBeLessThanOrEqual(32);
    story.queue.deletes[answered]?.answer();
    answered += 1;
    await settle();
  }
  expect(await done).toEqual({ failed: [] });
  const handles = story.queue.deletes.flatMap((one) => one.handles);
  expect(new Set(handles).size).toBe(10_000);
  expect(handles).toHaveLength(10_000);
});

test('a delete is tried for as long as its messages are hidden, then they are still there', async () => {
  const story = await holding('a');
  const done = story.slot.acknowledge(['a']);
  await settle();
  const startMs = story.clock.now();
  let lastMs = startMs;
  let failed = 0;
  for (let step = 0; step < 700; step += 1) {
    for (; failed < story.queue.deletes.length; failed += 1) {
      lastMs = story.clock.now();
      story.queue.deletes[failed]?.answer(new QueueUnavailable('gone'));
    }
    await story.clock.forward(50);
  }
  expect(await done).toEqual({ failed: [{ position: 'a', rule: undefined }] });
  expect(lastMs - startMs).toBeGreaterThan(27_000);
  expect(lastMs - startMs).toBeLessThanOrEqual(30_000);
  expect(failed).toBeLessThan(25);
});

test('messages that are visible again are tried four times all the same', async () => {
  const story = await holding('a');
  const done = story.slot.acknowledge(['unknown']);
  for (let tries = 1; tries <= 4; tries += 1) {
    await story.clock.forward(1000);
    expect(story.queue.deletes).toHaveLength(tries);
    story.queue.deletes.at(-1)?.answer(new QueueUnavailable('gone'));
  }
  expect((await done).failed).toHaveLength(1);
});

test('of a batch, what the queue refuses is told at once, and what may work is tried alone', async () => {
  const story = await holding('a', 'b', 'c');
  const done = story.slot.acknowledge(['a', 'b', 'c']);
  await settle();
  const rule = 'sqs.fifo-expired-handle-refused';
  story.queue.deletes[0]?.answer([
    { receiptHandle: 'b', again: true },
    { receiptHandle: 'c', rule },
  ]);
  await story.clock.forward(100);
  expect(story.queue.deletes[1]?.handles).toEqual(['b']);
  story.queue.deletes[1]?.answer();
  expect(await done).toEqual({ failed: [{ position: 'c', rule }] });
});

test('a window of 300 s gathers a batch as large as an event may be, and all of it is deleted', async () => {
  const queue = await substrateQueue(memoryQueues({}), 'large', { fifo: false, visibilityTimeoutMs: 400_000 });
  await queue.send(Array.from({ length: 25_000 }, (_, index) => ({ body: `m${index}` })));
  const inTens = boundedClient(substrateClient(queue), 10);
  const subject = {
    arn: arnOf('large'),
    source: (batchWindowMs: number) =>
      queueSource({ client: inTens.client, arn: arnOf('large'), region: 'r', batchWindowMs, clock: systemClock }),
    send: async () => {},
    left: async () => 0,
    deadLetters: async () => [],
  };
  const shape = { fifo: false, visibilityTimeoutMs: 400_000 };
  const settings = { batchSize: 10_000, batchWindowMs: 300_000, maximumConcurrency: 2 };
  const { seen, stop } = await runMapping(subject, shape, settings, () => null);
  const untilMs = Date.now() + 30_000;
  const left = async () => {
    const { visible, inFlight } = await queue.counts();
    return visible + inFlight;
  };
  while (Date.now() < untilMs && (await left()) === 25_000) await new Promise((resolve) => setTimeout(resolve, 20));
  await stop();
  expect(seen.batches[0]?.length).toBeGreaterThan(9000);
  expect(await left()).toBe(25_000 - seen.batches.flat().length);
  expect(inTens.mostAtOnce()).toBe(32);
}, 60_000);

/** The same queue with fewer deletes a call, which counts how many are on their way. */
function boundedClient(client: QueueClient, deletesAtOnce: number) {
  let running = 0;
  let most = 0;
  const counted: QueueClient = {
    ...client,
    deletesAtOnce,
    async delete(handles) {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      const kept = await client.delete(handles);
      running -= 1;
      return kept;
    },
  };
  return { client: counted, mostAtOnce: () => most };
}
