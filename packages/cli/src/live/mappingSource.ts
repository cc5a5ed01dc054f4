/** What a mapping reads, by the kind of its source: on the substrate, or behind the endpoint or the brokers it names. */

import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { kafkaClient, substrateTopicClient, type TopicClient, topicSource } from '@millrace/poller-kafka';
import {
  dynamodbStreamsClient,
  fanOutClient,
  kinesisClient,
  type ShardClient,
  shardSource,
  substrateClient as substrateShards,
} from '@millrace/poller-shards';
import { queueSource } from '@millrace/poller-sqs';
import { type MappingSource, systemClock } from '@millrace/runtime';
import { causeText, type MappingSettings } from '@millrace/semantics';
import {
  type DynamodbSourcePlan,
  type KinesisSourcePlan,
  type Plan,
  roleArn,
  type SourcePlan,
  type TopicSourcePlan,
} from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { dynamodbStreamsAt, kinesisAt } from './awsClients.ts';
import { accessOf, brokersOf } from './kafkaClients.ts';
import { clientFor, endpointOf, isElsewhere } from './sources.ts';
import { commitBefore, type StreamSourcePlan, type Substrate, streamNameOf } from './substrate.ts';

export interface Reading {
  readonly plan: Plan;
  readonly source: SourcePlan;
  /** The mapping's. */
  readonly name: string;
  readonly uuid: string;
  readonly settings: MappingSettings;
  readonly substrate: Substrate;
}

/** @throws {UsageError} when the source cannot be reached or does not exist */
export async function mappingSource(reading: Reading): Promise<MappingSource> {
  const { source } = reading;
  switch (source.type) {
    case 'sqs':
    case 'sqs-fifo': {
      const { plan, settings, substrate } = reading;
      const client = await clientFor(source, plan, substrate.queues);
      const { arn } = source;
      return queueSource({
        client,
        arn,
        region: plan.region,
        batchWindowMs: settings.batchWindowMs,
        clock: systemClock,
      });
    }
    case 'kinesis':
    case 'dynamodb':
      return reached(source, () => streamReading(reading, source));
    case 'msk':
    case 'self-managed-kafka':
      return reached(source, () => topicReading(reading, source));
  }
}

async function reached<T>({ name }: SourcePlan, reach: () => Promise<T>): Promise<T> {
  try {
    return await reach();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`source \`${name}\` cannot be read: ${causeText(error)}`, { cause: error });
  }
}

async function streamReading(reading: Reading, source: StreamSourcePlan): Promise<MappingSource> {
  const { plan, settings } = reading;
  return shardSource({
    client: await shardClient(reading, source),
    arn: source.arn,
    eventSourceArn: settings.eventSourceArn,
    region: plan.region,
    roleArn: roleArn(plan),
    startingPosition: settings.startingPosition,
    tumblingWindowMs: settings.tumblingWindowMs,
    clock: systemClock,
  });
}

async function shardClient({ plan, settings, substrate }: Reading, source: StreamSourcePlan): Promise<ShardClient> {
  const fanOut = settings.eventSourceArn?.includes('/consumer/') === true;
  if (!isElsewhere(source)) {
    return substrateShards({ stream: substrate.streams.open(streamNameOf(source)), kind: source.type, fanOut });
  }
  if (source.type === 'dynamodb') {
    const client = await dynamodbStreamsAt(endpointOf(source), plan.region);
    return dynamodbStreamsClient({ client, streamArn: await streamArnOf(client, source), clock: systemClock });
  }
  return kinesisShards(source, plan, fanOut ? settings.eventSourceArn : undefined);
}

/** The stream that the file names, else the newest of its table: endpoints have ARNs of their own. */
async function streamArnOf(client: DynamoDBStreamsClient, { arn, tableName }: DynamodbSourcePlan): Promise<string> {
  const { ListStreamsCommand } = await import('@aws-sdk/client-dynamodb-streams');
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: tableName }));
  const arns = Streams.flatMap(({ StreamArn }) => StreamArn ?? []).sort();
  const found = arns.includes(arn) ? arn : arns.at(-1);
  if (found !== undefined) return found;
  throw new UsageError(`table ${tableName} has no stream there: switch one on with its StreamSpecification.`);
}

async function kinesisShards(
  source: KinesisSourcePlan,
  plan: Plan,
  consumerArn: string | undefined,
): Promise<ShardClient> {
  const endpoint = endpointOf(source);
  const client = await kinesisAt(endpoint, plan.region);
  const options = { client, streamArn: source.arn, byName: endpoint !== undefined, clock: systemClock };
  return consumerArn === undefined ? kinesisClient(options) : fanOutClient({ ...options, consumerArn });
}

async function topicReading(reading: Reading, source: TopicSourcePlan): Promise<MappingSource> {
  const { settings } = reading;
  return topicSource({
    client: await topicClient(reading, source),
    kind: source.type,
    eventSourceArn: settings.eventSourceArn,
    bootstrapServers: source.bootstrapServers,
    startingPosition: settings.startingPosition,
    clock: systemClock,
  });
}

async function topicClient(
  { plan, name, settings, uuid, substrate }: Reading,
  source: TopicSourcePlan,
): Promise<TopicClient> {
  const groupId = settings.consumerGroupId ?? uuid;
  const { topic } = source;
  if (isElsewhere(source)) {
    const access = await accessOf(
      plan,
      plan.mappings.find((one) => one.name === name),
    );
    return kafkaClient({ brokers: brokersOf(source), topic, groupId, access, clock: systemClock });
  }
  await commitBefore(source, groupId, substrate.topics);
  return substrateTopicClient({ topics: substrate.topics, topic, groupId, clock: systemClock });
}
