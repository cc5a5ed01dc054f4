/** infra/components/kinesisMock.mjs: a Kinesis that nobody here wrote, private or shared by a test run. */
import { expect, test } from 'vitest';
import { kinesisAnswers, startKinesisMock } from '../../infra/components/kinesisMock.mjs';
import { isPortFree } from '../../infra/components/process.mjs';
import { describeWith, sharedKinesis } from './available.ts';
import { awsJson } from './awsJson.ts';
import { isAlive, untilTrue } from './processes.ts';

const kinesisAt = (url: string, accessKey?: string) => awsJson(url, 'kinesis', 'Kinesis_20131202', '1.1', accessKey);

interface Shards {
  readonly Shards: readonly { readonly ShardId: string; readonly ParentShardId?: string | null }[];
}

interface Summary {
  readonly StreamDescriptionSummary: { readonly StreamStatus: string };
}

describeWith(['kinesis-mock'], 'a private kinesis-mock', () => {
  test('has the streams asked for, gives back what was put, and is gone after stop', async () => {
    const { url, port, pid, stop } = await startKinesisMock({ streams: { orders: 1, returns: 2 } });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const kinesis = kinesisAt(url);
    expect((await kinesis<Shards>('ListShards', { StreamName: 'returns' })).Shards).toHaveLength(2);
    const ShardId = (await kinesis<Shards>('ListShards', { StreamName: 'orders' })).Shards[0]?.ShardId;
    const Data = Buffer.from('an order').toString('base64');
    await kinesis('PutRecord', { StreamName: 'orders', PartitionKey: 'o-1', Data });
    const position = { StreamName: 'orders', ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const read = await kinesis('GetRecords', await kinesis('GetShardIterator', position));
    expect(read).toMatchObject({ Records: [{ PartitionKey: 'o-1', Data }] });
    await stop();
    await stop();
    expect(isAlive(pid)).toBe(false);
    expect(await isPortFree(port)).toBe(true);
  });

  test('takes as long for a change of its shards as it was told', async () => {
    const { url, stop } = await startKinesisMock({ streams: { orders: 1 }, transitionMs: 3_000 });
    const kinesis = kinesisAt(url);
    const status = async () =>
      (await kinesis<Summary>('DescribeStreamSummary', { StreamName: 'orders' })).StreamDescriptionSummary.StreamStatus;
    const middle = String(2n ** 127n);
    await kinesis('SplitShard', {
      StreamName: 'orders',
      ShardToSplit: 'shardId-000000000000',
      NewStartingHashKey: middle,
    });
    expect(await status()).toBe('UPDATING');
    await untilTrue('the split is done', async () => (await status()) === 'ACTIVE', 20_000);
    const shards = (await kinesis<Shards>('ListShards', { StreamName: 'orders' })).Shards;
    expect(shards.map((each) => each.ParentShardId ?? 'none')).toEqual([
      'none',
      'shardId-000000000000',
      'shardId-000000000000',
    ]);
    await stop();
  });

  test('refuses a port that another program has, and says why it did not start', async () => {
    const port = Number(new URL(await sharedKinesis()).port);
    await expect(startKinesisMock({ port })).rejects.toMatchObject({
      code: 'KINESIS_PORT_TAKEN',
      message: `port ${port} of 127.0.0.1 is taken by another program; choose another one.`,
    });
    await expect(startKinesisMock({ env: { SHARD_LIMIT: 'many' } })).rejects.toMatchObject({
      code: 'KINESIS_NOT_READY',
      message: expect.stringMatching(/^kinesis-mock did not become ready on port \d+: .*Exception/),
    });
  });
});

describeWith(['kinesis-mock'], 'the kinesis-mock of a test run', () => {
  test('is one for all who ask, with streams of its own for each account', async () => {
    const [first, second] = await Promise.all([sharedKinesis(), sharedKinesis()]);
    expect(second).toBe(first);
    expect(await kinesisAnswers(Number(new URL(first).port))).toBe(true);
    const own = kinesisAt(first, '111122223333');
    await own('CreateStream', { StreamName: 'components-test', ShardCount: 1 });
    expect(await own('ListStreams', {})).toMatchObject({ StreamNames: ['components-test'] });
    expect(await kinesisAt(first, '444455556666')('ListStreams', {})).toMatchObject({ StreamNames: [] });
  });
});
