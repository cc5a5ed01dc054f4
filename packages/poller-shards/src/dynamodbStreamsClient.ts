/**
 * A DynamoDB stream behind the AWS SDK.
 *
 * LATEST is an iterator made when the poller opens; nothing else names the end of a shard. Kept, it serves whoever opens
 * the shard again before there is a checkpoint, until it expires (15 minutes). After that the shard is read from its oldest
 * record, and what arrived before the second in which the iterator was made is passed over: nothing is lost, a few records
 * of that second may be too many. Should our clock be ahead of DynamoDB's, and nothing have been finished within those 15
 * minutes, what arrived within the difference is passed over too.
 */
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  type StreamDescription,
  type _Record as WireRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { Clock } from '@millrace/runtime';
import { GET_RECORDS_LIMITS, ITERATOR_LIFETIME_MS, STREAM_RETENTION_MS } from '@millrace/semantics';
import { type Call, type CallOptions, callsOf } from './calls.ts';
import { type SeenShard, type ShardClient, ShardProblem } from './client.ts';
import { dynamodbRecord } from './dynamodbRecords.ts';
import { type IteratorCalls, IteratorReader } from './iteratorReader.ts';
import { HORIZON, type Place } from './place.ts';

const PAGE = GET_RECORDS_LIMITS.dynamodb;
/** A page that is at least half as full as can be may not be the last one. */
const FULL = { records: PAGE.records / 2, bytes: PAGE.bytes / 2 };

export interface DynamodbStreamsClientOptions extends CallOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
}

interface Streams {
  readonly client: DynamoDBStreamsClient;
  readonly StreamArn: string;
  readonly call: Call;
  readonly clock: Clock;
}

export function dynamodbStreamsClient(options: DynamodbStreamsClientOptions): ShardClient {
  const { client, streamArn: StreamArn, clock } = options;
  const streams: Streams = { client, StreamArn, call: callsOf(options), clock };
  const calls: IteratorCalls = {
    iterator: (shardId, place, signal) => iteratorAt(streams, shardId, place, signal),
    async records(ShardIterator, maxRecords, signal) {
      const command = new GetRecordsCommand({ ShardIterator, Limit: Math.min(PAGE.records, maxRecords) });
      const { Records = [], NextShardIterator } = await streams.call(
        'GetRecords',
        (via) => client.send(command, via),
        signal,
      );
      const records = Records.map((record) => dynamodbRecord(record, clock.now()));
      return { records, next: NextShardIterator ?? undefined, more: isFull(Records) };
    },
  };
  return {
    kind: 'dynamodb',
    fanOut: false,
    async facts() {
      const { StreamViewType } = await describe(streams, undefined);
      return { retentionMs: STREAM_RETENTION_MS, viewType: StreamViewType };
    },
    shards: (signal) => listShards(streams, signal),
    start: async (shardId, position, signal) => (position === 'LATEST' ? latest(streams, shardId, signal) : HORIZON),
    reader: (shardId, from) => new IteratorReader(shardId, from, calls),
  };
}

function isFull(records: readonly WireRecord[]): boolean {
  if (records.length >= FULL.records) return true;
  let bytes = 0;
  for (const { dynamodb } of records) bytes += dynamodb?.SizeBytes ?? 0;
  return bytes >= FULL.bytes;
}

async function describe(
  { client, StreamArn, call }: Streams,
  ExclusiveStartShardId: string | undefined,
  signal?: AbortSignal,
): Promise<StreamDescription> {
  const command = new DescribeStreamCommand({ StreamArn, ...(ExclusiveStartShardId && { ExclusiveStartShardId }) });
  const { StreamDescription = {} } = await call('DescribeStream', (via) => client.send(command, via), signal);
  return StreamDescription;
}

async function listShards(streams: Streams, signal?: AbortSignal): Promise<SeenShard[]> {
  const shards: Shard[] = [];
  let last: string | undefined;
  do {
    const page = await describe(streams, last, signal);
    shards.push(...(page.Shards ?? []));
    last = page.LastEvaluatedShardId;
  } while (last !== undefined);
  return shards.map(({ ShardId = '', ParentShardId, SequenceNumberRange }) => ({
    id: ShardId,
    parents: ParentShardId == null ? [] : [ParentShardId],
    closed: SequenceNumberRange?.EndingSequenceNumber != null,
  }));
}

async function latest(streams: Streams, shardId: string, signal: AbortSignal): Promise<Place> {
  const madeMs = streams.clock.now();
  const iterator = await newIterator(streams, { ShardId: shardId, ShardIteratorType: 'LATEST' }, signal);
  return { kind: 'iterator', iterator, madeMs };
}

async function iteratorAt(streams: Streams, ShardId: string, place: Place, signal: AbortSignal): Promise<string> {
  if (place.kind === 'iterator') {
    if (streams.clock.now() < place.madeMs + ITERATOR_LIFETIME_MS.dynamodb) return place.iterator;
    throw new ShardProblem('expired', 'the iterator at which this shard begins has expired');
  }
  if (place.kind !== 'after') return newIterator(streams, { ShardId, ShardIteratorType: 'TRIM_HORIZON' }, signal);
  const SequenceNumber = String(place.position);
  return newIterator(streams, { ShardId, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber }, signal);
}

interface IteratorAsk {
  readonly ShardId: string;
  readonly ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AFTER_SEQUENCE_NUMBER';
  readonly SequenceNumber?: string;
}

async function newIterator(
  { client, StreamArn, call }: Streams,
  ask: IteratorAsk,
  signal: AbortSignal,
): Promise<string> {
  const command = new GetShardIteratorCommand({ StreamArn, ...ask });
  const { ShardIterator } = await call('GetShardIterator', (via) => client.send(command, via), signal);
  if (ShardIterator === undefined)
    throw new ShardProblem('unreachable', 'GetShardIterator answered without an iterator');
  return ShardIterator;
}
