/**
 * Hostile requests to Kinesis, in JSON and in CBOR, and to DynamoDB Streams. Each gets an answer in AWS's form and in its own
 * encoding, none of them a 5xx; afterwards the gateway answers as before, and no record is lost.
 */
import { decode, encode, Tagged } from 'cborg';
import { expect, test } from 'vitest';
import { attackMany, type Draw, hostileBytes, isDeep, REQUESTS, spoil, spoilBytes } from './hostile.ts';
import {
  iteratorOf,
  makeTableStream,
  putChange,
  shardIdOf,
  startStreams,
  streamArnOf,
  tableArnOf,
  textsOf,
} from './streamsSupport.ts';
import { jsonRequest, type RawAnswer, type RawRequest, send, sendBytes } from './support.ts';

const CBOR = 'application/x-amz-cbor-1.1';
const [KINESIS, DYNAMODB] = ['Kinesis_20131202', 'DynamoDBStreams_20120810'];
const StreamName = 's';
const StreamARN = streamArnOf('s');
const ShardId = shardIdOf(0);
const tableShard = `shardId-${'0'.repeat(20)}-00000000`;

type Valid = readonly [target: string, operation: string, input: Record<string, unknown>];

/** Valid inputs of every operation, with iterators and a consumer that are real. */
function validInputs(iterator: string, consumerArn: string, tableIterator: string, StreamArn: string): Valid[] {
  const record = { Data: 'eA==', PartitionKey: 'k', ExplicitHashKey: '5' };
  const kinesis: readonly (readonly [string, Record<string, unknown>])[] = [
    ['AddTagsToStream', { StreamName, Tags: { a: 'b' } }],
    [
      'CreateStream',
      { StreamName: 'r', ShardCount: 2, StreamModeDetails: { StreamMode: 'PROVISIONED' }, Tags: { a: 'b' } },
    ],
    ['DecreaseStreamRetentionPeriod', { StreamName, RetentionPeriodHours: 24 }],
    ['DeleteStream', { StreamName: 'r', EnforceConsumerDeletion: true }],
    ['DeregisterStreamConsumer', { StreamARN, ConsumerName: 'd' }],
    ['DescribeStream', { StreamName, Limit: 1, ExclusiveStartShardId: ShardId }],
    ['DescribeStreamConsumer', { StreamARN, ConsumerName: 'c', ConsumerARN: consumerArn }],
    ['DescribeStreamSummary', { StreamARN }],
    ['GetRecords', { ShardIterator: iterator, Limit: 1 }],
    ['GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: 1_700_000_000.5 }],
    [
      'GetShardIterator',
      { StreamName, ShardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '49' },
    ],
    ['IncreaseStreamRetentionPeriod', { StreamName, RetentionPeriodHours: 48 }],
    ['ListShards', { StreamName, MaxResults: 1, ShardFilter: { Type: 'AT_TIMESTAMP', Timestamp: 1_700_000_000 } }],
    ['ListShards', { NextToken: 'eyJuYW1lIjoicyIsImNyZWF0ZWRBdE1zIjoxfQ==' }],
    ['ListStreamConsumers', { StreamARN, MaxResults: 1, NextToken: 'Yw==' }],
    ['ListStreams', { Limit: 1, ExclusiveStartStreamName: 'a', NextToken: 'YQ==' }],
    ['ListTagsForStream', { StreamName, Limit: 1, ExclusiveStartTagKey: 'a' }],
    ['MergeShards', { StreamName, ShardToMerge: shardIdOf(1), AdjacentShardToMerge: shardIdOf(2) }],
    ['PutRecord', { StreamName, ...record, SequenceNumberForOrdering: '49' }],
    ['PutRecords', { StreamName, Records: [record, record] }],
    ['RegisterStreamConsumer', { StreamARN, ConsumerName: 'd' }],
    ['RemoveTagsFromStream', { StreamName, TagKeys: ['a'] }],
    ['SplitShard', { StreamName, ShardToSplit: ShardId, NewStartingHashKey: '5' }],
    ['SubscribeToShard', { ConsumerARN: consumerArn, ShardId, StartingPosition: { Type: 'TRIM_HORIZON' } }],
    ['UpdateShardCount', { StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }],
    ['UpdateStreamMode', { StreamARN, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }],
  ];
  const dynamodb: readonly (readonly [string, Record<string, unknown>])[] = [
    ['DescribeStream', { StreamArn, Limit: 1, ShardFilter: { Type: 'CHILD_SHARDS', ShardId: tableShard } }],
    ['GetRecords', { ShardIterator: tableIterator, Limit: 1 }],
    [
      'GetShardIterator',
      { StreamArn, ShardId: tableShard, ShardIteratorType: 'LATEST', SequenceNumber: '3'.repeat(25) },
    ],
    ['ListStreams', { TableName: 'orders', Limit: 1, ExclusiveStartStreamArn: StreamArn }],
  ];
  return [
    ...kinesis.map(([operation, input]) => [KINESIS, operation, input] as const),
    ...dynamodb.map(([operation, input]) => [DYNAMODB, operation, input] as const),
  ];
}

/** The CBOR of a JSON input: data as bytes, times with their tag. */
function asCbor(value: unknown, name = ''): unknown {
  if (name === 'Data' && typeof value === 'string') return Buffer.from(value, 'base64');
  if (name === 'Timestamp' && typeof value === 'number' && Number.isInteger(value)) return new Tagged(1, value);
  if (Array.isArray(value)) return value.map((one) => asCbor(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asCbor(one, key)]));
}

function spoilCbor(body: Buffer, draw: Draw): Buffer {
  // Nested lists, maps and tags; lists, texts and bytes without an end, and with lengths beyond all that is there.
  const bombs = [
    '81',
    'a1',
    'c1',
    '9f',
    'bf6161',
    '7f',
    '5f',
    '9bffffffffffffffff',
    '7b7fffffffffffffff',
    '5b00000000ffffffff',
  ];
  if (draw(2) === 0) return spoilBytes(body, draw);
  const bomb = Buffer.from(bombs[draw(bombs.length)]!.repeat(1 + draw(20_000)), 'hex');
  const at = draw(body.length + 1);
  return Buffer.concat([body.subarray(0, at), bomb, body.subarray(at)]);
}

function hostile(valid: readonly Valid[], draw: Draw): RawRequest {
  const [target, operation, input] = valid[draw(valid.length)]!;
  const spoilt = draw(5) === 0 ? input : spoil(input, draw);
  const isCbor = target === KINESIS && draw(2) === 0;
  const whole = isCbor ? Buffer.from(encode(asCbor(spoilt))) : Buffer.from(JSON.stringify(spoilt ?? null));
  const body = draw(3) === 0 ? (isCbor ? spoilCbor(whole, draw) : spoilBytes(whole, draw)) : whole;
  const headers: Record<string, string> = {
    'content-type': isCbor ? CBOR : 'application/x-amz-json-1.1',
    'x-amz-target': `${target}.${operation}`,
  };
  if (draw(10) === 0)
    headers['content-type'] = ['text/plain', CBOR, 'application/json', 'application/x-amz-json-1.0'][draw(4)]!;
  if (draw(12) === 0) {
    const names = ['', '.', '__proto__', 'constructor', 'x'.repeat(3000), `${operation}.${operation}`];
    headers['x-amz-target'] = `${target}.${names[draw(names.length)]}`;
  }
  if (draw(12) === 0) headers['content-encoding'] = 'gzip';
  const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];
  return { method: draw(15) === 0 ? methods[draw(methods.length)]! : 'POST', path: '/', headers, body };
}

function decoded({ headers, body, bytes }: RawAnswer): { readonly __type?: unknown; readonly message?: unknown } {
  if (headers['content-type'] !== CBOR) return body === '' ? {} : JSON.parse(body);
  return bytes.length === 0 ? {} : decode(bytes, { tags: { 1: (inner) => inner() } });
}

async function attack(gateway: { url: string; port: number }, valid: readonly Valid[], draw: Draw): Promise<string> {
  const request = hostile(valid, draw);
  if (draw(8) === 0) {
    const text = await sendBytes(gateway.port, hostileBytes(request, draw));
    expect(text === '' || text.startsWith('HTTP/1.1 ')).toBe(true);
    return `bytes ${text.slice(9, 12)}`;
  }
  const answer = await send(gateway.url, request);
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  if (answer.status === 200) {
    if (answer.headers['content-type'] === 'application/vnd.amazon.eventstream') return 'subscribed';
    expect(decoded(answer)).toBeTruthy();
    return `accepted ${answer.headers['content-type']}`;
  }
  const { __type: type, message } = decoded(answer);
  expect(message).not.toBe('');
  expect(typeof message).toBe('string');
  return String(type);
}

test(`${REQUESTS} hostile requests to streams`, { timeout: isDeep ? 900_000 : 90_000 }, async () => {
  const logged: unknown[] = [];
  const world = await startStreams({ log: { error: (data) => void logged.push(data) } });
  const { gateway, kinesis, dynamodb, streams } = world;
  await kinesis.createStream({ StreamName: 'kept', ShardCount: 1 });
  await kinesis.putRecord({ StreamName: 'kept', Data: Buffer.from('here'), PartitionKey: 'k' });
  await kinesis.createStream({ StreamName, ShardCount: 1 });
  const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN, ConsumerName: 'c' });
  // A shard that is closed ends its subscription by itself.
  await kinesis.splitShard({ StreamName, ShardToSplit: ShardId, NewStartingHashKey: '5' });
  await makeTableStream(world, 'orders');
  await putChange(streams, 'orders', { op: 'INSERT', keys: { id: { S: '1' } } });
  const StreamArn = tableArnOf('orders');
  const { StreamDescription: description } = await dynamodb.describeStream({ StreamArn });
  const of = { StreamArn, ShardId: description!.Shards![0]!.ShardId!, ShardIteratorType: 'TRIM_HORIZON' as const };
  const tableIterator = (await dynamodb.getShardIterator(of)).ShardIterator!;
  const valid = validInputs(await iteratorOf(kinesis, StreamName), Consumer!.ConsumerARN!, tableIterator, StreamArn);

  const seen = await attackMany(
    (draw) => attack(gateway, valid, draw),
    () => kinesis.createStream({ StreamName: 'r', ShardCount: 2 }).catch(() => {}),
  );
  expect(logged).toEqual([]);
  const reached = [
    `accepted ${CBOR}`,
    'accepted application/x-amz-json-1.1',
    'accepted application/x-amz-json-1.0',
    'SerializationException',
    'ValidationException',
    'com.amazon.coral.service#SerializationException',
    'com.amazon.coral.validate#ValidationException',
    'InvalidArgumentException',
    'ResourceNotFoundException',
    'ResourceInUseException',
    'UnknownOperationException',
    'subscribed',
    'bytes 400',
  ];
  expect([...seen.keys()]).toEqual(expect.arrayContaining(reached));
  expect(await textsOf(kinesis, 'kept')).toEqual(['here']);
  expect((await dynamodb.getRecords({ ShardIterator: tableIterator })).Records).toHaveLength(1);
  expect((await send(gateway.url, jsonRequest('ListQueues', {}))).status).toBe(200);
});

test('A body beyond the limit is refused before it is read', async () => {
  const { gateway } = await startStreams();
  const headers = { 'x-amz-target': `${KINESIS}.PutRecords`, 'content-length': String(17 * 1_048_576) };
  const answer = await send(gateway.url, { headers, body: 'x' });
  expect([answer.status, JSON.parse(answer.body).__type]).toEqual([413, 'RequestEntityTooLargeException']);
});
