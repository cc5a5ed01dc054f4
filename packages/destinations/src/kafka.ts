/**
 * Messages to Kafka topics, with kafkajs's producer.
 *
 * 1. A message goes to the partition that Java's default partitioner takes: murmur2 of its key, or one after the other when
 *    it has none. All replicas in sync have it before a delivery is done.
 * 2. A cluster's producer connects with its first delivery. After a failure of the connection it is given up and made anew:
 *    kafkajs may otherwise go on for long with what it knew.
 */
import {
  DeliveryRefused,
  type Destination,
  type FailureDelivery,
  type FailureMessage,
  systemClock,
  within,
} from '@millrace/runtime';
import type { KafkaConfig, Producer } from 'kafkajs';
import { capital, DeliveryFailed, withoutKeys } from './failing.ts';

/** How a cluster is reached. What is secret in it is never told or logged. */
export interface KafkaAccess extends Pick<KafkaConfig, 'ssl' | 'sasl' | 'clientId'> {
  readonly brokers: readonly string[];
}

export interface KafkaDestinationOptions {
  /** Of all mappings, or of each: the topic of a mapping stands in the cluster of its source. */
  readonly access: KafkaAccess | ((mapping: string) => KafkaAccess | undefined);
  /** What one delivery may take; 15 s when absent. */
  readonly timeoutMs?: number | undefined;
}

const PREFIX = 'kafka://';
const TIMEOUT_MS = 15_000;
const CONNECT_MS = 3000;
const RETRY = { retries: 2, initialRetryTime: 100 };

export function kafkaDestination(options: KafkaDestinationOptions): Destination {
  return new KafkaDestination(options);
}

class KafkaDestination implements Destination {
  readonly #accessOf: (mapping: string) => KafkaAccess | undefined;
  readonly #timeoutMs: number;
  /** By the mapping whose cluster it is, or '' for that of all. */
  readonly #producers = new Map<string, Promise<Producer>>();
  readonly #keyOf: (mapping: string) => string;

  constructor({ access, timeoutMs = TIMEOUT_MS }: KafkaDestinationOptions) {
    this.#accessOf = typeof access === 'function' ? access : () => access;
    this.#keyOf = typeof access === 'function' ? (mapping) => mapping : () => '';
    this.#timeoutMs = timeoutMs;
  }

  readonly deliver = async ({ destination: { arn }, mapping, message }: FailureDelivery): Promise<void> => {
    const topic = topicOf(arn);
    const messages = messagesOf(message, arn);
    const access = this.#accessOf(mapping);
    if (!access) throw new DeliveryRefused(`No brokers are known for ${arn}: say which cluster the mapping reads.`);
    const made = this.#producer(mapping, access);
    const send = async () => {
      const producer = await made;
      await producer.send({ topic, messages, acks: -1, timeout: this.#timeoutMs });
    };
    try {
      await this.#inTime(arn, send());
    } catch (error) {
      const failure = failureOf(arn, access, error);
      if (!isAboutTopic(error)) this.#giveUp(mapping, made);
      throw failure;
    }
  };

  async close(): Promise<void> {
    const closing = [...this.#producers.values()].map((made) => made.then((producer) => producer.disconnect()));
    this.#producers.clear();
    await within(Promise.allSettled(closing), CONNECT_MS, systemClock);
  }

  #producer(mapping: string, access: KafkaAccess): Promise<Producer> {
    const key = this.#keyOf(mapping);
    let producer = this.#producers.get(key);
    if (!producer) {
      producer = connect(access, this.#timeoutMs);
      this.#producers.set(key, producer);
    }
    return producer;
  }

  #giveUp(mapping: string, made: Promise<Producer>): void {
    const key = this.#keyOf(mapping);
    if (this.#producers.get(key) === made) this.#producers.delete(key);
    made.then((producer) => producer.disconnect()).catch(() => {});
  }

  async #inTime(arn: string, sending: Promise<void>): Promise<void> {
    const sent = sending.then(() => true);
    if (await within(sent, this.#timeoutMs, systemClock)) return;
    throw new DeliveryFailed(`The topic ${arn} did not answer within ${this.#timeoutMs / 1000} s.`);
  }
}

async function connect({ brokers, ...access }: KafkaAccess, timeoutMs: number): Promise<Producer> {
  const { Kafka, logLevel, Partitioners } = await import('kafkajs');
  const kafka = new Kafka({
    clientId: 'millrace-destinations',
    ...access,
    // kafkajs writes into it what it made of this password, and would go on with that under another one.
    ...(access.sasl && { sasl: { ...access.sasl } }),
    brokers: [...brokers],
    connectionTimeout: CONNECT_MS,
    requestTimeout: timeoutMs,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  await producer.connect();
  return producer;
}

function topicOf(arn: string): string {
  if (arn.startsWith(PREFIX) && arn.length > PREFIX.length) return arn.slice(PREFIX.length);
  throw new DeliveryRefused(`${arn} does not name a topic: write ${PREFIX}TOPIC.`);
}

function messagesOf(message: FailureMessage, arn: string) {
  if (message.kind !== 'messages')
    throw new DeliveryRefused(`The topic ${arn} takes messages, and was handed ${message.kind}.`);
  return message.messages.map(({ key, value }) => ({ key: key === null ? null : Buffer.from(key, 'base64'), value }));
}

interface KafkaError {
  readonly name?: string;
  readonly type?: string;
  readonly message?: string;
  readonly cause?: KafkaError;
  readonly errors?: readonly KafkaError[];
}

/** What lies under kafkajs's own wrapping. */
function rootOf(error: KafkaError): KafkaError {
  const inner = error.type === undefined ? (error.cause ?? error.errors?.[0]) : undefined;
  return inner ? rootOf(inner) : error;
}

/** The connection is in order; it is the topic or the message that is not. */
function isAboutTopic(error: unknown): boolean {
  return /TOPIC|RECORD|MESSAGE/.test(rootOf(error as KafkaError).type ?? '');
}

function failureOf(arn: string, { brokers }: KafkaAccess, error: unknown): Error {
  if (error instanceof DeliveryFailed) return error;
  const { name = 'Error', type = '', message = '' } = rootOf(error as KafkaError);
  const cause = { cause: error };
  const topic = `the topic ${arn}`;
  if (/TOO_LARGE/.test(type)) return new DeliveryRefused(`A message is too large for ${topic}.`, cause);
  if (/UNKNOWN_TOPIC|INVALID_TOPIC/.test(type)) return new DeliveryFailed(`There is no topic ${arn}.`, cause);
  if (/AUTHORIZATION/.test(type)) return new DeliveryFailed(`Access to ${topic} was denied: allow writing.`, cause);
  if (/SASL/.test(name + type)) return new DeliveryFailed(`The brokers of ${topic} refused the credentials.`, cause);
  if (/Connection|BrokerNotFound|RequestTimeout/.test(name)) {
    return new DeliveryFailed(`${capital(topic)} cannot be reached at ${brokers.join(', ')}.`, cause);
  }
  const [said = ''] = message.split('\n', 1);
  return new DeliveryFailed(`${capital(topic)} did not take it: ${type || name}, ${withoutKeys(said)}`, cause);
}
