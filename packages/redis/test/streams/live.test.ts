/** Streams by the time of Redis: what a read and a wait cost, what retention leaves, and a Redis that restarts. */
import { expect, test } from 'vitest';
import { startRedis } from '../../../../infra/components/redis.mjs';
import { connectRedis, redisStreams } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { dataOf, keyed, shardId, streamDefinition } from './support/definitions.ts';

const redis = ownRedis(connectRedis);

let worlds = 0;

async function world(changes = {}, shards = 1) {
  const prefix = `live-${++worlds}`;
  const streams = redisStreams({ redis: redis.client, prefix });
  await streams.create(streamDefinition(changes), shards);
  return { prefix, streams, stream: streams.open('s') };
}

/** How often Redis was asked for each command. */
async function calls(): Promise<(command: string) => number> {
  const stats = await redis.client.info('commandstats');
  return (command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

const ask = { shardId: shardId(0), fromIndex: 0, maxRecords: 100 };

test('a read is one look at the records and no script', async () => {
  const { stream } = await world();
  await stream.put(Array.from({ length: 500 }, (_, index) => keyed('k', `${index}`)));
  await stream.read(ask);
  const before = await calls();
  let fromIndex = 0;
  for (let read = 0; read < 5; read++) fromIndex = (await stream.read({ ...ask, fromIndex, maxBytes: 1e6 }))!.nextIndex;
  const after = await calls();
  expect(fromIndex).toBe(500);
  expect(after('xrange') - before('xrange')).toBe(5);
  expect(after('evalsha') - before('evalsha')).toBe(0);
  expect(after('hgetall') - before('hgetall')).toBe(0);
});

test('arrivals are the times of Redis, and the read at the tip is not behind', async () => {
  const { stream } = await world();
  const sinceMs = Date.now();
  await stream.put([keyed('k', 'a')]);
  const receipt = (await stream.read(ask))!;
  expect(receipt.records[0]!.arrivalMs - sinceMs).toBeGreaterThanOrEqual(-1);
  expect(receipt.records[0]!.arrivalMs - sinceMs).toBeLessThan(5000);
  expect(receipt.millisBehindLatest).toBe(0);
});

test('a hundred reads that wait ask nothing until something is put, and then only those of its shard', async () => {
  const { stream, streams } = await world({}, 2);
  let answered = 0;
  const waiting = Array.from({ length: 100 }, (_, index) =>
    stream.read({ ...ask, shardId: shardId(index % 2), waitMs: 60_000 }).then((receipt) => {
      answered += receipt && receipt.records.length > 0 ? 1 : 0;
    }),
  );
  await becomesQuiet();
  const before = await calls();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const quiet = await calls();
  expect(quiet('xrange') - before('xrange')).toBe(0);
  await stream.put([keyed('a', '1')]);
  await expect.poll(() => answered).toBe(50);
  const after = await calls();
  // The put itself looks after retention.
  expect(after('xrange') - quiet('xrange')).toBeLessThan(60);
  await streams.close();
  await Promise.all(waiting);
  expect(answered).toBe(50);
});

async function becomesQuiet(): Promise<void> {
  let last = -1;
  await expect
    .poll(
      async () => {
        const now = (await calls())('xrange');
        const isQuiet = now === last;
        last = now;
        return isQuiet;
      },
      { interval: 100 },
    )
    .toBe(true);
}

test('a read that waits in one process is answered by a put, and by a split, in another', async () => {
  const { stream, prefix, streams } = await world();
  const other = redisStreams({ redis: redis.url, prefix });
  const first = other.open('s').read({ ...ask, waitMs: 30_000 });
  await stream.put([keyed('k', 'a')]);
  expect(dataOf((await first)!)).toEqual(['a']);
  const second = other.open('s').read({ ...ask, fromIndex: 1, waitMs: 30_000 });
  await stream.split(shardId(0));
  expect(await second).toMatchObject({ records: [], ended: true });
  await other.close();
  await streams.close();
});

test('what retention has ended leaves the memory of Redis with the next puts', async () => {
  const { stream, prefix } = await world({ retentionMs: 300 });
  await stream.put(Array.from({ length: 1000 }, (_, index) => keyed('k', `${index}`)));
  const [records] = await redis.client.keys(`${prefix}:{s/s}:meta:*`);
  expect(await redis.client.xlen(records!)).toBe(1000);
  await expect
    .poll(
      async () => {
        await stream.put([keyed('k', 'more')]);
        return redis.client.xlen(records!);
      },
      { interval: 50, timeout: 5000 },
    )
    .toBeLessThan(100);
});

test('shards are forgotten without puts, too, when others are split and merged', async () => {
  let nowMs = 1_800_000_000_000;
  const prefix = `live-${++worlds}`;
  const streams = redisStreams({ redis: redis.client, prefix, now: () => nowMs });
  await streams.create(streamDefinition({ retentionMs: 60_000 }), 1);
  const stream = streams.open('s');
  for (let round = 0; round < 20; round++) {
    await stream.split(shardId(3 * round));
    await stream.merge(shardId(3 * round + 1), shardId(3 * round + 2));
    nowMs += 30_000;
  }
  expect(await redis.client.hlen(`${prefix}:{s/s}:meta`)).toBeLessThan(60);
});

test('shards that were closed longer ago than retention lasts are forgotten with the next puts', async () => {
  const { stream, prefix, streams } = await world({ retentionMs: 300 });
  const meta = `${prefix}:{s/s}:meta`;
  const before = await redis.client.hlen(meta);
  for (let open = shardId(0), round = 0; round < 20; round++) {
    const split = await stream.split(open);
    const [low, high] = split.kind === 'resharded' ? split.opened : [];
    await stream.put([keyed('k', `${round}`)]);
    const merged = await stream.merge(low!, high!);
    [open = ''] = merged.kind === 'resharded' ? merged.opened : [];
  }
  await expect
    .poll(
      async () => {
        await stream.put([keyed('k', 'more')]);
        return redis.client.hlen(meta);
      },
      { interval: 50, timeout: 5000 },
    )
    .toBe(before);
  expect((await stream.shards()).map(({ id }) => id)).toEqual([shardId(60)]);
  for (const one of [stream, redisStreams({ redis: redis.client, prefix }).open('s')]) {
    expect(await one.read({ ...ask, shardId: shardId(58) })).toBeUndefined();
    expect(await one.indexAt(shardId(58), 0)).toBeUndefined();
    expect(await one.split(shardId(58))).toMatchObject({ code: 'ResourceInUseException' });
  }
  await streams.change('s', { retentionMs: 86_400_000 });
  expect((await stream.shards()).map(({ id }) => id)).toEqual([shardId(60)]);
  expect(await stream.split(shardId(60))).toMatchObject({ opened: [shardId(61), shardId(62)] });
  await streams.remove('s');
  expect(await redis.client.keys(`${prefix}:{*`)).toEqual([]);
});

test('a waiting read ends at its time', async () => {
  const { stream } = await world();
  const startMs = performance.now();
  expect(await stream.read({ ...ask, waitMs: 200 })).toMatchObject({ records: [], nextIndex: 0 });
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThanOrEqual(195);
  expect(tookMs).toBeLessThan(5000);
});

test('reads and waits go on over a restart of Redis, with everything that was put', async () => {
  const own = await startRedis({ appendOnly: true });
  const streams = redisStreams({ redis: own.url });
  await streams.create(streamDefinition(), 1);
  const stream = streams.open('s');
  await stream.put([keyed('k', 'before')]);
  const waiting = stream.read({ ...ask, fromIndex: 1, waitMs: 60_000 });
  await own.kill();
  const reading = stream.read(ask);
  await own.restart();
  expect(dataOf((await reading)!)).toEqual(['before']);
  await stream.put([keyed('k', 'after')]);
  expect(dataOf((await waiting)!)).toEqual(['after']);
  await streams.close();
  await own.stop();
});
