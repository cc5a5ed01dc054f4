/** The target of `millrace send`, wherever it is. Only the client that is needed is loaded. */
import { resolve } from 'node:path';
import process from 'node:process';
import { systemClock } from '@millrace/runtime';
import { UsageError } from '../errors.ts';
import type { BrokersFlags } from '../options/places.ts';
import { findRedis } from './reachRedis.ts';
import { isQueueName } from './recordSource.ts';
import { readTargetName, type TargetFamily, type TargetName } from './sendName.ts';
import type { SendTarget } from './sendTarget.ts';

const PREFIX = 'millrace';

export interface TargetChoice extends BrokersFlags {
  /** A URL, or `aws`. */
  readonly endpoint?: string;
  readonly redis?: string;
  /** Where `millrace up` keeps the data of a private Redis. */
  readonly data: string;
}

/** @throws {UsageError} when it is no target, or cannot be reached */
export async function openTarget(text: string, choice: TargetChoice): Promise<SendTarget> {
  const { redis, endpoint, brokers, data } = choice;
  const named = readTargetName(text);
  if (!named) {
    throw new UsageError(
      `${text} is no target: it takes the name of a queue, a stream or a topic, sqs:NAME, kinesis:NAME, dynamodb:TABLE or kafka:TOPIC, an ARN such as arn:aws:sqs:eu-central-1:123456789012:orders, or the URL of a queue.`,
    );
  }
  if (brokers !== undefined) return onBrokers(text, named, brokers, choice);
  const url = named.url !== undefined && redis === undefined ? new URL(named.url).origin : undefined;
  const behind = endpoint ?? url;
  if (behind !== undefined) return behindEndpoint(text, named, behind === 'aws' ? undefined : behind);
  const found = findRedis({ redis, folder: resolve(data), environment: process.env.REDIS_URL });
  const { redisTarget } = await import('./sendRedis.ts');
  return redisTarget(found.url, named, PREFIX);
}

async function onBrokers(
  text: string,
  { family, name }: TargetName,
  brokers: readonly string[],
  { tls, sasl }: TargetChoice,
): Promise<SendTarget> {
  if (family !== undefined && family !== 'kafka') {
    throw new UsageError(`${text} is no topic: with --brokers the target is the name of a Kafka topic.`);
  }
  const { kafkaTarget } = await import('./sendKafka.ts');
  return kafkaTarget(name, { brokers, tls: tls === true, sasl }, systemClock);
}

async function behindEndpoint(text: string, named: TargetName, endpoint: string | undefined): Promise<SendTarget> {
  const refusal = REFUSALS[named.family ?? 'sqs'];
  if (refusal !== undefined) throw new UsageError(`${text} ${refusal}`);
  if (named.family === 'kinesis') {
    const { kinesisTarget } = await import('./sendKinesis.ts');
    return kinesisTarget(named, endpoint);
  }
  if (named.family === undefined && !isQueueName(named.name)) {
    throw new UsageError(
      `${text} is no queue: its name has letters, digits, - and _ (a FIFO queue's ends in .fifo); a stream is named kinesis:${named.name}.`,
    );
  }
  const { sdkTarget } = await import('./sendSdk.ts');
  return sdkTarget(named, endpoint);
}

const REFUSALS: Readonly<Partial<Record<TargetFamily, string>>> = {
  dynamodb:
    'is the stream of a table behind an endpoint, where records come only by changing items: change items there, or send to the stream of a `millrace up`, without --endpoint.',
  kafka: 'is a topic: name its brokers with --brokers host:port, instead of --endpoint.',
};
