/** Messages that go from one queue to another, with a process that ends at every point of the way: none is lost or doubled. */
import type { Queues } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { connectRedis, redisQueues } from '../../src/index.ts';
import { dyingAt, Killed } from '../support/faultyClient.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { arnOf, queueDefinition } from './support/definitions.ts';

const redis = ownRedis(connectRedis);

let worlds = 0;
const MESSAGES = 25;
const bodies = Array.from({ length: MESSAGES }, (_, index) => `${index}`);

/** A queue whose messages have all been received once, so that the next receive gives them up. */
async function usedUp(suffix: string): Promise<{ prefix: string; nowMs: number }> {
  const prefix = `crash-${++worlds}`;
  const queues = redisQueues({ redis: redis.client, prefix, now: () => 1_000_000 });
  const [main, dead] = [`main${suffix}`, `dead${suffix}`];
  const redrive = { deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 };
  await queues.create(queueDefinition(main, { redrive }));
  await queues.create(queueDefinition(dead));
  const fifo = (body: string) => (suffix ? { groupId: `g${Math.floor(Number(body) / 5)}`, dedupId: body } : {});
  await queues.open(main).send(bodies.map((body) => ({ body, ...fifo(body) })));
  let taken = 0;
  while (taken < MESSAGES) {
    taken += (await queues.open(main).receive({ max: 10, visibilityMs: 10 })).messages.length;
  }
  await queues.close();
  return { prefix, nowMs: 1_000_010 };
}

async function contents(queues: Queues, names: readonly string[]): Promise<string[]> {
  const all = await Promise.all(names.map((name) => queues.open(name).peek(1000)));
  return all.flatMap((messages) => messages.map(({ sent }) => sent.body));
}

const byNumber = (all: readonly string[]): string[] => [...all].sort((one, other) => Number(one) - Number(other));

/** Runs `act` in processes that die at the first, second, ... script, until one does not; after each the next goes on. */
async function killedEverywhere(
  world: { prefix: string; nowMs: number },
  isAfter: boolean,
  act: (queues: Queues) => Promise<unknown>,
): Promise<Queues> {
  const now = () => world.nowMs;
  for (let fatal = 0; ; fatal++) {
    const dying = dyingAt(redis.client, fatal, isAfter);
    const queues = redisQueues({ redis: dying.client, prefix: world.prefix, now });
    await act(queues).catch((error) => {
      if (!(error instanceof Killed)) throw error;
    });
    if (!dying.died()) break;
  }
  return redisQueues({ redis: redis.client, prefix: world.prefix, now });
}

describe.each(['', '.fifo'])('with queues %s', (suffix) => {
  const [main, dead] = [`main${suffix}`, `dead${suffix}`];

  test.each([false, true])('dead letters arrive once each (after the script: %s)', async (isAfter) => {
    const world = await usedUp(suffix);
    const queues = await killedEverywhere(world, isAfter, (each) => each.open(main).receive({ max: 10 }));
    await queues.open(main).receive({ max: 10 });
    await expect.poll(async () => byNumber(await contents(queues, [dead]))).toEqual(bodies);
    expect(await queues.open(main).counts()).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test.each([false, true])('what is moved back arrives once each (after the script: %s)', async (isAfter) => {
    const world = await usedUp(suffix);
    const first = redisQueues({ redis: redis.client, prefix: world.prefix, now: () => world.nowMs });
    await first.open(main).receive({ max: 10 });
    const queues = await killedEverywhere(world, isAfter, (each) => each.open(dead).moveTo(undefined, 7));
    while ((await queues.open(dead).moveTo(undefined, 1000)) > 0);
    await queues.open(dead).receive({ max: 10 });
    await expect.poll(async () => byNumber(await contents(queues, [main]))).toEqual(bodies);
    expect(await contents(queues, [dead])).toEqual([]);
  });

  test('two processes that bring the same outbox at once bring each message once', async () => {
    const world = await usedUp(suffix);
    const now = () => world.nowMs;
    // The receive runs, the bringing does not.
    const dying = redisQueues({ redis: dyingAt(redis.client, 2, true).client, prefix: world.prefix, now });
    await dying
      .open(main)
      .receive({ max: 10 })
      .catch(() => {});
    const others = Array.from({ length: 5 }, () => redisQueues({ redis: redis.client, prefix: world.prefix, now }));
    await Promise.all(others.map((queues) => queues.open(main).receive({ max: 10 })));
    await others[0]!.open(main).receive({ max: 10 });
    await expect.poll(async () => byNumber(await contents(others[0]!, [dead]))).toEqual(bodies);
  });
});

test('a new process brings what an earlier one left, without a look into the source queue', async () => {
  const world = await usedUp('');
  const now = () => world.nowMs;
  const dying = redisQueues({ redis: dyingAt(redis.client, 1, true).client, prefix: world.prefix, now });
  await dying
    .open('main')
    .receive({ max: 10 })
    .catch(() => {});
  const queues = redisQueues({ redis: redis.client, prefix: world.prefix, now });
  await expect.poll(async () => (await queues.open('dead').counts()).visible).toBe(MESSAGES);
});

test('dead letters whose queue is removed on their way wait for one of that name', async () => {
  const world = await usedUp('');
  const now = () => world.nowMs;
  const dying = redisQueues({ redis: dyingAt(redis.client, 1, true).client, prefix: world.prefix, now });
  await dying
    .open('main')
    .receive({ max: 10 })
    .catch(() => {});
  const queues = redisQueues({ redis: redis.client, prefix: world.prefix, now });
  await redis.client.unlink(`${world.prefix}:{q/dead}:meta`);
  await queues.open('main').receive({ max: 10 });
  await queues.create(queueDefinition('dead'));
  await queues.open('main').receive({ max: 10 });
  await expect.poll(async () => (await queues.open('dead').counts()).visible).toBe(MESSAGES);
});
