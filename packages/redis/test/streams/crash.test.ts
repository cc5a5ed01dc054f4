/** Processes that end at any script, and answers that are lost: no record is lost or doubled, no shard is half made. */
import type { StoredShard, Streams } from '@millrace/runtime';
import { beforeAll, expect, test } from 'vitest';
import { ConnectionLost, connectRedis, redisStreams } from '../../src/index.ts';
import { dyingAt, Killed } from '../support/faultyClient.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { dataOf, keyed, shardId, streamDefinition } from './support/definitions.ts';
import { losingAnswers } from './support/losingClient.ts';

const redis = ownRedis(connectRedis);

beforeAll(async () => {
  // Redis knows all scripts from here on, so that a process that dies does it at a script and not while loading one.
  const streams = redisStreams({ redis: redis.client, prefix: 'first' });
  await streams.create(streamDefinition(), 1);
  await streams.open('s').put([keyed('a')]);
  await streams.open('s').split(shardId(0));
  await streams.change('s', {});
  await streams.remove('s');
});

let worlds = 0;

async function world(shards = 1): Promise<{ prefix: string; streams: Streams }> {
  const prefix = `crash-${++worlds}`;
  const streams = redisStreams({ redis: redis.client, prefix });
  await streams.create(streamDefinition(), shards);
  return { prefix, streams };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => keyed('k', `${index}`));

const LAST_HASH_KEY = (1n << 128n) - 1n;

/** Whether the open shards divide the hash keys, and every closed one names its children. */
function isWhole(shards: readonly StoredShard[]): boolean {
  const open = shards.filter(({ closedAtMs }) => closedAtMs === null);
  open.sort((one, other) => (one.startingHashKey < other.startingHashKey ? -1 : 1));
  const divides = open.every(
    ({ startingHashKey }, at) => startingHashKey === (open[at - 1]?.endingHashKey ?? -1n) + 1n,
  );
  const named = shards.every(({ closedAtMs, childIds }) => (closedAtMs === null) === (childIds.length === 0));
  return divides && named && open.at(-1)?.endingHashKey === LAST_HASH_KEY;
}

test.each([
  [0, false, 0],
  [0, true, 500],
  [1, false, 500],
  [1, true, 1000],
  [2, false, 1000],
  [2, true, 1200],
])(
  'a process that dies at script %i of a put (after it: %s) leaves %i records, each once, in order',
  async (fatal, isAfter, there) => {
    const { prefix, streams } = await world();
    const dying = redisStreams({ redis: dyingAt(redis.client, fatal, isAfter).client, prefix });
    await expect(dying.open('s').put(numbered(1200))).rejects.toThrow(Killed);
    const [after] = await streams.open('s').put([keyed('k', 'after')]);
    expect(after).toMatchObject({ kind: 'put', index: there });
    const receipt = await streams.open('s').read({ shardId: shardId(0), fromIndex: 0, maxRecords: 5000 });
    expect(dataOf(receipt!)).toEqual([
      ...numbered(there).map(({ record }) => 'data' in record && record.data),
      'after',
    ]);
  },
);

test.each([false, true])(
  'a process that dies at a split or a merge (after it: %s) leaves whole shards',
  async (isAfter) => {
    const { prefix, streams } = await world(2);
    const dying = () => redisStreams({ redis: dyingAt(redis.client, 0, isAfter).client, prefix }).open('s');
    await expect(dying().split(shardId(0))).rejects.toThrow(Killed);
    expect(isWhole(await streams.open('s').shards())).toBe(true);
    const split = await streams.open('s').split(shardId(0));
    expect(split).toMatchObject(isAfter ? { code: 'ResourceInUseException' } : { opened: [shardId(2), shardId(3)] });
    await expect(dying().merge(shardId(3), shardId(1))).rejects.toThrow(Killed);
    const shards = await streams.open('s').shards();
    expect(isWhole(shards)).toBe(true);
    expect(shards).toHaveLength(isAfter ? 5 : 4);
  },
);

test('a put whose answer is lost is an error, and its records are there once', async () => {
  const { prefix, streams } = await world();
  const losing = redisStreams({ redis: losingAnswers(redis.client, 1), prefix });
  await expect(losing.open('s').put(numbered(3))).rejects.toThrow(ConnectionLost);
  const receipt = await losing.open('s').read({ shardId: shardId(0), fromIndex: 0, maxRecords: 10 });
  expect(dataOf(receipt!)).toEqual(['0', '1', '2']);
  await streams.close();
});

test('what is repeated because an answer was lost is answered as if it was done once', async () => {
  const { prefix, streams } = await world(2);
  const losing = () => redisStreams({ redis: losingAnswers(redis.client, 2), prefix });
  const stream = () => losing().open('s');
  expect(await losing().create(streamDefinition({ name: 'other' }), 3)).toMatchObject({ created: true });
  expect(await stream().split(shardId(0))).toMatchObject({ closed: [shardId(0)], opened: [shardId(2), shardId(3)] });
  expect(await stream().merge(shardId(3), shardId(1))).toEqual({
    kind: 'resharded',
    closed: [shardId(3), shardId(1)],
    opened: [shardId(4)],
  });
  expect(await losing().change('s', { retentionMs: 5000 })).toMatchObject({ retentionMs: 5000 });
  const shards = await streams.open('s').shards();
  expect([shards.length, isWhole(shards)]).toEqual([5, true]);
  expect(await losing().remove('s')).toBe(true);
  expect(await streams.list('')).toEqual(['other']);
});

test('of two that split a shard at once, one does; records that are put meanwhile are each there once', async () => {
  const { prefix, streams } = await world();
  const others = Array.from({ length: 4 }, () => redisStreams({ redis: redis.client, prefix }));
  const puts = numbered(400).map(({ record, bytes }, index) => ({
    record: { ...record, partitionKey: `k${index % 17}` },
    bytes,
  }));
  const putting = Promise.all(
    others.map(async (each, which) => {
      for (const [index, put] of puts.entries()) {
        if (index % 4 === which) await each.open('s').put([{ ...put, key: put.record.partitionKey }]);
      }
    }),
  );
  for (let round = 0; round < 5; round++) {
    const open = (await streams.open('s').shards()).filter(({ closedAtMs }) => closedAtMs === null);
    const target = open[round % open.length]!.id;
    const outcomes = await Promise.all(others.map((each) => each.open('s').split(target)));
    expect(outcomes.filter(({ kind }) => kind === 'resharded')).toHaveLength(1);
  }
  await putting;
  const shards = await streams.open('s').shards();
  expect([shards.length, isWhole(shards)]).toEqual([11, true]);
  const read = await Promise.all(
    shards.map(({ id }) => streams.open('s').read({ shardId: id, fromIndex: 0, maxRecords: 1000 })),
  );
  const data = read.flatMap((receipt) => dataOf(receipt!)).sort((one, other) => Number(one) - Number(other));
  expect(data).toEqual(puts.map((_, index) => `${index}`));
});

test('a removed stream leaves no key behind', async () => {
  const { prefix, streams } = await world(3);
  await streams.open('s').put(Array.from({ length: 50 }, (_, index) => keyed(`${index}`)));
  await streams.open('s').split(shardId(1));
  expect(await redis.client.keys(`${prefix}:{*`)).not.toEqual([]);
  await streams.remove('s');
  expect(await redis.client.keys(`${prefix}*`)).toEqual([]);
});
