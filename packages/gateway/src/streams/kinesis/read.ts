/** GetShardIterator, GetRecords. */
import type { ShardReceipt, StoredShard, StreamRecord } from '@millrace/runtime';
import {
  GET_RECORDS_LIMITS,
  isIteratorExpired,
  iteratorText,
  type KinesisRecord,
  type Placed,
  readIterator,
  type ShardIterator,
  sequenceNumber,
} from '@millrace/semantics';
import { invalidArgument, StreamsError } from '../errors.ts';
import { indexOfPoint, iteratorTypes, type PointRefusal, type StartingPoint } from '../positions.ts';
import type { StreamsCall } from '../protocol/api.ts';
import type { Encoding } from '../protocol/encoding.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { opaque, opened } from '../tokens.ts';
import { childShards } from './shards.ts';
import { noSuchShard, shardOf, streamOf, type WhichStream } from './whichStream.ts';

export const kinesisIteratorTypes = [...iteratorTypes, 'AT_TIMESTAMP'] as const;

/** As a request says it. */
export interface KinesisPoint extends Omit<StartingPoint, 'type'> {
  readonly type: (typeof kinesisIteratorTypes)[number];
  readonly timestampMs: number | undefined;
}

interface IteratorInput extends WhichStream {
  readonly ShardId: string;
  readonly ShardIteratorType: KinesisPoint['type'];
  readonly StartingSequenceNumber?: string;
  readonly Timestamp?: number;
}

const MOST = GET_RECORDS_LIMITS.kinesis;

export async function getShardIterator(service: StreamsService, input: IteratorInput): Promise<object> {
  const known = await streamOf(service, input);
  const shard = await shardOf(service, known, input.ShardId);
  const { ShardIteratorType: type, StartingSequenceNumber: number, Timestamp: timestampMs } = input;
  const isNumbered = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if (number !== undefined && !isNumbered) {
    throw invalidArgument(
      `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and also a StartingSequenceNumber.`,
    );
  }
  const point = { type, sequenceNumber: number, timestampMs };
  return { ShardIterator: iteratorAt(service, known, shard.id, await startOf(service, known, shard, point)) };
}

export async function getRecords(
  service: StreamsService,
  input: { readonly ShardIterator: string; readonly Limit?: number },
  { encoding, signal }: StreamsCall,
): Promise<object> {
  const { known, iterator } = await openIterator(service, input.ShardIterator);
  const { shardId } = iterator;
  const shard = await known.seenShard(shardId);
  const limited = known.definition.putLimits !== undefined;
  if (limited) checkRate(service, known, shardId);
  const maxRecords = input.Limit ?? MOST.records;
  const ask = { shardId, fromIndex: iterator.index, maxRecords, maxBytes: MOST.bytes };
  const read = shard && (await service.reading.run(() => known.stream.read(ask), signal));
  if (!shard || !read) throw noSuchShard(service, shardId, known.definition.name);
  if (limited) service.reads.gave(keyOf(known, shardId), bytesOf(read));
  return {
    Records: recordsOnWire(shard, read, encoding),
    MillisBehindLatest: Math.ceil(read.millisBehindLatest),
    ...(read.ended
      ? { ChildShards: await childShards(known, shard) }
      : { NextShardIterator: iteratorAt(service, known, shardId, read.nextIndex) }),
  };
}

/** Records as reads and subscriptions show them. */
export function recordsOnWire(shard: StoredShard, { records }: ShardReceipt, encoding: Encoding): object[] {
  return records.map((placed) => {
    const { partitionKey, data } = kinesisRecord(placed);
    return {
      SequenceNumber: sequenceNumber(shard, placed),
      ApproximateArrivalTimestamp: encoding.time(placed.arrivalMs),
      Data: encoding.blob(data),
      PartitionKey: partitionKey,
      EncryptionType: 'NONE',
    };
  });
}

/** @throws {StreamsError} when reading cannot begin there */
export async function startOf(
  service: StreamsService,
  known: KnownStream,
  shard: StoredShard,
  point: KinesisPoint,
): Promise<number> {
  const nowMs = service.clock.now();
  const { type, sequenceNumber, timestampMs } = point;
  const index =
    type === 'AT_TIMESTAMP'
      ? await indexAtTime(known, shard, timestampMs, nowMs)
      : indexOfPoint(shard, { type, sequenceNumber });
  if (typeof index === 'number') return index;
  throw invalidArgument(refusalText(service, known, shard, point, index, nowMs));
}

async function indexAtTime({ stream }: KnownStream, shard: StoredShard, atMs: number | undefined, nowMs: number) {
  if (atMs === undefined) return 'no timestamp';
  if (atMs > nowMs) return 'later than now';
  return (await stream.indexAt(shard.id, atMs)) ?? shard.endIndex;
}

function refusalText(
  { accountId }: StreamsService,
  { definition }: KnownStream,
  { id }: StoredShard,
  { type, sequenceNumber: number, timestampMs }: KinesisPoint,
  refusal: PointRefusal | 'no timestamp' | 'later than now',
  nowMs: number,
): string {
  switch (refusal) {
    case 'no sequence number':
      return `Must specify a sequence number for iterator of type ${type}. Current request has none.`;
    case 'no timestamp':
      return `Must specify timestampInMillis parameter for iterator of type ${type}. Current request has no timestamp parameter.`;
    case 'later than now':
      return `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${Math.floor(nowMs)}`;
    case 'not of this shard':
      return `StartingSequenceNumber ${number} used in GetShardIterator on shard ${id} in stream ${definition.name} under account ${accountId} is invalid because it did not come from this stream.`;
  }
}

async function openIterator(
  service: StreamsService,
  token: string,
): Promise<{ readonly known: KnownStream; readonly iterator: ShardIterator }> {
  const iterator = readIterator(opened(token) ?? '');
  if (!iterator) throw invalidArgument('Invalid ShardIterator.');
  const nowMs = service.clock.now();
  if (isIteratorExpired(iterator, 'kinesis', nowMs)) {
    throw new StreamsError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${textOf(iterator.issuedAtMs)} while right now it is ${textOf(nowMs)} which is further in the future than the tolerated delay of 300000 milliseconds.`,
    );
  }
  const known = await streamOf(service, { StreamName: iterator.stream });
  if (known.definition.createdAtMs !== iterator.streamCreatedAtMs) throw invalidArgument('Invalid ShardIterator.');
  return { known, iterator };
}

function iteratorAt(service: StreamsService, known: KnownStream, shardId: string, index: number): string {
  const { name: stream, createdAtMs: streamCreatedAtMs } = known.definition;
  return opaque(iteratorText({ stream, streamCreatedAtMs, shardId, index, issuedAtMs: service.clock.now() }));
}

function checkRate(service: StreamsService, known: KnownStream, shardId: string): void {
  if (service.reads.mayRead(keyOf(known, shardId))) return;
  throw new StreamsError(
    'ProvisionedThroughputExceededException',
    `Rate exceeded for shard ${shardId} in stream ${known.definition.name} under account ${service.accountId}.`,
  );
}

function keyOf({ definition }: KnownStream, shardId: string): string {
  return `${definition.createdAtMs} ${definition.name} ${shardId}`;
}

function bytesOf({ records }: ShardReceipt): number {
  let bytes = 0;
  for (const placed of records) {
    const { data, partitionKey } = kinesisRecord(placed);
    bytes += Buffer.byteLength(data, 'base64') + partitionKey.length;
  }
  return bytes;
}

/** A stream of kind kinesis holds nothing else. */
function kinesisRecord({ record }: Placed<StreamRecord>): KinesisRecord {
  if ('partitionKey' in record) return record;
  throw new Error('A record of a Kinesis stream has no partition key.');
}

function textOf(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toUTCString();
}
