/** DynamoDB Streams as their current client sees them. */
import type { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams';
import { expect, test } from 'vitest';
import {
  kinesisClient,
  makeTableStream,
  putChange,
  refusalOf,
  startStreams,
  streamArnOf,
  tableArnOf,
} from './streamsSupport.ts';
import { startWorld } from './support.ts';

const keys = { id: { S: '1' } };
const bytes = Buffer.from([0, 255]);

async function shardOf(dynamodb: DynamoDBStreams, StreamArn: string, index = 0): Promise<string> {
  return (await dynamodb.describeStream({ StreamArn })).StreamDescription!.Shards![index]!.ShardId!;
}

async function iteratorOf(dynamodb: DynamoDBStreams, StreamArn: string, more: object = {}): Promise<string> {
  const ShardId = await shardOf(dynamodb, StreamArn);
  const ask = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const, ...more };
  return (await dynamodb.getShardIterator(ask)).ShardIterator!;
}

test('Streams are listed by table and in pages, and described', async () => {
  const world = await startStreams();
  const { dynamodb, kinesis, clock } = world;
  for (const table of ['users', 'orders', 'items']) await makeTableStream(world, table);
  await kinesis.createStream({ StreamName: 'clicks', ShardCount: 1 });
  const first = await dynamodb.listStreams({ Limit: 2 });
  const rest = await dynamodb.listStreams({ ExclusiveStartStreamArn: first.LastEvaluatedStreamArn! });
  expect([...first.Streams!, ...rest.Streams!].map(({ TableName }) => TableName)).toEqual(['items', 'orders', 'users']);
  expect(rest.LastEvaluatedStreamArn).toBeUndefined();
  const label = '2026-01-01T00:00:00.000';
  expect((await dynamodb.listStreams({ TableName: 'orders' })).Streams).toEqual([
    { StreamArn: tableArnOf('orders'), TableName: 'orders', StreamLabel: label },
  ]);
  const { StreamDescription: description } = await dynamodb.describeStream({ StreamArn: tableArnOf('orders') });
  expect(description).toMatchObject({
    StreamArn: tableArnOf('orders'),
    StreamLabel: label,
    StreamStatus: 'ENABLED',
    StreamViewType: 'NEW_AND_OLD_IMAGES',
    TableName: 'orders',
    Shards: [
      {
        ShardId: expect.stringMatching(/^shardId-\d{20}-[0-9a-f]{8}$/),
        SequenceNumberRange: { StartingSequenceNumber: expect.stringMatching(/^3\d{24}$/) },
      },
    ],
  });
  expect(Math.abs(description!.CreationRequestDateTime!.getTime() - clock.now())).toBeLessThan(10_000);
  const list = await kinesis.listStreams({});
  expect(list.StreamNames).toEqual(['clicks']);
  expect(await refusalOf(dynamodb.describeStream({ StreamArn: tableArnOf('nobody') }))).toBe(
    `ResourceNotFoundException: Requested resource not found: Stream: ${tableArnOf('nobody')} not found`,
  );
  expect(await refusalOf(dynamodb.describeStream({ StreamArn: streamArnOf('clicks') }))).toContain('Invalid StreamArn');
  expect(await refusalOf(kinesis.describeStream({ StreamName: 'orders' }))).toContain('ResourceNotFoundException');
});

test('Changes are shown as the view type says, with who made them and when', async () => {
  const world = await startStreams();
  const { dynamodb, streams, clock } = world;
  const oldImage = { ...keys, n: { N: '1' }, blob: { B: bytes.toString('base64') } };
  for (const viewType of ['NEW_AND_OLD_IMAGES', 'KEYS_ONLY']) {
    const table = viewType.toLowerCase();
    await makeTableStream(world, table, { carried: { TableName: table, StreamViewType: viewType } });
    await putChange(streams, table, { op: 'MODIFY', keys, newImage: { ...keys, n: { N: '2' } }, oldImage });
    await putChange(streams, table, { op: 'REMOVE', keys, oldImage, ttl: true });
  }
  const all = await dynamodb.getRecords({
    ShardIterator: await iteratorOf(dynamodb, tableArnOf('new_and_old_images')),
  });
  const [modified, removed] = all.Records!;
  expect(modified).toMatchObject({
    eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-west-1',
    dynamodb: {
      Keys: keys,
      NewImage: { id: { S: '1' }, n: { N: '2' } },
      OldImage: { id: { S: '1' }, n: { N: '1' }, blob: { B: Uint8Array.from(bytes) } },
      SequenceNumber: expect.stringMatching(/^3\d{24}$/),
      SizeBytes: expect.any(Number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  expect(modified).not.toHaveProperty('eventSourceARN');
  const at = modified!.dynamodb!.ApproximateCreationDateTime!.getTime();
  expect([at % 1000, Math.abs(at - clock.now()) < 10_000]).toEqual([0, true]);
  expect(removed!.userIdentity).toEqual({ Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' });
  const bare = await dynamodb.getRecords({ ShardIterator: await iteratorOf(dynamodb, tableArnOf('keys_only')) });
  expect(bare.Records!.map(({ dynamodb: one }) => [one!.Keys, one!.NewImage, one!.OldImage])).toEqual([
    [keys, undefined, undefined],
    [keys, undefined, undefined],
  ]);
});

test('A shard is read from every position, in pieces, and its end is the end', async () => {
  const world = await startStreams();
  const { dynamodb, streams } = world;
  const StreamArn = await makeTableStream(world, 'orders');
  for (let id = 1; id <= 3; id++) await putChange(streams, 'orders', { op: 'INSERT', keys: { id: { S: String(id) } } });
  const idsFrom = async (ShardIterator: string, Limit = 1000) => {
    const { Records, NextShardIterator } = await dynamodb.getRecords({ ShardIterator, Limit });
    return { ids: Records!.map(({ dynamodb: one }) => one!.Keys!.id!.S).join(''), Records, NextShardIterator };
  };
  const first = await idsFrom(await iteratorOf(dynamodb, StreamArn), 2);
  expect([first.ids, (await idsFrom(first.NextShardIterator!)).ids]).toEqual(['12', '3']);
  const SequenceNumber = first.Records![1]!.dynamodb!.SequenceNumber!;
  const from = async (more: object) => (await idsFrom(await iteratorOf(dynamodb, StreamArn, more))).ids;
  expect(await from({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber })).toBe('23');
  expect(await from({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })).toBe('3');
  expect(await from({ ShardIteratorType: 'LATEST' })).toBe('');
  const odd = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: '9'.repeat(25) };
  expect(await refusalOf(from(odd))).toContain('Invalid SequenceNumber');
  const timed = { ShardIteratorType: 'AT_TIMESTAMP' as 'LATEST', Timestamp: new Date(0) };
  expect(await refusalOf(from(timed))).toContain(
    'Member must satisfy enum value set: [AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST]',
  );
  expect(await refusalOf(from({ ShardId: `shardId-${'0'.repeat(20)}-00000000` }))).toContain('ResourceNotFound');

  await streams.open('orders').split('shardId-000000000000');
  const parent = await shardOf(dynamodb, StreamArn);
  const last = await idsFrom(await iteratorOf(dynamodb, StreamArn));
  expect([last.ids, last.NextShardIterator]).toEqual(['123', undefined]);
  const page = await dynamodb.describeStream({ StreamArn, Limit: 2 });
  expect(page.StreamDescription!.LastEvaluatedShardId).toBe(await shardOf(dynamodb, StreamArn, 1));
  const ExclusiveStartShardId = page.StreamDescription!.LastEvaluatedShardId!;
  const rest = (await dynamodb.describeStream({ StreamArn, ExclusiveStartShardId })).StreamDescription!;
  expect(rest.Shards!.map(({ ParentShardId }) => ParentShardId)).toEqual([parent]);
  expect(rest.LastEvaluatedShardId).toBeUndefined();
  const ShardFilter = { Type: 'CHILD_SHARDS' as const, ShardId: parent };
  const children = await dynamodb.describeStream({ StreamArn, ShardFilter });
  expect(children.StreamDescription!.Shards).toHaveLength(2);
});

test('Iterators expire after fifteen minutes; what retention took is refused', async () => {
  const world = await startStreams();
  const { dynamodb, streams, clock } = world;
  const StreamArn = await makeTableStream(world, 'orders', { retentionMs: 600_000 });
  await putChange(streams, 'orders', { op: 'INSERT', keys });
  const ShardIterator = await iteratorOf(dynamodb, StreamArn);
  const { Records } = await dynamodb.getRecords({ ShardIterator });
  const number = Records![0]!.dynamodb!.SequenceNumber!;
  clock.push(601_000);
  const trimmed =
    'TrimmedDataAccessException: The operation attempted to read past the oldest stream record in a shard.';
  expect(await refusalOf(dynamodb.getRecords({ ShardIterator }))).toBe(trimmed);
  const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: number };
  expect(await refusalOf(iteratorOf(dynamodb, StreamArn, at))).toBe(trimmed);
  const fresh = await iteratorOf(dynamodb, StreamArn);
  clock.push(899_000);
  expect((await dynamodb.getRecords({ ShardIterator: fresh })).Records).toEqual([]);
  clock.push(2000);
  expect(await refusalOf(dynamodb.getRecords({ ShardIterator: fresh }))).toContain('ExpiredIteratorException');
  expect(await refusalOf(dynamodb.getRecords({ ShardIterator: 'x' }))).toBe(
    'ValidationException: Invalid ShardIterator',
  );
  await streams.remove('orders');
  clock.push(2000);
  expect(await refusalOf(dynamodb.describeStream({ StreamArn }))).toContain('ResourceNotFoundException');
});

test('A gateway without streams says so', async () => {
  const { gateway, sqs } = await startWorld();
  expect(await refusalOf(kinesisClient(gateway.url).listStreams({}))).toBe(
    'UnknownOperationException: This endpoint has no Kinesis: the gateway was started without streams.',
  );
  expect(await sqs.listQueues()).not.toHaveProperty('QueueUrls');
});
