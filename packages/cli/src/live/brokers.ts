/** Kafka brokers as the command line names them. kafkajs takes long to load: only who uses it waits for it. */
import process from 'node:process';
import type { Kafka, KafkaConfig, SASLOptions } from 'kafkajs';
import { UsageError } from '../errors.ts';

export type Mechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

export interface BrokersAccess {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly sasl: Mechanism | undefined;
}

/** @throws {UsageError} when the login is missing */
export async function brokersClient(
  { brokers, tls, sasl }: BrokersAccess,
  own: Pick<KafkaConfig, 'clientId' | 'retry'>,
): Promise<Kafka> {
  const { Kafka: Client, logLevel } = await import('kafkajs');
  return new Client({
    ...own,
    brokers: [...brokers],
    ssl: tls,
    ...(sasl && { sasl: loginOf(sasl) }),
    // What goes wrong is told by its error. Nothing else of what kafkajs writes is for people.
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5000,
  });
}

function loginOf(mechanism: Mechanism): SASLOptions {
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = process.env;
  if (username && password) return { mechanism, username, password } as SASLOptions;
  throw new UsageError(
    `--sasl ${mechanism} takes the login from the environment: set KAFKA_USERNAME and KAFKA_PASSWORD.`,
  );
}
