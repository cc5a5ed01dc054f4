/** The queues in memory: what the models do not decide, which is waiting, the way between queues, and their making. */
import { expect, test } from 'vitest';
import { type Clock, memoryQueues, NoSuchQueue, type QueueDefinition, type Queues, type Timer } from '../src/index.ts';

/** A clock that a test moves. */
class HandClock implements Clock {
  nowMs = 1_000_000;
  readonly #timers = new Map<Timer, { atMs: number; run: () => void }>();

  now(): number {
    return this.nowMs;
  }

  at(atMs: number, run: () => void): Timer {
    const timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { atMs, run });
    return timer;
  }

  until(atMs: number): Promise<void> {
    return new Promise((resolve) => void this.at(atMs, resolve));
  }

  get timers(): number {
    return this.#timers.size;
  }

  forward(ms: number): void {
    const toMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, one], [, other]) => one.atMs - other.atMs);
      if (!next || next[1].atMs > toMs) break;
      this.nowMs = Math.max(this.nowMs, next[1].atMs);
      this.#timers.delete(next[0]);
      next[1].run();
    }
    this.nowMs = toMs;
  }
}

const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}`;

function definition(name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name,
    arn: arnOf(name),
    fifo: name.endsWith('.fifo'),
    visibilityTimeoutMs: 30_000,
    retentionMs: 345_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: 120_000,
    createdAtMs: 0,
    modifiedAtMs: 0,
    carried: {},
    tags: {},
    ...changes,
  };
}

async function world(...definitions: QueueDefinition[]): Promise<{ clock: HandClock; queues: Queues }> {
  const clock = new HandClock();
  let ids = 0;
  const queues = memoryQueues({ clock, newId: () => `m${++ids}` });
  for (const one of definitions) await queues.create(one);
  return { clock, queues };
}

const bodies = (receipt: { messages: readonly { sent: { body: string } }[] }) =>
  receipt.messages.map(({ sent }) => sent.body);

test('a second create leaves the queue as it is and answers it', async () => {
  const { queues } = await world(definition('q', { delayMs: 5000 }));
  expect(await queues.create(definition('q'))).toMatchObject({ created: false, definition: { delayMs: 5000 } });
});

test('names are listed by prefix, sorted', async () => {
  const { queues } = await world(definition('b2'), definition('a'), definition('b1'));
  expect(await queues.list('b')).toEqual(['b1', 'b2']);
});

test('a change counts from then on, and null takes the redrive policy away', async () => {
  const redrive = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 3 };
  const { queues, clock } = await world(definition('q', { redrive }));
  expect(await queues.change('q', { visibilityTimeoutMs: 1000 })).toMatchObject({ redrive });
  const queue = queues.open('q');
  await queue.send([{ body: 'x' }]);
  const [message] = (await queue.receive({ max: 1 })).messages;
  expect(message!.visibleAtMs).toBe(clock.nowMs + 1000);
  expect(await queues.change('q', { redrive: null })).not.toHaveProperty('redrive');
  expect(await queues.change('nobody', {})).toBeUndefined();
});

test('a queue that is not there, or no longer, says so', async () => {
  const { queues } = await world(definition('q'));
  const queue = queues.open('q');
  await expect(queues.open('r').counts()).rejects.toThrow(NoSuchQueue);
  expect(await queues.remove('q')).toBe(true);
  expect(await queues.remove('q')).toBe(false);
  await expect(queue.send([{ body: 'x' }])).rejects.toThrow('There is no queue q.');
});

test('a receive waits for a message that is sent', async () => {
  const { queues, clock } = await world(definition('q'));
  const queue = queues.open('q');
  const waiting = queue.receive({ max: 10, waitMs: 20_000 });
  await queue.send([{ body: 'a' }, { body: 'b' }]);
  expect(bodies(await waiting)).toEqual(['a', 'b']);
  expect(clock.timers).toBe(0);
});

test('receives that wait are served in the order in which they came', async () => {
  const { queues } = await world(definition('q'));
  const queue = queues.open('q');
  const waiting = [1, 2, 3].map(() => queue.receive({ max: 1, waitMs: 20_000 }));
  await queue.send([{ body: 'a' }]);
  await queue.send([{ body: 'b' }, { body: 'c' }]);
  expect((await Promise.all(waiting)).map(bodies)).toEqual([['a'], ['b'], ['c']]);
});

test('a receive that waits is served when a delay or a visibility timeout ends, by one timer', async () => {
  const { queues, clock } = await world(definition('q', { visibilityTimeoutMs: 5000 }));
  const queue = queues.open('q');
  await queue.send([{ body: 'hidden' }, { body: 'delayed', delayMs: 7000 }]);
  await queue.receive({ max: 1 });
  const first = queue.receive({ max: 10, waitMs: 20_000 });
  const second = queue.receive({ max: 10, waitMs: 20_000 });
  expect(clock.timers).toBe(3);
  clock.forward(5000);
  expect(bodies(await first)).toEqual(['hidden']);
  clock.forward(2000);
  expect(bodies(await second)).toEqual(['delayed']);
});

test('a receive that waits is served when a FIFO group is freed, or a visibility is set to nothing', async () => {
  const { queues } = await world(definition('q.fifo'));
  const queue = queues.open('q.fifo');
  await queue.send([1, 2].map((n) => ({ body: `${n}`, groupId: 'g', dedupId: `${n}` })));
  const [message] = (await queue.receive({ max: 1 })).messages;
  const waiting = queue.receive({ max: 1, waitMs: 20_000 });
  await queue.delete([message!.receiptHandle]);
  const receipt = await waiting;
  expect(bodies(receipt)).toEqual(['2']);
  const again = queue.receive({ max: 1, waitMs: 20_000 });
  await queue.changeVisibility([{ receiptHandle: receipt.messages[0]!.receiptHandle, visibilityMs: 0 }]);
  expect(bodies(await again)).toEqual(['2']);
});

test('a receive ends empty-handed at its time, by its signal and by close, and hides nothing', async () => {
  const { queues, clock } = await world(definition('q'));
  const queue = queues.open('q');
  const timed = queue.receive({ max: 1, waitMs: 3000 });
  clock.forward(3000);
  expect(await timed).toEqual({ messages: [], deadLettered: [] });
  const abort = new AbortController();
  const aborted = queue.receive({ max: 1, waitMs: 3000, signal: abort.signal });
  abort.abort();
  expect(bodies(await aborted)).toEqual([]);
  const closed = queue.receive({ max: 1, waitMs: 3000 });
  await queues.close();
  expect(bodies(await closed)).toEqual([]);
  await queue.send([{ body: 'x' }]);
  expect(await queue.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  expect(clock.timers).toBe(0);
});

test('a receive that waits on a queue that is removed is told so', async () => {
  const { queues } = await world(definition('q'));
  const waiting = queues.open('q').receive({ max: 1, waitMs: 3000 });
  const refused = expect(waiting).rejects.toThrow(NoSuchQueue);
  await queues.remove('q');
  await refused;
});

test('what was received too often is on the dead-letter queue, where a receive waits for it', async () => {
  const redrive = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 };
  const { queues } = await world(definition('q', { redrive, visibilityTimeoutMs: 0 }), definition('dlq'));
  const queue = queues.open('q');
  await queue.send([{ body: 'x' }]);
  const [message] = (await queue.receive({ max: 1 })).messages;
  const waiting = queues.open('dlq').receive({ max: 1, waitMs: 20_000 });
  const receipt = await queue.receive({ max: 1 });
  expect(receipt).toMatchObject({ messages: [], deadLettered: [{ message: { messageId: message!.messageId } }] });
  expect((await waiting).messages).toMatchObject([{ messageId: message!.messageId, deadLetterSourceArn: arnOf('q') }]);
});

test('without its dead-letter queue a message stays and is received again', async () => {
  const redrive = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 };
  const { queues } = await world(definition('q', { redrive, visibilityTimeoutMs: 0 }));
  const queue = queues.open('q');
  await queue.send([{ body: 'x' }]);
  await queue.receive({ max: 1 });
  expect(bodies(await queue.receive({ max: 1 }))).toEqual(['x']);
  await queues.create(definition('dlq'));
  expect((await queue.receive({ max: 1 })).deadLettered).toHaveLength(1);
});

test('two queues that are each other’s dead-letter queue lose nothing', async () => {
  const to = (name: string) => ({ redrive: { deadLetterTargetArn: arnOf(name), maxReceiveCount: 1 } });
  const { queues, clock } = await world(definition('a', to('b')), definition('b', to('a')));
  await queues.open('a').send([{ body: '1' }, { body: '2' }]);
  for (let round = 0; round < 6; round++) {
    const asks = ['a', 'b', 'a'].map((name) => queues.open(name).receive({ max: 1, visibilityMs: 1000, waitMs: 5000 }));
    clock.forward(5000);
    await Promise.all(asks);
  }
  const counts = await Promise.all(['a', 'b'].map((name) => queues.open(name).counts()));
  expect(counts.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0)).toBe(2);
});

test('dead letters are moved back to where they came from, or to a queue by name, as new messages', async () => {
  const redrive = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 };
  const { queues } = await world(
    definition('q', { redrive, visibilityTimeoutMs: 0 }),
    definition('dlq'),
    definition('r'),
  );
  const queue = queues.open('q');
  await queue.send([{ body: 'x' }, { body: 'y' }]);
  await queue.receive({ max: 10 });
  await queue.receive({ max: 10 });
  const waiting = queue.receive({ max: 1, waitMs: 1000 });
  expect(await queues.open('dlq').moveTo(undefined, 1)).toBe(1);
  expect((await waiting).messages).toMatchObject([{ messageId: 'm3', receiveCount: 1, sent: { body: 'x' } }]);
  expect(await queues.open('dlq').moveTo('r', 10)).toBe(1);
  expect(bodies(await queues.open('r').receive({ max: 10 }))).toEqual(['y']);
  expect(await queues.open('dlq').moveTo('r', 10)).toBe(0);
});

test('a message that cannot go back stays where it is', async () => {
  const { queues } = await world(definition('dlq'), definition('other.fifo'));
  const queue = queues.open('dlq');
  await queue.send([{ body: 'sent here' }]);
  expect(await queue.moveTo(undefined, 10)).toBe(0);
  expect(await queue.moveTo('other.fifo', 10)).toBe(0);
  await expect(queue.moveTo('nobody', 10)).rejects.toThrow(NoSuchQueue);
  expect(await queue.peek(10)).toMatchObject([{ messageId: 'm1', sent: { body: 'sent here' } }]);
});

test('purge removes all, and peek shows what waits and changes nothing', async () => {
  const { queues } = await world(definition('q'));
  const queue = queues.open('q');
  await queue.send(['a', 'b', 'c'].map((body) => ({ body })));
  await queue.receive({ max: 1 });
  expect((await queue.peek(1)).map(({ sent }) => sent.body)).toEqual(['b']);
  expect(await queue.counts()).toMatchObject({ visible: 2, inFlight: 1 });
  expect(await queue.purge()).toBe(3);
  expect(await queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
});

test('each delete is answered in its place', async () => {
  const { queues } = await world(definition('q'));
  const queue = queues.open('q');
  await queue.send([{ body: 'a' }]);
  const [message] = (await queue.receive({ max: 1 })).messages;
  expect(await queue.delete(['never#1', message!.receiptHandle])).toEqual([
    { kind: 'ignored', because: 'gone' },
    { kind: 'deleted', messageId: 'm1' },
  ]);
});
