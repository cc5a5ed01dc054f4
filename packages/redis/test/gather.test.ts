/** What leaves when: together where it costs less, and early where Redis would stand still for it. */
import type { Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { connectRedis, redisQueues } from '../src/index.ts';
import { queueDefinition } from './queues/support/definitions.ts';
import { ownRedis } from './support/ownRedis.ts';

const redis = ownRedis(connectRedis);

afterEach(() => vi.restoreAllMocks());

/** Everything that goes on within this turn of the event loop has gone on. */
async function settled(): Promise<void> {
  for (let step = 0; step < 100; step += 1) await undefined;
}

function worksFor(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
}

test('commands of one turn leave in one piece; those of a long turn do not wait for its end', async () => {
  await redis.client.ping();
  const socket = redis.client.stream as Socket;
  const answers = [redis.client.ping(), redis.client.ping()];
  const held = socket.writableLength;
  worksFor(2);
  answers.push(redis.client.ping());
  const left = socket.writableLength;
  answers.push(redis.client.ping());
  const heldAgain = socket.writableLength;
  expect(await Promise.all(answers)).toEqual(['PONG', 'PONG', 'PONG', 'PONG']);
  expect(held).toBeGreaterThan(0);
  expect(left).toBe(0);
  expect(heldAgain).toBeGreaterThan(0);
});

async function filledQueue(prefix: string, messages: number) {
  const queues = redisQueues({ redis: redis.client, prefix });
  await queues.create(queueDefinition('q', {}));
  const queue = queues.open('q');
  await queue.send(Array.from({ length: messages }, (_, index) => ({ body: `${index}` })));
  // What the queue is, is known from the first look on.
  const { messages: first } = await queue.receive({ max: 10, waitMs: 1000 });
  expect(first).toHaveLength(10);
  return queue;
}

test('receives that fill a look leave at once, fewer when the turn ends', async () => {
  const queue = await filledQueue('looks', 70);
  const sent = vi.spyOn(redis.client, 'evalsha');
  const asked = () => queue.receive({ max: 10, waitMs: 1000 });
  const receives = Array.from({ length: 4 }, asked);
  await settled();
  expect(sent).not.toHaveBeenCalled();
  receives.push(asked());
  await settled();
  expect(sent).toHaveBeenCalledTimes(1);
  const received = await Promise.all(receives);
  expect(received.map(({ messages }) => messages.length)).toEqual([10, 10, 10, 10, 10]);
});

test('deletes that fill a call leave at once, fewer when the turn ends', async () => {
  const queue = await filledQueue('deletes', 210);
  const receipts = await Promise.all(Array.from({ length: 20 }, () => queue.receive({ max: 10, waitMs: 1000 })));
  const handles = receipts.flatMap(({ messages }) => messages.map(({ receiptHandle }) => receiptHandle));
  const sent = vi.spyOn(redis.client, 'evalsha');
  const few = queue.delete(handles.slice(0, 60));
  await settled();
  expect(sent).not.toHaveBeenCalled();
  const full = queue.delete(handles.slice(60, 100));
  await settled();
  expect(sent).toHaveBeenCalledTimes(1);
  const rest = queue.delete(handles.slice(100));
  const deleted = (await Promise.all([few, full, rest])).flat();
  expect(deleted.filter(({ kind }) => kind === 'deleted')).toHaveLength(200);
});
