/** Receives that wait, by the time of Redis: how much they cost, and what happens when they are ended or cut off. */
import { expect, test } from 'vitest';
import { startRedis } from '../../../../infra/components/redis.mjs';
import { connectRedis, redisQueues } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { queueDefinition } from './support/definitions.ts';

const redis = ownRedis(connectRedis);

let worlds = 0;

async function world(changes = {}) {
  const queues = redisQueues({ redis: redis.client, prefix: `waiting-${++worlds}` });
  await queues.create(queueDefinition('q', changes));
  return { queues, queue: queues.open('q') };
}

/** How many scripts Redis has run. */
async function scripts(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test('a thousand receives that wait cost nothing, and do not all run for one message', async () => {
  const { queues, queue } = await world();
  const order: number[] = [];
  const waiting = Array.from({ length: 1000 }, (_, index) =>
    queue.receive({ max: 1, waitMs: 20_000 }).then(({ messages }) => messages.length > 0 && order.push(index)),
  );
  const before = await becomesQuiet();
  await queue.send([{ body: 'only one' }]);
  await expect.poll(() => order).toEqual([0]);
  const after = await becomesQuiet();
  expect(after - before).toBeLessThan(10);
  await queue.send(Array.from({ length: 50 }, (_, index) => ({ body: `${index}` })));
  await expect.poll(() => order.length).toBe(51);
  expect(order.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 51 }, (_, index) => index));
  await queues.close();
  await Promise.all(waiting);
});

/** The number of scripts when it no longer grows. */
async function becomesQuiet(): Promise<number> {
  let last = -1;
  await expect
    .poll(
      async () => {
        const now = await scripts();
        const isQuiet = now === last;
        last = now;
        return isQuiet;
      },
      { interval: 100 },
    )
    .toBe(true);
  return last;
}

test('a message that comes back in two processes is received once, without a wait for the heartbeat', async () => {
  const { queues, queue } = await world({ visibilityTimeoutMs: 50 });
  const other = redisQueues({ redis: redis.url, prefix: `waiting-${worlds}` });
  await queue.send([{ body: 'a' }]);
  await queue.receive({ max: 1, visibilityMs: 150 });
  const abort = new AbortController();
  const startMs = performance.now();
  const { signal } = abort;
  const receipts = [queue, other.open('q')].map((each) =>
    each.receive({ max: 1, waitMs: 20_000, signal, visibilityMs: 9000 }),
  );
  const first = await Promise.race(receipts);
  expect(first.messages[0]?.receiveCount).toBe(2);
  expect(performance.now() - startMs).toBeLessThan(5000);
  abort.abort();
  const all = await Promise.all(receipts);
  expect(all.flatMap(({ messages }) => messages)).toHaveLength(1);
  await other.close();
  await queues.close();
});

test('receives that are ended at random moments leave every message as it was', async () => {
  const { queues, queue } = await world();
  const bodies = Array.from({ length: 40 }, (_, index) => `${index}`);
  await queue.send(bodies.map((body) => ({ body })));
  for (let round = 0; round < 60; round++) {
    const abort = new AbortController();
    const receipt = queue.receive({ max: 10, waitMs: 5000, signal: abort.signal });
    for (let turn = 0; turn < round % 4; turn++) await settled();
    abort.abort();
    const { messages } = await receipt;
    const give = messages.map(({ receiptHandle }) => ({ receiptHandle, visibilityMs: 0 }));
    if (give.length > 0) await queue.changeVisibility(give);
  }
  expect(await queue.counts()).toMatchObject({ visible: 40, inFlight: 0 });
  const received = await queue.receive({ max: 10 });
  expect(received.messages).toHaveLength(10);
  await queues.close();
});

test('an undone receive leaves place and receive count as they were', async () => {
  const { queues, queue } = await world();
  await queue.send(['a', 'b', 'c'].map((body) => ({ body })));
  const abort = new AbortController();
  const receipt = queue.receive({ max: 2, signal: abort.signal });
  abort.abort();
  expect((await receipt).messages).toEqual([]);
  const { messages } = await queue.receive({ max: 10 });
  expect(messages.map(({ sent, receiveCount }) => [sent.body, receiveCount])).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ]);
  await queues.close();
});

test('waiting goes on over a restart of Redis, and a send whose answer is lost is an error', async () => {
  const own = await startRedis({ appendOnly: true });
  const queues = redisQueues({ redis: own.url });
  await queues.create(queueDefinition('q'));
  const queue = queues.open('q');
  await queue.send([{ body: 'before' }]);
  const first = await queue.receive({ max: 1, visibilityMs: 100 });
  expect(first.messages).toHaveLength(1);
  const waiting = queue.receive({ max: 1, waitMs: 60_000 });
  own.pause();
  const lost = expect(queue.send([{ body: 'lost' }])).rejects.toMatchObject({ code: 'REDIS_CONNECTION_LOST' });
  await settled();
  await own.kill();
  await lost;
  const deleted = queue.delete([first.messages[0]!.receiptHandle]);
  await own.restart();
  expect(await deleted).toMatchObject([{ kind: expect.stringMatching(/deleted|ignored/) }]);
  await queue.send([{ body: 'after' }]);
  expect((await waiting).messages.map(({ sent }) => sent.body)).toHaveLength(1);
  await queues.close();
  await own.stop();
});
