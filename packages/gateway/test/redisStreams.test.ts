/** Two gateways over the streams of one Redis: what is done through one is there through the other. */

import { expect, test } from 'vitest';
import { startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { redisStreams } from '../../redis/src/index.ts';
import { iteratorOf, refusalOf, shardIdOf, startStreams, streamArnOf, textOf, textsOf } from './streamsSupport.ts';

describeWith(['redis'], 'on Redis', () => {
  test('streams, records, shards and consumers are shared', async () => {
    const redis = await startRedis();
    try {
      const [one, other] = await Promise.all(
        [1, 2].map(() => startStreams({ streams: redisStreams({ redis: redis.url }) })),
      );
      const { kinesis } = one!;
      await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
      const Records = Array.from({ length: 500 }, (_, index) => ({ Data: Buffer.from(`${index}`), PartitionKey: 'k' }));
      expect(await kinesis.putRecords({ StreamName: 's', Records })).toMatchObject({ FailedRecordCount: 0 });
      expect(await textsOf(other!.kinesis, 's')).toEqual(Records.map(({ Data }) => Data.toString()));

      // Changes of one gateway do not undo each other.
      const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
      await Promise.all(keys.map((key) => kinesis.addTagsToStream({ StreamName: 's', Tags: { [key]: '' } })));
      const { Tags } = await other!.kinesis.listTagsForStream({ StreamName: 's' });
      expect(Tags!.map(({ Key }) => Key)).toEqual(keys);

      const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN: streamArnOf('s'), ConsumerName: 'c' });
      const { EventStream } = await other!.kinesis.subscribeToShard({
        ConsumerARN: Consumer!.ConsumerARN!,
        ShardId: shardIdOf(0),
        StartingPosition: { Type: 'LATEST' },
      });
      const events = EventStream![Symbol.asyncIterator]();
      const first = events.next();
      await kinesis.putRecord({ StreamName: 's', Data: Buffer.from('pushed'), PartitionKey: 'k' });
      expect(textOf((await first).value?.SubscribeToShardEvent?.Records?.[0]?.Data)).toBe('pushed');
      const ending = events.next();
      await kinesis.splitShard({ StreamName: 's', ShardToSplit: shardIdOf(0), NewStartingHashKey: '5' });
      expect((await ending).value?.SubscribeToShardEvent?.ChildShards).toHaveLength(2);

      await other!.kinesis.updateShardCount({ StreamName: 's', TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' });
      const { Shards } = await kinesis.listShards({ StreamName: 's', ShardFilter: { Type: 'AT_LATEST' } });
      expect(Shards!.map(({ HashKeyRange: range }) => BigInt(range!.StartingHashKey!) >> 126n).sort()).toEqual([
        0n,
        1n,
        2n,
        3n,
      ]);
      const ShardIterator = await iteratorOf(other!.kinesis, 's');
      await kinesis.deleteStream({ StreamName: 's', EnforceConsumerDeletion: true });
      expect(await refusalOf(other!.kinesis.getRecords({ ShardIterator }))).toContain('ResourceNotFoundException');
    } finally {
      await redis.stop();
    }
  });
});
