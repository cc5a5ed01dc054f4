/** Flags that say where a live source or target is: Kafka's brokers, or an endpoint. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Mechanism } from '../live/brokers.ts';

export interface BrokersFlags {
  readonly brokers?: readonly string[];
  readonly tls?: true;
  readonly sasl?: Mechanism;
}

export function addBrokers(command: Command): Command {
  return command
    .option('--brokers <list>', 'Kafka: host:port, separated by commas', brokersFlag)
    .option('--tls', 'Kafka: encrypted connections')
    .option(
      '--sasl <mechanism>',
      'Kafka: plain, scram-sha-256 or scram-sha-512, with KAFKA_USERNAME and KAFKA_PASSWORD',
      saslFlag,
    );
}

function brokersFlag(text: string): readonly string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  if (brokers.every((broker) => /^[^\s:]+:\d{1,5}$/.test(broker) || /^\[[\da-f:]+\]:\d{1,5}$/i.test(broker)))
    return brokers;
  throw new InvalidArgumentError('It must be host:port, such as 127.0.0.1:9092; several are separated by commas.');
}

function saslFlag(text: string): Mechanism {
  if (text === 'plain' || text === 'scram-sha-256' || text === 'scram-sha-512') return text;
  throw new InvalidArgumentError('It must be plain, scram-sha-256 or scram-sha-512.');
}

export function endpointUrl(text: string): string {
  if (isUrl(text)) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:4566.');
}

/** For commands that stay on Redis when no endpoint is named: AWS has to be asked for. */
export function endpointOrAws(text: string): string {
  if (text === 'aws' || isUrl(text)) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:9325, or aws.');
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
