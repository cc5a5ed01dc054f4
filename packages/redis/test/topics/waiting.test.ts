/** Reads that wait, by the time of Redis: what they cost, and that they hear of records of other processes at once. */
import { expect, test } from 'vitest';
import { connectRedis, redisTopics } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';

const redis = ownRedis(connectRedis);

let worlds = 0;

async function world(partitions: number) {
  const prefix = `topic-waiting-${++worlds}`;
  const topics = redisTopics({ redis: redis.client, prefix });
  await topics.create({ name: 't', retentionMs: 60_000, createdAtMs: 0 }, partitions);
  return { prefix, topics, topic: topics.open('t') };
}

const record = { key: null, value: 'YQ==', headers: [] };

/** How many scripts and reads Redis has run. */
async function commands(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(?:evalsha|xrange):calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Their number when it no longer grows. */
async function becomesQuiet(): Promise<number> {
  let last = -1;
  const isQuiet = async () => {
    const before = last;
    last = await commands();
    return last === before;
  };
  await expect.poll(isQuiet, { interval: 100 }).toBe(true);
  return last;
}

test('two hundred reads that wait cost nothing, and only those of the partition look', async () => {
  const { topics, topic } = await world(200);
  const abort = new AbortController();
  const limit = { maxRecords: 1, waitMs: 20_000, signal: abort.signal };
  const waiting = Array.from({ length: 200 }, (_, partition) => topic.read([{ partition, fromOffset: 0 }], limit));
  const before = await becomesQuiet();
  await topic.produce([{ record, partition: 117 }]);
  expect((await waiting[117]!)[0]?.records).toHaveLength(1);
  expect((await becomesQuiet()) - before).toBeLessThan(10);
  abort.abort();
  const others = await Promise.all(waiting);
  expect(others.filter((receipts) => receipts.length > 0)).toHaveLength(1);
  await topics.close();
});

test('a read hears of a record of another process without waiting for the heartbeat', async () => {
  const { prefix, topics, topic } = await world(3);
  const other = redisTopics({ redis: redis.url, prefix });
  const startMs = performance.now();
  const asks = [0, 1, 2].map((partition) => ({ partition, fromOffset: 0 }));
  const waiting = other.open('t').read(asks, { maxRecords: 10, waitMs: 20_000 });
  await becomesQuiet();
  await topic.produce([{ record, partition: 2 }]);
  expect(await waiting).toMatchObject([{ partition: 2, nextOffset: 1 }]);
  expect(performance.now() - startMs).toBeLessThan(5000);
  await other.close();
  await topics.close();
});

test('a topic goes by the time of Redis', async () => {
  const { topics, topic } = await world(1);
  const [seconds, micros] = await redis.client.time();
  const atMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  await topic.produce([{ record }]);
  const [receipt] = await topic.read([{ partition: 0, fromOffset: 0 }], { maxRecords: 1 });
  expect(receipt?.records[0]?.arrivalMs).toBeGreaterThanOrEqual(atMs);
  expect(receipt?.records[0]?.arrivalMs).toBeLessThan(atMs + 5000);
  await topic.group('g').join('brief', 1);
  await expect.poll(async () => (await topic.group('g').join('other', 60_000)).partitions).toEqual([0]);
  await topics.close();
});

test('a great backlog of large and small records in many partitions is read once, in order', async () => {
  const { topics, topic } = await world(6);
  for (let round = 0; round < 20; round++) {
    const value = 'A'.repeat(4 * (round % 5 === 0 ? 20_000 : 10));
    const records = Array.from({ length: 60 }, (_, index) => ({ record: { ...record, value }, partition: index % 6 }));
    await topic.produce(records);
  }
  const next = new Map([0, 1, 2, 3, 4, 5].map((partition) => [partition, 0]));
  const limits = [{ maxRecords: 1000, maxBytes: 250_000 }, { maxRecords: 7 }, { maxRecords: 100 }];
  let seen = 0;
  for (let round = 0; seen < 1200; round++) {
    const asks = [...next].map(([partition, fromOffset]) => ({ partition, fromOffset }));
    const receipts = await topic.read(asks, limits[round % limits.length]!);
    expect(receipts.length).toBeGreaterThan(0);
    for (const { partition, records, nextOffset, missed } of receipts) {
      expect(missed).toBe(0);
      expect(records.map(({ index }) => index)).toEqual(records.map((_, at) => next.get(partition)! + at));
      next.set(partition, nextOffset);
      seen += records.length;
    }
  }
  expect([...next.values()]).toEqual([200, 200, 200, 200, 200, 200]);
  await topics.close();
});
