/**
 * Checkpoints on Redis pass the suite of the port, on one server and in cluster mode, which refuses a script whose keys are
 * not all in one slot. So do those in memory, which are the suite's own measure.
 */
import { memoryCheckpoints, type Owner } from '@millrace/runtime';
import { type CheckpointSubject, checkpointCases } from '@millrace/runtime/conformance';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { epochKey, type RedisClient, redisCheckpoints } from '../../src/index.ts';
import { ownCluster, ownRedis } from '../support/ownRedis.ts';

const redis = ownRedis((url) => new Redis(url));
const cluster = ownCluster();

let subjects = 0;

function on(client: RedisClient): CheckpointSubject {
  const prefix = `conformance-${++subjects}`;
  return {
    checkpoints: redisCheckpoints(client, { prefix }),
    elsewhere: redisCheckpoints(client, { prefix }),
    depose: async (name): Promise<Owner> => ({ name, epoch: await client.incr(epochKey(prefix, name)) }),
  };
}

function inMemory(): CheckpointSubject {
  const epochs = new Map<string, number>();
  const checkpoints = memoryCheckpoints({ isCurrent: ({ name, epoch }) => epochs.get(name) === epoch });
  const depose = async (name: string): Promise<Owner> => {
    const epoch = (epochs.get(name) ?? 0) + 1;
    epochs.set(name, epoch);
    return { name, epoch };
  };
  return { checkpoints, elsewhere: checkpoints, depose };
}

describe.each([
  ['on Redis', () => on(redis.client)],
  ['on Redis Cluster', () => on(cluster.client)],
  ['in memory', inMemory],
])('checkpoints %s', (_where, open) => {
  test.each(checkpointCases)('$name', async ({ run }) => {
    await expect(run(open())).resolves.toBeUndefined();
  });
});

/** What is kept of the one scope, by the ends of its keys. */
async function sizes(): Promise<Record<string, number>> {
  const kept: Record<string, number> = {};
  for (const key of await redis.client.keys('*}:*')) {
    const type = await redis.client.type(key);
    const size = {
      hash: () => redis.client.hlen(key),
      zset: () => redis.client.zcard(key),
      set: () => redis.client.scard(key),
    }[type];
    kept[key.slice(key.indexOf('}:') + 2)] = (await size?.()) ?? 1;
  }
  return kept;
}

test('what checkpoints have passed takes no room, and a forgotten mapping leaves nothing', async () => {
  await redis.client.flushall();
  const checkpoints = redisCheckpoints(redis.client);
  const scope = { mapping: 'm', name: 's' };
  for (let n = 1; n <= 1000; n += 1) {
    const ledgers = [{ lane: '', checkpoint: n, completed: [n + 2] }];
    await checkpoints.save(scope, 2, { ledgers, lanes: [{ lane: String(n % 10), work: [] }] });
  }
  expect(await sizes()).toEqual({ ahead: 2, progress: 2, scopes: 1 });
  await checkpoints.forget('m');
  expect(await redis.client.dbsize()).toBe(0);
});

test('saves are applied in their order although Redis has forgotten every script between them', async () => {
  const checkpoints = redisCheckpoints(redis.client);
  const scope = { mapping: 'order', name: 's' };
  const other = new Redis(redis.url);
  const saves: Promise<boolean>[] = [];
  for (let n = 1; n <= 2000; n += 1) {
    saves.push(checkpoints.save(scope, 1, { ledgers: [{ lane: '', checkpoint: n, completed: [] }], lanes: [] }));
    if (n % 50 === 0) await other.script('FLUSH');
  }
  await Promise.all(saves);
  other.disconnect();
  expect((await checkpoints.load(scope)).checkpoints.get('')).toBe(2000);
});
