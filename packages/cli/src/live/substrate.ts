/** What lives on Redis for a run: queues, streams and topics, made as the file says when they are not there. */
import { type Queues, type StreamDefinition, type Streams, systemClock, type Topics } from '@millrace/runtime';
import type { DynamodbSourcePlan, KinesisSourcePlan, Plan, TopicSourcePlan } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { isElsewhere, makeQueues, plainQueue } from './sources.ts';

export interface Substrate {
  readonly queues: Queues;
  readonly streams: Streams;
  readonly topics: Topics;
}

export type StreamSourcePlan = KinesisSourcePlan | DynamodbSourcePlan;

/** Makes every source of a plan that lives on the substrate. */
export async function makeSources(plan: Plan, { queues, streams, topics }: Substrate): Promise<void> {
  await makeQueues(plan, queues);
  for (const source of plan.sources) {
    if (isElsewhere(source)) continue;
    if (source.type === 'kinesis' || source.type === 'dynamodb') await makeStream(source, streams);
    else if ('topic' in source) await makeTopic(source, topics);
  }
}

/** Streams and tables share their names here. @throws {UsageError} when the other kind has it */
async function makeStream(source: StreamSourcePlan, streams: Streams): Promise<void> {
  const { definition } = await streams.create(streamOf(source), source.shards);
  if (definition.kind === source.type) return;
  throw new UsageError(
    `source \`${source.name}\`: a ${definition.kind} stream on this Redis is called ${definition.name} already: give one of them another name.`,
  );
}

/** Makes the queues to which failure records go; those that are there stay as they are. */
export async function makeDestinations(plan: Plan, { queues }: Substrate): Promise<void> {
  for (const { request } of plan.mappings) {
    const arn = destinationOf(request);
    if (arn?.startsWith('arn:aws:sqs:')) await queues.create(plainQueue(arn));
  }
}

function destinationOf({ DestinationConfig: config }: Readonly<Record<string, unknown>>): string | undefined {
  const { OnFailure } = (config ?? {}) as { readonly OnFailure?: { readonly Destination?: unknown } };
  return typeof OnFailure?.Destination === 'string' ? OnFailure.Destination : undefined;
}

/** A stream is found under its name, a table's by the name of the table. */
export function streamNameOf(source: StreamSourcePlan): string {
  return source.type === 'dynamodb' ? source.tableName : source.arn.slice(source.arn.lastIndexOf('/') + 1);
}

function streamOf(source: StreamSourcePlan): StreamDefinition {
  const { type: kind, arn, retentionMs } = source;
  return {
    name: streamNameOf(source),
    arn,
    kind,
    retentionMs,
    createdAtMs: systemClock.now(),
    carried: source.type === 'dynamodb' ? { TableName: source.tableName, StreamViewType: source.viewType } : {},
    tags: {},
  };
}

async function makeTopic({ topic, partitions, retentionMs }: TopicSourcePlan, topics: Topics): Promise<void> {
  await topics.create({ name: topic, retentionMs, createdAtMs: systemClock.now() }, partitions);
}

/** Offsets that the file says were committed before: kept in the group's name before anybody reads. */
export async function commitBefore(
  { topic, committed }: TopicSourcePlan,
  groupId: string,
  topics: Topics,
): Promise<void> {
  const offsets = new Map<number, number>();
  for (const [partition, offset] of Object.entries(committed)) offsets.set(Number(partition), offset);
  const group = topics.open(topic).group(groupId);
  if (offsets.size === 0 || (await group.committed()).size > 0) return;
  await group.commit(undefined, 0, offsets);
}
