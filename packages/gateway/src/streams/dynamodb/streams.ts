/** ListStreams, DescribeStream. */
import type { StoredShard, StreamDefinition } from '@millrace/runtime';
import { sequenceNumberRange } from '@millrace/semantics';
import { notFound, StreamsError } from '../errors.ts';
import type { StreamsCall } from '../protocol/api.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { shardByWireId, shardIdOnWire } from './shardIds.ts';

interface DescribeInput {
  readonly StreamArn: string;
  readonly Limit?: number;
  readonly ExclusiveStartShardId?: string;
  readonly ShardFilter?: { readonly Type?: string; readonly ShardId?: string };
}

const MOST_LISTED = 100;

export async function listStreams(
  service: StreamsService,
  input: { readonly TableName?: string; readonly Limit?: number; readonly ExclusiveStartStreamArn?: string },
): Promise<object> {
  const { TableName: table, ExclusiveStartStreamArn: after = '' } = input;
  const all = await service.after('', 'dynamodb', Number.POSITIVE_INFINITY);
  const streams = all
    .filter((one) => one.arn > after && (table === undefined || tableOf(one) === table))
    .sort((one, other) => (one.arn < other.arn ? -1 : 1));
  const page = streams.slice(0, input.Limit ?? MOST_LISTED);
  return {
    Streams: page.map((one) => ({ StreamArn: one.arn, TableName: tableOf(one), StreamLabel: labelOf(one) })),
    ...(page.length < streams.length && { LastEvaluatedStreamArn: page.at(-1)!.arn }),
  };
}

export async function describeStream(
  service: StreamsService,
  input: DescribeInput,
  { encoding }: StreamsCall,
): Promise<object> {
  const known = await streamOf(service, input.StreamArn);
  const { definition } = known;
  const all = await known.shards();
  const wanted = afterShard(childrenOnly(all, input.ShardFilter), all, input.ExclusiveStartShardId);
  const page = wanted.slice(0, Math.min(input.Limit ?? MOST_LISTED, MOST_LISTED));
  const description = {
    StreamArn: definition.arn,
    StreamLabel: labelOf(definition),
    StreamStatus: 'ENABLED',
    StreamViewType: definition.carried.StreamViewType ?? 'NEW_AND_OLD_IMAGES',
    CreationRequestDateTime: encoding.time(definition.createdAtMs),
    TableName: tableOf(definition),
    ...keySchema(definition),
    Shards: page.map((shard) => shardOnWire(shard, all)),
    ...(page.length < wanted.length && { LastEvaluatedShardId: shardIdOnWire(page.at(-1)!) }),
  };
  return { StreamDescription: description };
}

/** The stream of an ARN. Its name within is the table's, the ARN's end, or anything else. */
export async function streamOf(service: StreamsService, arn: string): Promise<KnownStream> {
  const resource = /^arn:aws[^:]*:dynamodb:[^:]*:\d{12}:table\/([^/]+)\/stream\/(.+)$/.exec(arn);
  if (!resource) throw new StreamsError('ValidationException', 'Invalid StreamArn');
  const [, table, label] = resource;
  for (const name of [table!, `${table}/stream/${label}`, arn]) {
    const known = await service.find(name, 'dynamodb');
    if (known?.definition.arn === arn) return known;
  }
  const definition = (await service.after('', 'dynamodb', Number.POSITIVE_INFINITY)).find((one) => one.arn === arn);
  if (definition) return service.remember(definition);
  throw notFound(`Requested resource not found: Stream: ${arn} not found`);
}

function childrenOnly(shards: readonly StoredShard[], filter: DescribeInput['ShardFilter']): readonly StoredShard[] {
  if (!filter) return shards;
  if (filter.Type === undefined || filter.ShardId === undefined) {
    throw new StreamsError('ValidationException', 'A ShardFilter must have a Type and a ShardId');
  }
  const parent = shardByWireId(shards, filter.ShardId);
  if (!parent) throw notFound(`Requested resource not found: Shard does not exist`);
  return shards.filter(({ parentId, adjacentParentId }) => parentId === parent.id || adjacentParentId === parent.id);
}

/** Also after a shard that is gone: its id holds its number. */
function afterShard(
  wanted: readonly StoredShard[],
  all: readonly StoredShard[],
  after: string | undefined,
): readonly StoredShard[] {
  if (after === undefined) return wanted;
  const number = shardByWireId(all, after)?.number ?? Number.parseInt(after.slice(-8), 16);
  return Number.isNaN(number) ? wanted : wanted.filter((shard) => shard.number > number);
}

function shardOnWire(shard: StoredShard, all: readonly StoredShard[]): object {
  const { startingSequenceNumber, endingSequenceNumber } = sequenceNumberRange(shard, shard.endIndex);
  const parent = all.find(({ id }) => id === shard.parentId);
  return {
    ShardId: shardIdOnWire(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: startingSequenceNumber,
      ...(endingSequenceNumber !== undefined && { EndingSequenceNumber: endingSequenceNumber }),
    },
    // A parent that is gone has no name any more; nobody could read it.
    ...(parent && { ParentShardId: shardIdOnWire(parent) }),
  };
}

function keySchema({ carried }: StreamDefinition): object {
  try {
    return carried.KeySchema === undefined ? {} : { KeySchema: JSON.parse(carried.KeySchema) as unknown };
  } catch {
    return {};
  }
}

function tableOf({ arn, carried }: StreamDefinition): string {
  return carried.TableName ?? /:table\/([^/]+)\//.exec(arn)?.[1] ?? '';
}

function labelOf({ arn }: StreamDefinition): string {
  return arn.slice(arn.indexOf('/stream/') + '/stream/'.length);
}
