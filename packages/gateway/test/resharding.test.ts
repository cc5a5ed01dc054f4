/** Splits, merges and scaling: who comes from whom, what a reader sees at the end of a shard, which shards are listed. */
import type { Kinesis } from '@aws-sdk/client-kinesis';
import { expect, test } from 'vitest';
import { iteratorOf, refusalOf, shardIdOf, startStreams, streamArnOf, textOf } from './streamsSupport.ts';
import { ACCOUNT } from './support.ts';

const HASH_KEYS = 1n << 128n;

async function shardsOf(kinesis: Kinesis, StreamName: string) {
  return (await kinesis.listShards({ StreamName })).Shards!;
}

/** The ranges of the shards that have no end, in their order, as eighths of all hash keys. */
async function openRanges(kinesis: Kinesis, StreamName: string): Promise<string[]> {
  const open = (await shardsOf(kinesis, StreamName)).filter((one) => !one.SequenceNumberRange!.EndingSequenceNumber);
  const eighth = HASH_KEYS / 8n;
  return open
    .map(({ HashKeyRange: range }) => [BigInt(range!.StartingHashKey!), BigInt(range!.EndingHashKey!) + 1n] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([start, end]) => `${start / eighth}-${end / eighth}`);
}

test('A shard is split and its halves are merged: readers find the children at the end of the parents', async () => {
  const { kinesis } = await startStreams();
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  await kinesis.putRecord({ StreamName: 's', Data: Buffer.from('before'), PartitionKey: 'k' });
  const middle = String(HASH_KEYS / 2n);
  await kinesis.splitShard({ StreamName: 's', ShardToSplit: shardIdOf(0), NewStartingHashKey: middle });
  const ended = await kinesis.getRecords({ ShardIterator: await iteratorOf(kinesis, 's'), Limit: 10 });
  expect(ended.Records!.map(({ Data }) => textOf(Data))).toEqual(['before']);
  expect(ended.NextShardIterator).toBeUndefined();
  expect(ended.ChildShards).toEqual([
    {
      ShardId: shardIdOf(1),
      ParentShards: [shardIdOf(0)],
      HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(HASH_KEYS / 2n - 1n) },
    },
    {
      ShardId: shardIdOf(2),
      ParentShards: [shardIdOf(0)],
      HashKeyRange: { StartingHashKey: middle, EndingHashKey: String(HASH_KEYS - 1n) },
    },
  ]);
  const latest = await kinesis.getRecords({
    ShardIterator: await iteratorOf(kinesis, 's', 0, { ShardIteratorType: 'LATEST' }),
  });
  expect([latest.NextShardIterator, latest.ChildShards?.length]).toEqual([undefined, 2]);

  await kinesis.mergeShards({
    StreamARN: streamArnOf('s'),
    ShardToMerge: shardIdOf(2),
    AdjacentShardToMerge: shardIdOf(1),
  });
  const [parent, , , merged] = await shardsOf(kinesis, 's');
  expect(
    parent!.SequenceNumberRange!.EndingSequenceNumber! > parent!.SequenceNumberRange!.StartingSequenceNumber!,
  ).toBe(true);
  expect(merged).toMatchObject({
    ShardId: shardIdOf(3),
    ParentShardId: shardIdOf(2),
    AdjacentParentShardId: shardIdOf(1),
    HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(HASH_KEYS - 1n) },
  });
  const { ChildShards } = await kinesis.getRecords({ ShardIterator: await iteratorOf(kinesis, 's', 1) });
  expect(ChildShards).toMatchObject([{ ShardId: shardIdOf(3), ParentShards: [shardIdOf(2), shardIdOf(1)] }]);
});

test('What cannot be split or merged is refused in the words of AWS', async () => {
  const { kinesis } = await startStreams();
  await kinesis.createStream({ StreamName: 's', ShardCount: 3 });
  const split = (ShardToSplit: string, NewStartingHashKey: string) =>
    refusalOf(kinesis.splitShard({ StreamName: 's', ShardToSplit, NewStartingHashKey }));
  expect(await split(shardIdOf(9), '5')).toBe(
    `ResourceNotFoundException: Could not find shard ${shardIdOf(9)} in stream s under account ${ACCOUNT}.`,
  );
  expect(await split(shardIdOf(0), '0')).toContain(
    'InvalidArgumentException: NewStartingHashKey 0 used in SplitShard()',
  );
  const merge = (ShardToMerge: string, AdjacentShardToMerge: string) =>
    refusalOf(kinesis.mergeShards({ StreamName: 's', ShardToMerge, AdjacentShardToMerge }));
  expect(await merge(shardIdOf(0), shardIdOf(2))).toContain('are not an adjacent pair of shards eligible for merging');
  expect(await merge(shardIdOf(0), shardIdOf(0))).toContain('are not an adjacent pair');
  await kinesis.splitShard({ StreamName: 's', ShardToSplit: shardIdOf(0), NewStartingHashKey: '5' });
  expect(await split(shardIdOf(0), '5')).toBe(
    `ResourceInUseException: Shard ${shardIdOf(0)} in stream s under account ${ACCOUNT} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );
});

test('The number of shards is changed by splits and merges, to ranges of one width', async () => {
  const { kinesis } = await startStreams();
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  const update = (TargetShardCount: number) =>
    kinesis.updateShardCount({ StreamName: 's', TargetShardCount, ScalingType: 'UNIFORM_SCALING' });
  expect(await update(2)).toMatchObject({ StreamName: 's', CurrentShardCount: 1, TargetShardCount: 2 });
  expect(await openRanges(kinesis, 's')).toEqual(['0-4', '4-8']);
  await update(4);
  expect(await openRanges(kinesis, 's')).toEqual(['0-2', '2-4', '4-6', '6-8']);
  for (const target of [3, 5, 3, 2]) {
    await update(target);
    await kinesis.createStream({ StreamName: `as-${target}`, ShardCount: target }).catch(() => {});
    expect(await openRanges(kinesis, 's')).toEqual(await openRanges(kinesis, `as-${target}`));
  }
  await update(2);
  expect(await openRanges(kinesis, 's')).toEqual(['0-4', '4-8']);
  expect(await refusalOf(update(5))).toBe(
    'InvalidArgumentException: UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 2 Target shard count: 5',
  );
  await update(4);
  expect(await refusalOf(update(1))).toContain('cannot scale down below half');
});

test('Shards are listed in pages and by filters', async () => {
  const { kinesis, clock } = await startStreams();
  await kinesis.createStream({ StreamName: 's', ShardCount: 2 });
  clock.push(10_000);
  const between = new Date(clock.now());
  clock.push(10_000);
  await kinesis.splitShard({ StreamName: 's', ShardToSplit: shardIdOf(0), NewStartingHashKey: '5' });
  clock.push(10_000);
  const numbers = async (ShardFilter: object) => {
    const { Shards } = await kinesis.listShards({ StreamName: 's', ShardFilter: ShardFilter as { Type: 'AT_LATEST' } });
    return Shards!.map(({ ShardId }) => Number(ShardId!.slice(8))).join(' ');
  };
  const now = new Date(clock.now());
  const shown = {
    latest: await numbers({ Type: 'AT_LATEST' }),
    horizon: await numbers({ Type: 'AT_TRIM_HORIZON' }),
    fromHorizon: await numbers({ Type: 'FROM_TRIM_HORIZON' }),
    after: await numbers({ Type: 'AFTER_SHARD_ID', ShardId: shardIdOf(1) }),
    at: await numbers({ Type: 'AT_TIMESTAMP', Timestamp: between }),
    from: await numbers({ Type: 'FROM_TIMESTAMP', Timestamp: between }),
    atNow: await numbers({ Type: 'AT_TIMESTAMP', Timestamp: now }),
    fromNow: await numbers({ Type: 'FROM_TIMESTAMP', Timestamp: now }),
  };
  expect(shown).toMatchInlineSnapshot(`
    {
      "after": "2 3",
      "at": "0 1",
      "atNow": "1 2 3",
      "from": "0 1 2 3",
      "fromHorizon": "0 1 2 3",
      "fromNow": "1 2 3",
      "horizon": "0 1",
      "latest": "1 2 3",
    }
  `);
  expect(await refusalOf(numbers({ Type: 'AFTER_SHARD_ID' }))).toContain('must have a ShardId');
  expect(await refusalOf(numbers({ Type: 'AT_TIMESTAMP' }))).toContain('must have a Timestamp');

  const first = await kinesis.listShards({ StreamName: 's', MaxResults: 3, ExclusiveStartShardId: shardIdOf(0) });
  expect(first).not.toHaveProperty('NextToken');
  const page = await kinesis.listShards({ StreamName: 's', MaxResults: 3 });
  expect(page.Shards).toHaveLength(3);
  const NextToken = page.NextToken!;
  const rest = await kinesis.listShards({ NextToken });
  expect(rest.Shards!.map(({ ShardId }) => ShardId)).toEqual([shardIdOf(3)]);
  expect(await refusalOf(kinesis.listShards({ NextToken, StreamName: 's' }))).toContain('cannot be provided together');
  expect(await refusalOf(kinesis.listShards({ NextToken: 'bm8=' }))).toContain('NextToken is invalid');
  clock.push(301_000);
  expect(await refusalOf(kinesis.listShards({ NextToken }))).toContain('ExpiredNextTokenException');
});

test('A closed shard is there until its retention is over', async () => {
  const { kinesis, clock } = await startStreams();
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  await kinesis.splitShard({ StreamName: 's', ShardToSplit: shardIdOf(0), NewStartingHashKey: '5' });
  clock.push(24 * 3_600_000 - 1000);
  const ShardIterator = await iteratorOf(kinesis, 's');
  clock.push(2000);
  expect(await shardsOf(kinesis, 's')).toHaveLength(2);
  expect(await refusalOf(kinesis.getRecords({ ShardIterator }))).toContain('ResourceNotFoundException: Shard');
});
