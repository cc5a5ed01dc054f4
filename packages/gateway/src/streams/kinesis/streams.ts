/** CreateStream, DeleteStream, DescribeStream, DescribeStreamSummary, ListStreams. */
import type { StreamDefinition } from '@millrace/runtime';
import { KINESIS_PUT_LIMITS, STREAM_RETENTION_MS } from '@millrace/semantics';
import { inUse, invalidArgument, StreamsError } from '../errors.ts';
import type { StreamsCall } from '../protocol/api.ts';
import type { StreamsService } from '../service.ts';
import { opaque, opened } from '../tokens.ts';
import { consumersOf } from './consumers.ts';
import { shardOnWire } from './shards.ts';
import { checkTags, type Tags } from './tags.ts';
import { noSuchStream, streamNow, type WhichStream } from './whichStream.ts';

interface ModeDetails {
  readonly StreamMode: string;
}

interface CreateInput {
  readonly StreamName: string;
  readonly ShardCount?: number;
  readonly StreamModeDetails?: ModeDetails;
  readonly Tags?: Tags;
  readonly MaxRecordSizeInKiB?: number;
}

/** AWS has no limit of its own for a stream but the account's; this one keeps a mistake small. */
export const MOST_SHARDS = 10_000;
const ON_DEMAND_SHARDS = 4;
const HOUR_MS = 3_600_000;

export async function createStream(service: StreamsService, input: CreateInput): Promise<undefined> {
  const { StreamName: name } = input;
  const mode = input.StreamModeDetails?.StreamMode ?? 'PROVISIONED';
  const shards = shardCount(input.ShardCount, mode);
  checkTags(input.Tags ?? {});
  const definition: StreamDefinition = {
    name,
    arn: `arn:aws:kinesis:${service.region}:${service.accountId}:stream/${name}`,
    kind: 'kinesis',
    retentionMs: STREAM_RETENTION_MS,
    ...(service.shardLimits && { putLimits: KINESIS_PUT_LIMITS }),
    createdAtMs: service.clock.now(),
    carried: {
      StreamMode: mode,
      ...(input.MaxRecordSizeInKiB !== undefined && { MaxRecordSizeInKiB: String(input.MaxRecordSizeInKiB) }),
    },
    tags: input.Tags ?? {},
  };
  const { created } = await service.streams.create(definition, shards);
  if (!created) throw inUse(`Stream ${name} under account ${service.accountId} already exists.`);
  service.remember(definition);
}

export async function deleteStream(
  service: StreamsService,
  input: WhichStream & { readonly EnforceConsumerDeletion?: boolean },
): Promise<undefined> {
  const { definition } = await streamNow(service, input);
  const { name } = definition;
  if (consumersOf(definition).length > 0 && !input.EnforceConsumerDeletion) {
    throw inUse(
      `Stream ${name} under account ${service.accountId} has enhanced consumers. Set EnforceConsumerDeletion to delete them with it.`,
    );
  }
  const removed = await service.streams.remove(name);
  service.forget(name);
  if (!removed) throw noSuchStream(service, name);
}

export async function describeStream(
  service: StreamsService,
  input: WhichStream & { readonly Limit?: number; readonly ExclusiveStartShardId?: string },
  { encoding }: StreamsCall,
): Promise<object> {
  const known = await streamNow(service, input);
  const after = input.ExclusiveStartShardId ?? '';
  const shards = (await known.shards()).filter(({ id }) => id > after);
  const limit = input.Limit ?? 100;
  const description = {
    ...summary(known.definition),
    ...common(known.definition),
    StreamCreationTimestamp: encoding.time(known.definition.createdAtMs),
    Shards: shards.slice(0, limit).map(shardOnWire),
    HasMoreShards: shards.length > limit,
  };
  return { StreamDescription: description };
}

export async function describeStreamSummary(
  service: StreamsService,
  input: WhichStream,
  { encoding }: StreamsCall,
): Promise<object> {
  const known = await streamNow(service, input);
  const open = (await known.shards()).filter(({ closedAtMs }) => closedAtMs === null);
  const description = {
    ...summary(known.definition),
    ...common(known.definition),
    StreamCreationTimestamp: encoding.time(known.definition.createdAtMs),
    OpenShardCount: open.length,
    ConsumerCount: consumersOf(known.definition).length,
    MaxRecordSizeInKiB: Number(known.definition.carried.MaxRecordSizeInKiB ?? 1024),
  };
  return { StreamDescriptionSummary: description };
}

export async function listStreams(
  service: StreamsService,
  input: { readonly Limit?: number; readonly ExclusiveStartStreamName?: string; readonly NextToken?: string },
  { encoding }: StreamsCall,
): Promise<object> {
  const after = input.NextToken === undefined ? (input.ExclusiveStartStreamName ?? '') : opened(input.NextToken);
  if (after === undefined) throw invalidArgument('NextToken is invalid.');
  const limit = input.Limit ?? 100;
  const found = await service.after(after, 'kinesis', limit);
  const page = found.slice(0, limit);
  const hasMore = found.length > limit;
  return {
    StreamNames: page.map(({ name }) => name),
    HasMoreStreams: hasMore,
    StreamSummaries: page.map((one) => ({
      ...summary(one),
      StreamCreationTimestamp: encoding.time(one.createdAtMs),
    })),
    ...(hasMore && { NextToken: opaque(page.at(-1)!.name) }),
  };
}

function shardCount(wished: number | undefined, mode: string): number {
  if (mode === 'ON_DEMAND') {
    if (wished === undefined) return ON_DEMAND_SHARDS;
    throw invalidArgument('ShardCount cannot be set for a stream in on-demand mode.');
  }
  if (wished === undefined) throw invalidArgument('ShardCount must be set for a stream in provisioned mode.');
  if (wished <= MOST_SHARDS) return wished;
  throw new StreamsError('LimitExceededException', `A stream of this endpoint has at most ${MOST_SHARDS} shards.`);
}

function summary({ name, arn, carried }: StreamDefinition): object {
  return {
    StreamName: name,
    StreamARN: arn,
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: carried.StreamMode ?? 'PROVISIONED' },
  };
}

function common({ retentionMs }: StreamDefinition): object {
  return {
    RetentionPeriodHours: Math.floor(retentionMs / HOUR_MS),
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: 'NONE',
  };
}
