/** Processes that end before or after any script, and connections that are lost: no record is lost, doubled or out of order. */
import type { Topics } from '@millrace/runtime';
import { beforeAll, expect, test } from 'vitest';
import { startRedis } from '../../../../infra/components/redis.mjs';
import { connectRedis, redisTopics } from '../../src/index.ts';
import { dyingAt, Killed } from '../support/faultyClient.ts';
import { ownRedis } from '../support/ownRedis.ts';

const redis = ownRedis(connectRedis);

beforeAll(async () => {
  await loadScripts();
});

let worlds = 0;
const NOW_MS = 1_000_000;
const now = () => NOW_MS;

const definition = { name: 't', retentionMs: 1000, createdAtMs: 0 };
const recordOf = (value: string) => ({ key: null, value: Buffer.from(value).toString('base64'), headers: [] });

async function world(partitions: number): Promise<{ prefix: string; topics: Topics }> {
  const prefix = `topic-crash-${++worlds}`;
  const topics = redisTopics({ redis: redis.client, prefix, now });
  await topics.create(definition, partitions);
  return { prefix, topics };
}

/** Redis knows each script, so that each is one command. */
async function loadScripts(): Promise<void> {
  const { topics } = await world(1);
  const topic = topics.open('t');
  await topic.produce([]);
  await topic.group('g').join('m', 1000);
  await topic.group('g').commit('m', 1, new Map());
  await topics.remove('t');
}

/** Runs `act` in processes that die at the first, second, … script, until one does not. Returns how many have died. */
async function killedEverywhere(
  prefix: string,
  isAfter: boolean,
  act: (topics: Topics) => Promise<unknown>,
): Promise<number> {
  for (let fatal = 0; ; fatal++) {
    const dying = dyingAt(redis.client, fatal, isAfter);
    const died = await act(redisTopics({ redis: dying.client, prefix, now })).then(
      () => false,
      (error) => {
        if (!(error instanceof Killed)) throw error;
        return true;
      },
    );
    if (!died) return fatal;
  }
}

async function everything(topics: Topics, partition: number): Promise<string[]> {
  const topic = topics.open('t');
  const values: string[] = [];
  for (let next = 0; ; ) {
    const [receipt] = await topic.read([{ partition, fromOffset: next }], { maxRecords: 200 });
    if (!receipt) return values;
    expect(receipt.records.map(({ index }) => index)).toEqual(receipt.records.map((_, at) => next + at));
    values.push(...receipt.records.map(({ record }) => Buffer.from(record.value ?? '', 'base64').toString()));
    next = receipt.nextOffset;
  }
}

test.each([false, true])(
  'what a dying producer sent is there once, in order (after the script: %s)',
  async (isAfter) => {
    const { prefix, topics } = await world(2);
    // Three scripts: a call takes 500 records.
    const values = Array.from({ length: 1200 }, (_, index) => `${index}`);
    const records = values.map((value, index) => ({ record: recordOf(value), partition: index % 2 }));
    const died = await killedEverywhere(prefix, isAfter, (each) => each.open('t').produce(records));
    expect(died).toBe(3);
    // Whoever died before its nth script has left the first n calls; whoever died after it, one more.
    const calls = [0, 1, 2, 3].map((each) => (each === 3 ? 3 : each + (isAfter ? 1 : 0)));
    const expected = calls.flatMap((each) => values.slice(0, each * 500));
    for (const partition of [0, 1]) {
      expect(await everything(topics, partition)).toEqual(expected.filter((value) => Number(value) % 2 === partition));
    }
  },
);

test.each([false, true])('a dying member’s commit is whole or not at all (after the script: %s)', async (isAfter) => {
  const { prefix, topics } = await world(3);
  const all = new Map([0, 1, 2].map((partition) => [partition, 7]));
  await killedEverywhere(prefix, isAfter, async (each) => {
    const group = each.open('t').group('g');
    const before = await topics.open('t').group('g').committed();
    expect([0, 3]).toContain(before.size);
    const { generation, partitions } = await group.join('m', 10_000);
    expect([generation, partitions]).toEqual([1, [0, 1, 2]]);
    expect(await group.commit('m', generation, all)).toEqual({ kind: 'committed' });
  });
  expect(await topics.open('t').group('g').committed()).toEqual(all);
});

test.each([false, true])('topics are made and removed whole (after the script: %s)', async (isAfter) => {
  const { prefix, topics } = await world(1);
  await topics.open('t').produce([{ record: recordOf('a') }]);
  await topics
    .open('t')
    .group('g')
    .commit(undefined, 0, new Map([[0, 1]]));
  await killedEverywhere(prefix, isAfter, (each) => each.remove('t'));
  await killedEverywhere(prefix, isAfter, (each) => each.create(definition, 2));
  expect(await topics.list('')).toEqual(['t']);
  expect(await topics.open('t').partitions()).toBe(2);
  expect(await everything(topics, 0)).toEqual([]);
  await topics.remove('t');
  const left = await redis.client.keys(`${prefix}:{*`);
  expect(left).toEqual([]);
});

test('what retention ends does not stay in Redis, whoever comes next', async () => {
  const prefix = `topic-crash-${++worlds}`;
  let nowMs = NOW_MS;
  const topics = redisTopics({ redis: redis.client, prefix, now: () => nowMs });
  await topics.create(definition, 1);
  const topic = topics.open('t');
  for (let round = 0; round < 20; round++) {
    await topic.produce(Array.from({ length: 300 }, () => ({ record: recordOf('x') })));
    nowMs += 500;
  }
  const streams = await redis.client.keys(`${prefix}:{*:p0`);
  expect(streams).toHaveLength(1);
  expect(await redis.client.xlen(streams[0]!)).toBeLessThan(1500);
  const maxes = await redis.client.keys(`${prefix}:{*:x`);
  expect(await redis.client.hlen(maxes[0]!)).toBeLessThan(20);
  await topic.offsets();
  expect(await redis.client.xlen(streams[0]!)).toBe(300);
});

test('calls go on over a restart of Redis; a produce whose answer is lost is an error', async () => {
  const own = await startRedis({ appendOnly: true });
  const topics = redisTopics({ redis: own.url });
  await topics.create({ ...definition, retentionMs: 3_600_000 }, 1);
  const topic = topics.open('t');
  await topic.produce([{ record: recordOf('before') }]);
  const { generation } = await topic.group('g').join('m', 60_000);
  const waiting = topic.read([{ partition: 0, fromOffset: 2 }], { maxRecords: 1, waitMs: 60_000 });
  own.pause();
  const lost = expect(topic.produce([{ record: recordOf('lost') }])).rejects.toMatchObject({
    code: 'REDIS_CONNECTION_LOST',
  });
  const grown = topic.addPartitions(2);
  const committed = topic.group('g').commit('m', generation, new Map([[0, 1]]));
  await new Promise((resolve) => setImmediate(resolve));
  await own.kill();
  await lost;
  await own.restart();
  await grown;
  expect(await topic.partitions()).toBe(3);
  expect((await committed).kind).toMatch(/committed|refused/);
  const { latest } = (await topic.offsets())[0]!;
  expect([1, 2]).toContain(latest);
  await topic.produce(['after', 'later'].map((value) => ({ record: recordOf(value), partition: 0 })));
  expect((await waiting)[0]?.records).toHaveLength(1);
  await topics.close();
  await own.stop();
});
