/** Topics as the ordered suite wants them, and back from the events of a function. */
import type { KafkaEvent } from '@millrace/aws-shapes';
import { type TopicClient, topicSource } from '@millrace/poller-kafka';
import { systemClock } from '@millrace/runtime';
import type { OrderedRecord, OrderedUnderTest, SeenRecord } from '@millrace/runtime/conformance';

const KIND_ONE = '{"value":{"kind":[1]}}';
const BOOTSTRAP = ['broker-1:9092'];

const textOf = (base64 = '') => Buffer.from(base64, 'base64').toString();

function seenIn(event: unknown): readonly SeenRecord[] {
  const { records } = event as KafkaEvent;
  return Object.entries(records).flatMap(([unit, entries]) =>
    entries.map(({ key, value, offset }) => {
      return { unit, position: String(offset), key: textOf(key), value: textOf(value) };
    }),
  );
}

export interface TopicUnderTest {
  readonly client: () => Promise<TopicClient> | TopicClient;
  readonly put: (records: readonly OrderedRecord[]) => Promise<void>;
  readonly close?: () => Promise<void>;
}

export function topicUnderTest({ client, put, close }: TopicUnderTest): OrderedUnderTest {
  return {
    kind: 'self-managed-kafka',
    kindOne: KIND_ONE,
    source: async ({ startingPosition }) =>
      topicSource({
        client: await client(),
        kind: 'self-managed-kafka',
        bootstrapServers: BOOTSTRAP,
        startingPosition,
        clock: systemClock,
      }),
    put,
    seen: seenIn,
    ...(close && { close }),
  };
}
