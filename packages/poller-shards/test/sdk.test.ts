/** What the clients of the SDK are asked, and how their answers and refusals are read. */
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { dynamodbShardFormat } from '@millrace/aws-shapes';
import { dynamodbStreamsClient, kinesisClient } from '@millrace/poller-shards';
import type { ChangeRecord } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';
import { HandClock } from '../../poller-sqs/test/support/handClock.ts';
import { dynamodbRecord } from '../src/dynamodbRecords.ts';
import { ARN, SHARD } from './support/fakeShards.ts';

const signal = new AbortController().signal;
const TABLE_STREAM = 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000';

type Answer = object | Error | 'never';

/** A client of the SDK that answers in this order, and what it was asked. */
function stub(answers: readonly Answer[]) {
  const asked: string[] = [];
  const left = [...answers];
  const client = {
    send(
      command: { constructor: { name: string }; input: object },
      options: { abortSignal: { onabort: (() => void) | null } },
    ) {
      asked.push(`${command.constructor.name.replace('Command', '')} ${JSON.stringify(command.input)}`);
      const answer = left.shift() ?? {};
      if (answer === 'never') {
        return new Promise((_, reject) => {
          options.abortSignal.onabort = () => reject(new Error('aborted'));
        });
      }
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { client, asked };
}

function refusal(name: string, message = 'no'): Error {
  return Object.assign(new Error(message), { name });
}

async function kinesis(...answers: Answer[]) {
  const { client, asked } = stub(answers);
  const clock = new HandClock();
  return {
    asked,
    clock,
    shards: await kinesisClient({ client: client as unknown as KinesisClient, streamArn: ARN, clock }),
  };
}

async function dynamodb(...answers: Answer[]) {
  const { client, asked } = stub(answers);
  const clock = new HandClock();
  const sdk = client as unknown as DynamoDBStreamsClient;
  return { asked, clock, shards: await dynamodbStreamsClient({ client: sdk, streamArn: TABLE_STREAM, clock }) };
}

describe('Kinesis', () => {
  test('lists page by page, with parents and what is closed', async () => {
    const { shards, asked, clock } = await kinesis(
      { Shards: [{ ShardId: 'a', SequenceNumberRange: { EndingSequenceNumber: '9' } }], NextToken: 't' },
      { Shards: [{ ShardId: 'b', ParentShardId: 'a', AdjacentParentShardId: 'x' }] },
    );
    const latest = { kind: 'at', atMs: clock.now() };
    expect(await shards.shards()).toEqual([
      { id: 'a', parents: [], closed: true, latest },
      { id: 'b', parents: ['a', 'x'], closed: false, latest },
    ]);
    expect(asked).toEqual([`ListShards {"StreamARN":"${ARN}"}`, 'ListShards {"NextToken":"t"}']);
  });

  test.each([
    [{ kind: 'horizon' } as const, '"ShardIteratorType":"TRIM_HORIZON"'],
    [{ kind: 'at', atMs: 0 } as const, '"ShardIteratorType":"AT_TIMESTAMP","Timestamp":"1970-01-01T00:00:00.000Z"'],
    [
      { kind: 'after', position: '7' } as const,
      '"ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"7"',
    ],
  ])('reads from $kind', async (place, words) => {
    const { shards, asked } = await kinesis({ ShardIterator: 'i' }, { Records: [], NextShardIterator: 'j' });
    await shards.reader(SHARD, place).read(20_000, signal);
    expect(asked).toEqual([
      `GetShardIterator {"StreamARN":"${ARN}","ShardId":"${SHARD}",${words}}`,
      'GetRecords {"ShardIterator":"i","Limit":10000}',
    ]);
  });

  test('records without a time count as having arrived when they are read', async () => {
    const record = { SequenceNumber: '1', PartitionKey: 'k' };
    const { shards, clock } = await kinesis({ ShardIterator: 'i' }, { Records: [record], NextShardIterator: 'j' });
    const { records } = await shards.reader(SHARD, { kind: 'horizon' }).read(10, signal);
    expect(records.map(({ arrivalMs }) => arrivalMs)).toEqual([clock.now()]);
  });

  test('reads on at the oldest record when its sequence number is refused', async () => {
    const { shards } = await kinesis(
      refusal('InvalidArgumentException'),
      { ShardIterator: 'i' },
      { Records: [], NextShardIterator: 'j' },
    );
    const read = await shards.reader(SHARD, { kind: 'after', position: '7' }).read(10, signal);
    expect(read).toMatchObject({ missed: 'unknown', ended: false });
  });

  test('does not do so for a time that is refused: it may be to come', async () => {
    const { shards } = await kinesis(refusal('InvalidArgumentException', 'a time to come'));
    const reading = shards.reader(SHARD, { kind: 'at', atMs: 1 }).read(10, signal);
    await expect(reading).rejects.toMatchObject({ kind: 'unreachable' });
  });

  test.each([
    ['ProvisionedThroughputExceededException', 'throttled'],
    ['LimitExceededException', 'throttled'],
    ['ResourceNotFoundException', 'gone'],
    ['AccessDeniedException', 'unreachable'],
  ])('%s is %s', async (name, kind) => {
    const { shards } = await kinesis({ ShardIterator: 'i' }, refusal(name, 'first line\nwith=a-token'));
    const reading = shards.reader(SHARD, { kind: 'horizon' }).read(10, signal);
    await expect(reading).rejects.toMatchObject({ kind, message: `GetRecords failed: ${name}, first line` });
  });

  test('does not wait for ever for an answer', async () => {
    const { shards, clock } = await kinesis('never');
    const listing = expect(shards.shards()).rejects.toThrow('ListShards was not answered for 20 s');
    await clock.forward(20_000);
    await listing;
    expect(clock.timers).toBe(0);
  });
});

describe('DynamoDB', () => {
  test('describes page by page', async () => {
    const { shards, asked } = await dynamodb(
      { StreamDescription: { Shards: [{ ShardId: 'a' }], LastEvaluatedShardId: 'a' } },
      { StreamDescription: { Shards: [{ ShardId: 'b', ParentShardId: 'a' }] } },
    );
    expect(await shards.shards()).toEqual([
      { id: 'a', parents: [], closed: false },
      { id: 'b', parents: ['a'], closed: false },
    ]);
    expect(asked[1]).toContain('"ExclusiveStartShardId":"a"');
  });

  test('LATEST is an iterator, which serves until it expires; then the second in which it was made', async () => {
    const { shards, asked, clock } = await dynamodb(
      { ShardIterator: 'latest' },
      { Records: [], NextShardIterator: 'n' },
      { ShardIterator: 'horizon' },
      { Records: [], NextShardIterator: 'n' },
    );
    const place = await shards.start(SHARD, 'LATEST', signal);
    expect(place).toEqual({ kind: 'iterator', iterator: 'latest', madeMs: clock.now() });
    await shards.reader(SHARD, place).read(10, signal);
    await clock.forward(15 * 60_000);
    await shards.reader(SHARD, place).read(10, signal);
    expect(asked.map((line) => line.split(' ')[0])).toEqual([
      'GetShardIterator',
      'GetRecords',
      'GetShardIterator',
      'GetRecords',
    ]);
    expect(asked[2]).toContain('TRIM_HORIZON');
  });

  test('reads on at the oldest record after trimmed data', async () => {
    const { shards } = await dynamodb(
      { ShardIterator: 'i' },
      refusal('TrimmedDataAccessException'),
      { ShardIterator: 'i' },
      { Records: [], NextShardIterator: 'j' },
    );
    expect(await shards.reader(SHARD, { kind: 'after', position: '7' }).read(10, signal)).toMatchObject({
      missed: 'unknown',
    });
  });

  test('records without a time count as having arrived when they are read', async () => {
    const record = { dynamodb: { SequenceNumber: '1' } };
    const { shards, clock } = await dynamodb({ ShardIterator: 'i' }, { Records: [record], NextShardIterator: 'j' });
    const { records } = await shards.reader(SHARD, { kind: 'horizon' }).read(10, signal);
    expect(records.map(({ arrivalMs }) => arrivalMs)).toEqual([clock.now()]);
  });

  test('a page that is half full may not be the last', async () => {
    const record = { dynamodb: { SequenceNumber: '1', SizeBytes: 1000 } };
    const { shards } = await dynamodb(
      { ShardIterator: 'i' },
      { Records: Array(499).fill(record), NextShardIterator: 'j' },
      { Records: Array(500).fill(record), NextShardIterator: 'j' },
      { Records: [{ dynamodb: { SequenceNumber: '1', SizeBytes: 600_000 } }], NextShardIterator: 'j' },
    );
    const reader = shards.reader(SHARD, { kind: 'horizon' });
    const more = async () => (await reader.read(10_000, signal)).more;
    expect([await more(), await more(), await more()]).toEqual([false, true, true]);
  });

  test('values are as JSON has them, and the entry is as long as it says', () => {
    const B = Uint8Array.of(1, 2, 3);
    const { record, arrivalMs } = dynamodbRecord(
      {
        eventID: 'c4ca4238a0b923820dcc509a6f75849b0',
        eventName: 'REMOVE',
        userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
        dynamodb: {
          ApproximateCreationDateTime: new Date(1_700_000_000_000),
          Keys: { id: { S: 'ü' } },
          OldImage: {
            id: { S: 'ü' },
            all: { L: [{ B }, { N: '1.50' }, { M: { set: { BS: [B] } } }] },
            no: { NULL: true },
          },
          SequenceNumber: '111',
          SizeBytes: 42,
        },
      },
      0,
    );
    const change = record as ChangeRecord;
    expect(change).toEqual({
      op: 'REMOVE',
      keys: { id: { S: 'ü' } },
      oldImage: {
        id: { S: 'ü' },
        all: { L: [{ B: 'AQID' }, { N: '1.50' }, { M: { set: { BS: ['AQID'] } } }] },
        no: { NULL: true },
      },
      ttl: true,
      eventId: 'c4ca4238a0b923820dcc509a6f75849b0',
      sizeBytes: 42,
    });
    const format = dynamodbShardFormat({
      region: 'us-east-1',
      eventSourceArn: TABLE_STREAM,
      viewType: 'NEW_AND_OLD_IMAGES',
    });
    const entry = format.entry({ arrivalMs, record: change }, '111', SHARD) as { eventID: string; dynamodb: object };
    expect(entry.eventID).toBe('c4ca4238a0b923820dcc509a6f75849b0');
    expect(entry.dynamodb).toMatchObject({ SizeBytes: 42 });
    const bytes = format.entryBytes({ arrivalMs, record: change }, '111', SHARD);
    expect(bytes).toBe(Buffer.byteLength(JSON.stringify(entry)));
  });
});
