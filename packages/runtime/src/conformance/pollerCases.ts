/**
 * What a live SQS mapping must do over any queue: the suite that the substrate, the gateway and ElasticMQ run, standard
 * and FIFO. Each case is a promise that rejects when it does not hold.
 */
import assert from 'node:assert/strict';
import type { SentMessage } from '@millrace/semantics';
import { systemClock } from '../clock.ts';
import { replayJournal } from '../drive/journal.ts';
import { eventuallyWithin } from './eventually.ts';
import { type PollerSubject, type QueueShape, runMapping, type SeenMessage } from './pollerSubject.ts';

export interface PollerCase {
  readonly name: string;
  run(subject: PollerSubject, fifo: boolean): Promise<void>;
}

const eventually = eventuallyWithin(20_000);

function shapeOf(fifo: boolean, changes: Partial<QueueShape> = {}): QueueShape {
  return { fifo, visibilityTimeoutMs: 5000, ...changes };
}

/** Messages with the bodies m0, m1, …; in a FIFO queue over so many groups. */
function messages(count: number, fifo: boolean, groups = 3): SentMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const body = `m${index}`;
    return fifo ? { body, groupId: `g${index % groups}`, dedupId: body } : { body };
  });
}

const bodiesOf = (batches: readonly (readonly SeenMessage[])[]) => batches.flat().map(({ body }) => body);

async function deliversEach(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo);
  const queue = await subject.queue(shape);
  await queue.send(messages(60, fifo));
  const { seen, stop } = await runMapping(queue, shape, { batchSize: 7 }, () => null);
  await eventually('60 messages were delivered', () => bodiesOf(seen.batches).length >= 60);
  await eventually('the queue is empty', async () => (await queue.left()) === 0);
  await stop();
  assert.deepEqual(
    bodiesOf(seen.batches).sort(),
    messages(60, fifo)
      .map(({ body }) => body)
      .sort(),
  );
  assert.ok(
    seen.batches.every((batch) => batch.length <= 7),
    'no batch is over its size',
  );
  assert.deepEqual(replayJournal(seen.journal), [], 'the journal gives the same orders again');
}

async function keepsBodies(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo);
  const queue = await subject.queue(shape);
  const bodies = ['{"a": 1.0,  "b":[]}', 'ünïcödé 🎈\n\ttab', ' leading and trailing ', '<a href="x">&amp;</a>'];
  await queue.send(bodies.map((body, index) => ({ body, ...(fifo && { groupId: 'g', dedupId: `d${index}` }) })));
  const { seen, stop } = await runMapping(queue, shape, {}, () => null);
  await eventually('all bodies were delivered', () => bodiesOf(seen.batches).length >= bodies.length);
  await stop();
  assert.deepEqual(bodiesOf(seen.batches).sort(), [...bodies].sort());
}

async function failsTogether(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo, { visibilityTimeoutMs: 4000 });
  const queue = await subject.queue(shape);
  await queue.send(messages(2, fifo, 1));
  let failures = 0;
  const { seen, stop } = await runMapping(queue, shape, { batchSize: 2 }, () => {
    failures += 1;
    if (failures === 1) throw new Error('not today');
  });
  await eventually('both messages came again', () => bodiesOf(seen.batches).length >= 4);
  await eventually('the queue is empty', async () => (await queue.left()) === 0);
  await stop();
  const receives = seen.batches.flat().map(({ attributes }) => attributes.ApproximateReceiveCount);
  assert.deepEqual(receives, ['1', '1', '2', '2']);
}

async function failsPartly(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo, { visibilityTimeoutMs: 4000 });
  const queue = await subject.queue(shape);
  await queue.send(messages(4, fifo, 4));
  const { seen, stop } = await runMapping(queue, shape, { partialResponses: true }, (batch) => {
    const bad = batch.filter(({ body, attributes }) => body === 'm2' && attributes.ApproximateReceiveCount === '1');
    return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
  await eventually('the reported message came again', () => bodiesOf(seen.batches).length >= 5);
  await eventually('the queue is empty', async () => (await queue.left()) === 0);
  await stop();
  assert.deepEqual(bodiesOf(seen.batches).slice(4), ['m2']);
}

async function deadLetters(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo, { visibilityTimeoutMs: 4000, maxReceiveCount: 1 });
  const queue = await subject.queue(shape);
  await queue.send(messages(3, fifo, 3));
  const { seen, stop } = await runMapping(queue, shape, { batchSize: 1 }, ([message]) => {
    if (message?.body === 'm1') throw new Error('poison');
  });
  await eventually('the poison message is a dead letter', async () => (await queue.deadLetters()).includes('m1'));
  await eventually('the queue is empty', async () => (await queue.left()) === 0);
  await stop();
  assert.deepEqual(bodiesOf(seen.batches).sort(), ['m0', 'm1', 'm2']);
  assert.deepEqual(await queue.deadLetters(), ['m1']);
}

async function waitsForTheWindow(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo);
  const queue = await subject.queue(shape);
  const { seen, stop } = await runMapping(
    queue,
    shape,
    { batchSize: 100, batchWindowMs: 1000, maximumConcurrency: 2 },
    () => null,
  );
  await queue.send(messages(20, fifo, 1));
  await eventually('20 messages were delivered', () => bodiesOf(seen.batches).length >= 20);
  await stop();
  assert.ok(seen.batches.length <= 4, `20 messages within a window of a second came in ${seen.batches.length} batches`);
  const closed = seen.lines.filter(({ what }) => what === 'invoke').map(({ data }) => data?.closedBy);
  assert.ok(closed.includes('window'), `batches were closed by ${closed.join(', ')}`);
}

async function filters(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo);
  const queue = await subject.queue(shape);
  const bodies = ['{"kind":"a"}', '{"kind":"b"}', '{"kind":"a"}'];
  await queue.send(bodies.map((body, index) => ({ body, ...(fifo && { groupId: 'g', dedupId: `d${index}` }) })));
  const { seen, stop } = await runMapping(queue, shape, { filterPatterns: ['{"body":{"kind":["a"]}}'] }, () => null);
  await eventually('the queue is empty', async () => (await queue.left()) === 0);
  await stop();
  assert.deepEqual(bodiesOf(seen.batches), ['{"kind":"a"}', '{"kind":"a"}']);
  assert.deepEqual(replayJournal(seen.journal), [], 'the journal gives the same orders again');
}

async function keepsGroupOrder(subject: PollerSubject, fifo: boolean): Promise<void> {
  if (!fifo) return;
  const shape = shapeOf(true, { visibilityTimeoutMs: 6000 });
  const queue = await subject.queue(shape);
  await queue.send(messages(90, true, 6));
  const running = new Set<string>();
  const order = new Map<string, number[]>();
  const { stop } = await runMapping(queue, shape, { batchSize: 5 }, async (batch) => {
    const groups = new Set(batch.map(({ attributes }) => String(attributes.MessageGroupId)));
    for (const group of groups) {
      assert.ok(!running.has(group), `two batches of ${group} at once`);
      running.add(group);
    }
    await systemClock.until(systemClock.now() + 5);
    for (const { body, attributes } of batch) {
      const list = order.get(String(attributes.MessageGroupId)) ?? [];
      order.set(String(attributes.MessageGroupId), [...list, Number(body.slice(1))]);
    }
    for (const group of groups) running.delete(group);
  });
  await eventually('90 messages were delivered', () => [...order.values()].flat().length >= 90);
  await stop();
  for (const [group, numbers] of order) {
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      `order within ${group}`,
    );
    assert.equal(new Set(numbers).size, numbers.length, `each once within ${group}`);
  }
}

async function limitsConcurrency(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo);
  const queue = await subject.queue(shape);
  await queue.send(messages(30, fifo, 10));
  const { seen, stop } = await runMapping(queue, shape, { batchSize: 1, maximumConcurrency: 2 }, async () => {
    await systemClock.until(systemClock.now() + 10);
  });
  await eventually('30 messages were delivered', () => bodiesOf(seen.batches).length >= 30);
  await stop();
  assert.equal(seen.mostAtOnce, 2);
}

async function stopsCleanly(subject: PollerSubject, fifo: boolean): Promise<void> {
  const shape = shapeOf(fifo);
  const queue = await subject.queue(shape);
  await queue.send(messages(1, fifo));
  let ended = false;
  const { seen, stop } = await runMapping(queue, shape, {}, async () => {
    await systemClock.until(systemClock.now() + 300);
    ended = true;
  });
  await eventually('the function runs', () => seen.batches.length > 0);
  await stop();
  assert.ok(ended, 'a running invocation ends before the mapping has stopped');
  await eventually('the message was deleted', async () => (await queue.left()) === 0);
  await queue.send([{ body: 'late', ...(fifo && { groupId: 'late', dedupId: 'late' }) }]);
  await systemClock.until(systemClock.now() + 300);
  assert.equal(seen.batches.length, 1, 'nothing is read after it has stopped');
}

export const pollerCases: readonly PollerCase[] = [
  { name: 'delivers each message and deletes it', run: deliversEach },
  { name: 'passes bodies on byte for byte', run: keepsBodies },
  { name: 'a failed batch comes again after its visibility timeout', run: failsTogether },
  { name: 'only reported messages come again', run: failsPartly },
  { name: 'a message received too often becomes a dead letter', run: deadLetters },
  { name: 'a batch window gathers messages', run: waitsForTheWindow },
  { name: 'what no filter matches is deleted and never delivered', run: filters },
  { name: 'keeps the order of each message group', run: keepsGroupOrder },
  { name: 'keeps MaximumConcurrency', run: limitsConcurrency },
  { name: 'stops after what runs has ended', run: stopsCleanly },
];
