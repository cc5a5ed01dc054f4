/** kafkajs as every live command uses it. It takes long to load: only who uses it waits for it. */
import process from 'node:process';
import { type KafkaAccess, kafkaAccess, SecretMissing } from '@millrace/poller-kafka';
import { type MappingPlan, type Plan, secretArn, type TopicSourcePlan } from '@millrace/simulation';
import type { Kafka } from 'kafkajs';
import { UsageError } from '../errors.ts';

/** @throws {UsageError} when the file names none */
export function brokersOf({ name, live }: TopicSourcePlan): readonly string[] {
  if (live?.brokers) return live.brokers;
  throw new UsageError(`source \`${name}\` names no \`brokers\`.`);
}

type Configurations = Parameters<typeof kafkaAccess>[0];

/**
 * How a mapping logs in at its brokers. The secret that every mapping of one's own Kafka is given when the file says none
 * exists nowhere: it means no login.
 * @throws {UsageError} when a secret is missing
 */
export async function accessOf(plan: Plan, mapping: MappingPlan | undefined): Promise<KafkaAccess> {
  const given = (mapping?.request.SourceAccessConfigurations ?? []) as Configurations;
  try {
    return await kafkaAccess(
      given.filter(({ URI }) => URI !== secretArn(plan)),
      process.env,
    );
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    throw new UsageError(`mapping \`${mapping?.name}\`: ${error.message}`, { cause: error });
  }
}

/** As the first mapping logs in that reads the source. @throws {UsageError} when a secret is missing */
export function accessTo(source: TopicSourcePlan, plan: Plan): Promise<KafkaAccess> {
  const reader = plan.mappings.find((one) => plan.sources[one.source]?.name === source.name);
  return accessOf(plan, reader);
}

/** Logs in by `accessTo`. */
export async function kafkaFor(source: TopicSourcePlan, plan: Plan): Promise<Kafka> {
  const { Kafka: Client, logLevel } = await import('kafkajs');
  const access = await accessTo(source, plan);
  // What goes wrong is told by its error. Nothing else of what kafkajs writes is for people.
  return new Client({ clientId: 'millrace', brokers: [...brokersOf(source)], ...access, logLevel: logLevel.NOTHING });
}
