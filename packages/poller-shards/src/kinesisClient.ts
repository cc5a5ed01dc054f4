/**
 * A Kinesis stream behind the AWS SDK, read through iterators that all consumers share: AWS itself, kinesis-mock, Millrace's
 * gateway, or whatever else speaks Kinesis.
 *
 * LATEST is kept as the time at which the mapping looked first. Clocks may differ: when ours is ahead of the stream's, the
 * stream refuses a time to come until it is there, and what arrives within the difference is not read; when it is behind,
 * what arrived within the difference is read too.
 */
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { GET_RECORDS_LIMITS, STREAM_RETENTION_MS, type StartingPosition } from '@millrace/semantics';
import { type Call, type CallOptions, callsOf, causeName } from './calls.ts';
import { type SeenShard, type ShardClient, ShardProblem, type StreamFacts } from './client.ts';
import { type IteratorCalls, IteratorReader } from './iteratorReader.ts';
import { kinesisRecords } from './kinesisRecords.ts';
import { HORIZON, type Place } from './place.ts';

const RECORDS_AT_ONCE = GET_RECORDS_LIMITS.kinesis.records;
const HOUR_MS = 3_600_000;

export interface KinesisClientOptions extends CallOptions {
  readonly client: KinesisClient;
  readonly streamArn: string;
  /** For endpoints that do not know streams by their ARN. */
  readonly byName?: boolean | undefined;
}

/** How requests name the stream. */
type StreamName = { readonly StreamARN: string } | { readonly StreamName: string };

function streamName({ streamArn, byName = false }: Pick<KinesisClientOptions, 'streamArn' | 'byName'>): StreamName {
  return byName ? { StreamName: streamArn.slice(streamArn.lastIndexOf('/') + 1) } : { StreamARN: streamArn };
}

export function kinesisClient(options: KinesisClientOptions): ShardClient {
  const calls = iteratorCalls(options);
  const reader: ShardClient['reader'] = (shardId, from) => new IteratorReader(shardId, from, calls);
  return { ...kinesisStream(options), fanOut: false, reader };
}

export function iteratorCalls(options: KinesisClientOptions): IteratorCalls {
  const { client, clock } = options;
  const call = callsOf(options);
  const name = streamName(options);
  return {
    iterator: (ShardId, place, signal) => iterator(client, call, { ...name, ShardId }, place, signal),
    async records(ShardIterator, maxRecords, signal) {
      const command = new GetRecordsCommand({ ShardIterator, Limit: Math.min(RECORDS_AT_ONCE, maxRecords) });
      const { Records = [], NextShardIterator } = await call('GetRecords', (via) => client.send(command, via), signal);
      return { records: kinesisRecords(Records, clock.now()), next: NextShardIterator ?? undefined, more: false };
    },
  };
}

/** What reading with and without enhanced fan-out have in common. */
export function kinesisStream(options: KinesisClientOptions): Omit<ShardClient, 'reader' | 'fanOut'> {
  const { client, clock } = options;
  const call = callsOf(options);
  const name = streamName(options);
  return {
    kind: 'kinesis',
    facts: () => facts(client, call, name),
    async shards(signal) {
      const latest: Place = { kind: 'at', atMs: clock.now() };
      const shards = await listShards(client, call, name, signal);
      return shards.map((shard) => seenShard(shard, latest));
    },
    start: async (_shardId, position) => startOf(position, clock.now()),
  };
}

async function facts(client: KinesisClient, call: Call, name: StreamName): Promise<StreamFacts> {
  const command = new DescribeStreamSummaryCommand(name);
  const { StreamDescriptionSummary } = await call('DescribeStreamSummary', (via) => client.send(command, via));
  const hours = StreamDescriptionSummary?.RetentionPeriodHours ?? STREAM_RETENTION_MS / HOUR_MS;
  return { retentionMs: hours * HOUR_MS };
}

async function listShards(client: KinesisClient, call: Call, name: StreamName, signal?: AbortSignal): Promise<Shard[]> {
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  do {
    const command = new ListShardsCommand(NextToken === undefined ? name : { NextToken });
    const page = await call('ListShards', (via) => client.send(command, via), signal);
    shards.push(...(page.Shards ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return shards;
}

function seenShard(shard: Shard, latest: Place): SeenShard {
  const { ShardId = '', ParentShardId, AdjacentParentShardId, SequenceNumberRange } = shard;
  const parents = [ParentShardId, AdjacentParentShardId].filter((id) => id != null);
  return { id: ShardId, parents, closed: SequenceNumberRange?.EndingSequenceNumber != null, latest };
}

function startOf(position: StartingPosition, nowMs: number): Place {
  if (position === 'TRIM_HORIZON') return HORIZON;
  return { kind: 'at', atMs: position === 'LATEST' ? nowMs : position.atMs };
}

/** A place in Kinesis's words. */
export function startingPosition(place: Place): Pick<
  GetShardIteratorCommandInput,
  'StartingSequenceNumber' | 'Timestamp'
> & {
  readonly type: 'TRIM_HORIZON' | 'AT_TIMESTAMP' | 'AFTER_SEQUENCE_NUMBER';
} {
  switch (place.kind) {
    case 'at':
      return { type: 'AT_TIMESTAMP', Timestamp: new Date(place.atMs) };
    case 'after':
      return { type: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: String(place.position) };
    default:
      return { type: 'TRIM_HORIZON' };
  }
}

async function iterator(
  client: KinesisClient,
  call: Call,
  shard: StreamName & { readonly ShardId: string },
  place: Place,
  signal: AbortSignal,
): Promise<string> {
  const { type: ShardIteratorType, ...where } = startingPosition(place);
  const command = new GetShardIteratorCommand({ ...shard, ShardIteratorType, ...where });
  try {
    const { ShardIterator } = await call('GetShardIterator', (via) => client.send(command, via), signal);
    if (ShardIterator === undefined)
      throw new ShardProblem('unreachable', 'GetShardIterator answered without an iterator');
    return ShardIterator;
  } catch (error) {
    throw asTrimmed(error, place);
  }
}

/** A sequence number that the stream does not know, though it gave it, is of a record that it no longer has. */
export function asTrimmed(error: unknown, place: Place): unknown {
  if (place.kind !== 'after' || causeName(error) !== 'InvalidArgumentException') return error;
  return new ShardProblem('trimmed', (error as Error).message, { cause: error });
}
