/** A topic of real brokers, through kafkajs. */
import { type Clock, within } from '@millrace/runtime';
import type { KafkaConfig } from 'kafkajs';
import type { TopicClient } from '../client.ts';
import { KafkaAdmin } from './admin.ts';
import { Kafka, logLevel } from './library.ts';
import { KafkaMember } from './member.ts';
import { socketFactory } from './sockets.ts';

export interface KafkaClientOptions {
  /** host:port */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  /** From `kafkaAccess`. */
  readonly access?: Pick<KafkaConfig, 'ssl' | 'sasl'> | undefined;
  readonly clock: Clock;
  /** So long nothing is heard of a member until it has left. */
  readonly sessionTimeoutMs?: number | undefined;
}

const SESSION_TIMEOUT_MS = 10_000;
const CONNECTS_WITHIN_MS = 3_000;

export function kafkaClient(options: KafkaClientOptions): TopicClient {
  const { brokers, topic, groupId, access, clock, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const asked = { brokers, topic, groupId };
  const kafkaOf = (clientId: string) =>
    new Kafka({
      clientId,
      brokers: [...brokers],
      socketFactory,
      ...(access?.ssl && { ssl: access.ssl }),
      // kafkajs writes into it what it made of this password: each has its own.
      ...(access?.sasl && { sasl: { ...access.sasl } }),
      connectionTimeout: CONNECTS_WITHIN_MS,
      authenticationTimeout: CONNECTS_WITHIN_MS,
      // What goes wrong is told by its error. Nothing else of what kafkajs writes is for people.
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, retries: 3, maxRetryTime: 1_000 },
    });
  const admin = new KafkaAdmin(kafkaOf('millrace'), asked);
  return {
    topic,
    marksCommits: true,
    facts: () => admin.facts(),
    partitions: () => admin.partitions(),
    offsets: () => admin.offsets(),
    startsAt: (position) => admin.startsAt(position),
    committed: () => admin.committed(),
    join: (name, events) =>
      new KafkaMember({ kafka: () => kafkaOf(name), admin, asked, sessionTimeoutMs, clock, events }),
    // One that is still being connected ends by itself.
    close: () => within(admin.disconnect(), CONNECTS_WITHIN_MS, clock),
  };
}
