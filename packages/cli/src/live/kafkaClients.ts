/** kafkajs as every live command uses it. It takes long to load: only who uses it waits for it. */
import type { TopicSourcePlan } from '@millrace/simulation';
import type { Kafka } from 'kafkajs';
import { UsageError } from '../errors.ts';

/** @throws {UsageError} when the file names none */
export function brokersOf({ name, live }: TopicSourcePlan): readonly string[] {
  if (live?.brokers) return live.brokers;
  throw new UsageError(`source \`${name}\` names no \`brokers\`.`);
}

export async function kafkaFor(source: TopicSourcePlan): Promise<Kafka> {
  const { Kafka: Client, logLevel } = await import('kafkajs');
  // What goes wrong is told by its error. Nothing else of what kafkajs writes is for people.
  return new Client({ clientId: 'millrace', brokers: [...brokersOf(source)], logLevel: logLevel.NOTHING });
}
