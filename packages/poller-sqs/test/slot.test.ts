/** A slot and its receives, told step by step: what it asks, what it answers, what it does with what nobody wants. */
import { expect, test } from 'vitest';
import { QueueUnavailable } from '../src/index.ts';
import { slotStory } from './support/fakeQueue.ts';
import { settle } from './support/handClock.ts';

test('a fetch is one receive, answered with what came and when it comes back', async () => {
  const { queue, slot, told, fetch } = await slotStory();
  await fetch(1, { maxRecords: 7, visibilityMs: 90_000 });
  expect(queue.asked).toHaveLength(1);
  expect(queue.latest.request).toMatchObject({ max: 7, visibilityMs: 90_000, waitMs: 20_000 });
  await queue.latest.answer('a', 'b');
  expect(told).toEqual(['fetched 1: a b']);
  expect(slot.names(['a', 'b'])).toEqual(['id-a', 'id-b']);
});

test('an empty queue is asked again, at once when the queue waited', async () => {
  const { clock, queue, told, fetch } = await slotStory();
  await fetch(1);
  await clock.forward(20_000);
  await queue.latest.answer();
  expect(queue.asked).toHaveLength(2);
  await queue.latest.answer('a');
  expect(told).toEqual(['waits', 'fetched 1: a']);
});

test('a queue that answers at once with nothing is not asked faster than ten times a second', async () => {
  const { clock, queue, fetch } = await slotStory();
  await fetch(1);
  for (let count = 0; count < 5; count += 1) {
    await queue.latest.answer();
    await clock.forward(99);
    expect(queue.asked).toHaveLength(count + 1);
    await clock.forward(1);
    expect(queue.asked).toHaveLength(count + 2);
  }
});

test('a fetch with a time limit is answered with nothing at that time, whatever the receive does', async () => {
  const { clock, queue, told, fetch } = await slotStory();
  await fetch(1, { inMs: 2500 });
  expect(queue.latest.request.waitMs).toBe(2500);
  await clock.forward(2499);
  expect(told).toEqual(['waits']);
  await clock.forward(1);
  expect(told).toEqual(['waits', 'fetched 1:']);
  expect(queue.asked).toHaveLength(1);
});

test('nothing is asked before its time, and nothing at all when its limit comes first', async () => {
  const { clock, queue, told, fetch } = await slotStory();
  await fetch(1, { afterMs: 500 });
  await clock.forward(499);
  expect(queue.asked).toHaveLength(0);
  await clock.forward(1);
  expect(queue.asked).toHaveLength(1);
  await queue.latest.answer('a');
  await fetch(2, { afterMs: 500, inMs: 200 });
  await clock.forward(200);
  expect(told).toEqual(['fetched 1: a', 'fetched 2:']);
  expect(queue.asked).toHaveLength(1);
});

test('a withdrawn fetch ends its receive where that hides no message', async () => {
  const { queue, slot, told, fetch } = await slotStory({ endsCleanly: true });
  await fetch(1);
  slot.withdraw(1);
  await settle();
  expect(queue.latest.request.signal.aborted).toBe(true);
  await fetch(2);
  expect(queue.asked).toHaveLength(2);
  await queue.latest.answer('a');
  expect(told).toEqual(['fetched 2: a']);
});

test('elsewhere the receive of a withdrawn fetch goes on, and what it brings answers the next fetch', async () => {
  const { queue, slot, told, fetch } = await slotStory();
  await fetch(1);
  slot.withdraw(1);
  await settle();
  expect(queue.latest.request.signal.aborted).toBe(false);
  await queue.latest.answer('a', 'b', 'c');
  expect(told).toEqual([]);
  await fetch(2, { maxRecords: 2 });
  await fetch(3, { maxRecords: 2 });
  expect(told).toEqual(['fetched 2: a b', 'fetched 3: c']);
  expect(queue.asked).toHaveLength(1);
});

test('a fetch joins the receive that is still on its way', async () => {
  const { clock, queue, slot, told, fetch } = await slotStory();
  await fetch(1);
  slot.withdraw(1);
  await fetch(2, { inMs: 400 });
  expect(queue.asked).toHaveLength(1);
  await clock.forward(400);
  await fetch(3);
  await queue.latest.answer('a');
  expect(told).toEqual(['waits', 'fetched 2:', 'fetched 3: a']);
  expect(queue.asked).toHaveLength(1);
});

test('what nobody takes for a second is given back to the queue', async () => {
  const { clock, queue, slot, told, fetch } = await slotStory();
  await fetch(1);
  slot.withdraw(1);
  await queue.latest.answer('a', 'b');
  await clock.forward(999);
  expect(queue.givenBack).toEqual([]);
  await clock.forward(1);
  expect(queue.givenBack).toEqual(['a', 'b']);
  await fetch(2);
  expect(told).toEqual([]);
  expect(queue.asked).toHaveLength(2);
});

test('messages that came in the moment of a withdrawal are not lost either', async () => {
  const { queue, slot, told, fetch } = await slotStory({ endsCleanly: true });
  await fetch(1);
  const answered = queue.latest.answer('a');
  slot.withdraw(1);
  await answered;
  expect(told).toEqual([]);
  await fetch(2);
  expect(told).toEqual(['fetched 2: a']);
});

test('a queue that cannot be read is asked with growing pauses of at most 10 s, and is told of', async () => {
  const { clock, queue, told, fetch } = await slotStory();
  await fetch(1);
  const pauses: number[] = [];
  for (let count = 0; count < 8; count += 1) {
    const failedMs = clock.now();
    await queue.latest.fail(new QueueUnavailable('ReceiveMessage failed: ThrottlingException'));
    const before = queue.asked.length;
    while (queue.asked.length === before) await clock.forward(50);
    pauses.push(queue.latest.atMs - failedMs);
  }
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(told).toEqual(Array(8).fill('troubled: ReceiveMessage failed: ThrottlingException'));
  await queue.latest.answer('a');
  expect(told.slice(-2)).toEqual(['recovered', 'fetched 1: a']);
});

test('an error that nobody expected does not end the slot either', async () => {
  const { clock, queue, told, fetch } = await slotStory();
  await fetch(1);
  await queue.latest.fail(new TypeError('undefined is not a function'));
  await clock.forward(250);
  await queue.latest.answer('a');
  expect(told).toEqual(['troubled: undefined is not a function', 'recovered', 'fetched 1: a']);
});

test('a mapping has recovered when any of its slots has read the queue', async () => {
  const { clock, queue, slot, told, fetch, sibling } = await slotStory();
  await fetch(1);
  await queue.latest.fail(new QueueUnavailable('gone'));
  slot.withdraw(1);
  const other = sibling();
  other.slot.fetch({ do: 'fetch', id: 9, maxRecords: 1, notBefore: 0, everyMs: 0, rule: 'sqs.receives-up-to-ten' });
  await settle();
  await queue.latest.answer('a');
  expect(told).toEqual(['troubled: gone']);
  expect(other.told).toEqual(['recovered', 'fetched 9: a']);
  expect(clock.timers).toBe(0);
});

test('a slot that is withdrawn while it pauses asks nothing more, and the next fetch keeps the pause', async () => {
  const { clock, queue, slot, fetch } = await slotStory();
  await fetch(1);
  await queue.latest.fail(new QueueUnavailable('gone'));
  slot.withdraw(1);
  await clock.forward(100);
  await fetch(2);
  expect(queue.asked).toHaveLength(1);
  await clock.forward(150);
  expect(queue.asked).toHaveLength(2);
});

test('whoever holds messages does not count as idle', async () => {
  const { clock, queue, slot, told, fetch } = await slotStory();
  await fetch(1);
  await queue.latest.answer('a');
  await fetch(2, { inMs: 5000 });
  await clock.forward(1000);
  expect(told).toEqual(['fetched 1: a']);
  slot.release(['a']);
  await queue.latest.answer('b');
  slot.release(['b']);
  await fetch(3);
  await clock.forward(100);
  expect(told).toEqual(['fetched 1: a', 'fetched 2: b', 'waits']);
});

test('a queue with a visibility timeout of 0 is read all the same', async () => {
  const { queue, told, fetch } = await slotStory();
  queue.visibilityTimeoutMs = 0;
  await fetch(1);
  await queue.latest.answer('a');
  expect(told).toEqual(['fetched 1: a']);
});

test('closing ends a receive at once where that hides no message', async () => {
  const { clock, queue, slot, told, fetch } = await slotStory({ endsCleanly: true });
  await fetch(1);
  await slot.close();
  expect(queue.latest.request.signal.aborted).toBe(true);
  expect(told).toEqual([]);
  expect(clock.timers).toBe(0);
});

test('closing waits a moment for a receive that was just asked, and gives back what it brings', async () => {
  const { clock, queue, slot, told, fetch } = await slotStory();
  await fetch(1);
  await clock.forward(50);
  const closed = slot.close();
  await clock.forward(100);
  expect(queue.latest.request.signal.aborted).toBe(false);
  await queue.latest.answer('a');
  await closed;
  expect(queue.givenBack).toEqual(['a']);
  expect(told).toEqual([]);
});

test('closing does not wait for a receive that found an empty queue', async () => {
  const { clock, queue, slot, fetch } = await slotStory();
  await fetch(1);
  await clock.forward(5000);
  const closed = slot.close();
  await clock.forward(0);
  await closed;
  expect(queue.latest.request.signal.aborted).toBe(true);
});

test('closing ends within seconds when the queue does not hear', async () => {
  const { clock, queue, slot, fetch } = await slotStory();
  queue.hearsAbort = false;
  await fetch(1);
  let isClosed = false;
  void slot.close().then(() => {
    isClosed = true;
  });
  await clock.forward(1300);
  expect(isClosed).toBe(true);
});
