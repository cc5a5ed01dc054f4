/** GetShardIterator, GetRecords. */
import {
  type DynamodbEventContext,
  dynamodbEntry,
  dynamodbEventContext,
  type StreamViewType,
} from '@millrace/aws-shapes';
import type { StoredShard, StreamDefinition, StreamRecord } from '@millrace/runtime';
import {
  type ChangeRecord,
  GET_RECORDS_LIMITS,
  isIteratorExpired,
  iteratorText,
  type Placed,
  readIterator,
  type ShardIterator,
  sequenceNumber,
} from '@millrace/semantics';
import { notFound, StreamsError } from '../errors.ts';
import { indexOfPoint, type PointRefusal, type StartingPoint } from '../positions.ts';
import type { StreamsCall } from '../protocol/api.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { opaque, opened } from '../tokens.ts';
import { shardByWireId } from './shardIds.ts';
import { streamOf } from './streams.ts';

interface IteratorInput {
  readonly StreamArn: string;
  readonly ShardId: string;
  readonly ShardIteratorType: StartingPoint['type'];
  readonly SequenceNumber?: string;
}

const MOST = GET_RECORDS_LIMITS.dynamodb;

export async function getShardIterator(service: StreamsService, input: IteratorInput): Promise<object> {
  const known = await streamOf(service, input.StreamArn);
  const shard = shardByWireId(await known.shards(), input.ShardId);
  if (!shard) throw noSuchShard(input.ShardId, known);
  const index = indexOfPoint(shard, { type: input.ShardIteratorType, sequenceNumber: input.SequenceNumber });
  if (typeof index === 'string') throw new StreamsError('ValidationException', refusalTexts[index]);
  if (index < shard.firstIndex) throw trimmed();
  return { ShardIterator: iteratorAt(service, known, shard.id, index) };
}

export async function getRecords(
  service: StreamsService,
  input: { readonly ShardIterator: string; readonly Limit?: number },
  call: StreamsCall,
): Promise<object> {
  const { known, iterator } = await openIterator(service, input.ShardIterator);
  const { shardId, index: fromIndex } = iterator;
  const shard = await known.seenShard(shardId);
  const ask = { shardId, fromIndex, maxRecords: input.Limit ?? MOST.records, maxBytes: MOST.bytes };
  const read = shard && (await service.reading.run(() => known.stream.read(ask), call.signal));
  if (!shard || !read) throw noSuchShard(shardId, known);
  if (read.missed > 0) throw trimmed();
  const next = read.ended ? undefined : iteratorAt(service, known, shardId, read.nextIndex);
  return {
    Records: recordsOnWire(known.definition, shard, read.records, call),
    ...(next !== undefined && { NextShardIterator: next }),
  };
}

/** What an item change looks like here: as a function sees it, but for the source's ARN and the names of who did it. */
function recordsOnWire(
  definition: StreamDefinition,
  shard: StoredShard,
  records: readonly Placed<StreamRecord>[],
  { encoding }: StreamsCall,
): object[] {
  const context = contextOf(definition);
  return records.map(({ index, arrivalMs, record }) => {
    const placed = { index, arrivalMs, record: changeRecord(record) };
    const { eventSourceARN: _, userIdentity, ...entry } = dynamodbEntry(placed, sequenceNumber(shard, placed), context);
    const time = encoding.time(entry.dynamodb.ApproximateCreationDateTime * 1000);
    return {
      ...entry,
      dynamodb: { ...entry.dynamodb, ApproximateCreationDateTime: time },
      ...(userIdentity && { userIdentity: { Type: userIdentity.type, PrincipalId: userIdentity.principalId } }),
    };
  });
}

function contextOf({ arn, carried }: StreamDefinition): DynamodbEventContext {
  const viewType = (carried.StreamViewType ?? 'NEW_AND_OLD_IMAGES') as StreamViewType;
  return dynamodbEventContext({ region: arn.split(':')[3] ?? '', eventSourceArn: arn, viewType });
}

/** A stream of kind dynamodb holds nothing else. */
function changeRecord(record: StreamRecord): ChangeRecord {
  if ('op' in record) return record;
  throw new Error('A record of a DynamoDB stream has no op.');
}

async function openIterator(
  service: StreamsService,
  token: string,
): Promise<{ readonly known: KnownStream; readonly iterator: ShardIterator }> {
  const iterator = readIterator(opened(token) ?? '');
  if (!iterator) throw invalidIterator();
  if (isIteratorExpired(iterator, 'dynamodb', service.clock.now())) {
    throw new StreamsError(
      'ExpiredIteratorException',
      'The shard iterator is older than 15 minutes and can no longer be used. Get a new one.',
    );
  }
  const known = await service.find(iterator.stream, 'dynamodb');
  if (!known) throw notFound('Requested resource not found: Stream not found');
  if (known.definition.createdAtMs !== iterator.streamCreatedAtMs) throw invalidIterator();
  return { known, iterator };
}

function iteratorAt(service: StreamsService, known: KnownStream, shardId: string, index: number): string {
  const { name: stream, createdAtMs: streamCreatedAtMs } = known.definition;
  return opaque(iteratorText({ stream, streamCreatedAtMs, shardId, index, issuedAtMs: service.clock.now() }));
}

const refusalTexts: Readonly<Record<PointRefusal, string>> = {
  'no sequence number': 'SequenceNumber is required for this ShardIteratorType.',
  'not of this shard': 'Invalid SequenceNumber: it is not in the range of the shard.',
};

function noSuchShard(shardId: string, { definition }: KnownStream): StreamsError {
  return notFound(`Requested resource not found: Shard ${shardId} in stream ${definition.arn} not found`);
}

function trimmed(): StreamsError {
  return new StreamsError(
    'TrimmedDataAccessException',
    'The operation attempted to read past the oldest stream record in a shard.',
  );
}

function invalidIterator(): StreamsError {
  return new StreamsError('ValidationException', 'Invalid ShardIterator');
}
