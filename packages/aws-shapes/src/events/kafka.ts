/**
 * The event of a Kafka mapping, of Amazon MSK or of a cluster of one's own. Entries stand in lists by topic-partition.
 * Keys and values stay the base64 texts they came as; a missing one is absent.
 */
import type { Placed, TopicRecord } from '@millrace/semantics';
import { base64JsonBytes, decodeBase64 } from './base64.ts';
import { integerBytes, jsonStringBytes, utf8Bytes } from './json-bytes.ts';

/** What all entries of one mapping share. Made by `kafkaEventContext`. */
export interface KafkaEventContext {
  readonly kind: 'msk' | 'self-managed-kafka';
  readonly topic: string;
  /** The cluster's ARN; MSK only. */
  readonly eventSourceArn?: string;
  readonly bootstrapServers: readonly string[];
  /** The topic's `message.timestamp.type`: CREATE_TIME shows the producer's time, LOG_APPEND_TIME the broker's. */
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** Bytes of the event without partitions. */
  readonly envelopeBytes: number;
  /** What every entry has whatever its record. */
  readonly entryFixedBytes: number;
}

export interface KafkaEventOptions {
  readonly kind: KafkaEventContext['kind'];
  readonly topic: string;
  readonly eventSourceArn?: string;
  readonly bootstrapServers: readonly string[];
  /** CREATE_TIME when absent. */
  readonly timestampType?: KafkaEventContext['timestampType'];
}

/** One entry of a Kafka event. Header values are signed bytes. */
export interface KafkaEntry {
  topic: string;
  partition: number;
  offset: number;
  timestamp: number;
  timestampType: KafkaEventContext['timestampType'];
  key?: string;
  value?: string;
  headers: Record<string, number[]>[];
}

/** The whole event of a Kafka mapping. */
export interface KafkaEvent {
  eventSource: 'aws:kafka' | 'SelfManagedKafka';
  eventSourceArn?: string;
  bootstrapServers: string;
  records: Record<string, KafkaEntry[]>;
}

const KAFKA_FIXED_BYTES = '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":,"headers":[]}'.length;

/** Plain data that entries of one mapping share. */
export function kafkaEventContext(options: KafkaEventOptions): KafkaEventContext {
  const { kind, topic, eventSourceArn, bootstrapServers, timestampType = 'CREATE_TIME' } = options;
  const context = {
    kind,
    topic,
    ...(eventSourceArn !== undefined && kind === 'msk' && { eventSourceArn }),
    bootstrapServers,
    timestampType,
    envelopeBytes: 0,
    entryFixedBytes: KAFKA_FIXED_BYTES + jsonStringBytes(topic) + jsonStringBytes(timestampType),
  };
  return { ...context, envelopeBytes: utf8Bytes(JSON.stringify(kafkaEvent([], context))) };
}

/** The name by which an event, an answer and a checkpoint call a partition: `orders-0`. */
export function topicPartition(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** The entry of one record; `placed.index` is its offset. */
export function kafkaEntry(placed: Placed<TopicRecord>, partition: number, context: KafkaEventContext): KafkaEntry {
  const { key, value, headers } = placed.record;
  const { topic, timestampType } = context;
  const offset = placed.index;
  const timestamp = timestampOf(placed, context);
  const shown = headers.length === 0 ? [] : headers.map((header) => ({ [header.key]: signedBytes(header.value) }));
  // One literal for each case: an object from which a key is deleted is slow for ever.
  if (key !== null && value !== null)
    return { topic, partition, offset, timestamp, timestampType, key, value, headers: shown };
  if (value !== null) return { topic, partition, offset, timestamp, timestampType, value, headers: shown };
  if (key !== null) return { topic, partition, offset, timestamp, timestampType, key, headers: shown };
  return { topic, partition, offset, timestamp, timestampType, headers: shown };
}

/** The timestamp that the event shows, in milliseconds. */
function timestampOf({ record, arrivalMs }: Placed<TopicRecord>, context: KafkaEventContext): number {
  const shown = context.timestampType === 'CREATE_TIME' ? (record.timestampMs ?? arrivalMs) : arrivalMs;
  return Math.floor(shown);
}

function signedBytes(base64: string): number[] {
  return Array.from(decodeBase64(base64), (byte) => (byte > 127 ? byte - 256 : byte));
}

/** The event of a batch: its entries by topic-partition, partitions in the order in which the batch first names them. */
export function kafkaEvent(entries: readonly KafkaEntry[], context: KafkaEventContext): KafkaEvent {
  const records: Record<string, KafkaEntry[]> = {};
  let list: KafkaEntry[] = [];
  let partition = -1;
  for (const entry of entries) {
    if (entry.partition !== partition) {
      partition = entry.partition;
      const name = topicPartition(entry.topic, partition);
      list = records[name] ?? [];
      records[name] = list;
    }
    list.push(entry);
  }
  const bootstrapServers = context.bootstrapServers.join(',');
  if (context.eventSourceArn === undefined) {
    return { eventSource: eventSourceOf(context), bootstrapServers, records };
  }
  return { eventSource: eventSourceOf(context), eventSourceArn: context.eventSourceArn, bootstrapServers, records };
}

function eventSourceOf(context: KafkaEventContext): KafkaEvent['eventSource'] {
  return context.kind === 'msk' ? 'aws:kafka' : 'SelfManagedKafka';
}

/** What a batch's first record of a partition adds to the event beside its entry: `"orders-0":[]`. */
export function kafkaPartitionBytes(partition: number, context: KafkaEventContext): number {
  return jsonStringBytes(topicPartition(context.topic, partition)) + ':[]'.length;
}

const KEY_BYTES = '"key":,'.length;
const VALUE_BYTES = '"value":,'.length;

/** UTF-8 bytes of the entry's JSON, without building it. */
export function kafkaEntryBytes(placed: Placed<TopicRecord>, partition: number, context: KafkaEventContext): number {
  const { key, value, headers } = placed.record;
  return (
    context.entryFixedBytes +
    integerBytes(partition) +
    integerBytes(placed.index) +
    integerBytes(timestampOf(placed, context)) +
    (key === null ? 0 : KEY_BYTES + base64JsonBytes(key)) +
    (value === null ? 0 : VALUE_BYTES + base64JsonBytes(value)) +
    (headers.length === 0 ? 0 : headersBytes(headers))
  );
}

/** Bytes between the brackets of `headers`. */
function headersBytes(headers: TopicRecord['headers']): number {
  let bytes = headers.length - 1;
  for (const header of headers) bytes += '{:}'.length + jsonStringBytes(header.key) + signedBytesBytes(header.value);
  return bytes;
}

function signedBytesBytes(base64: string): number {
  const bytes = decodeBase64(base64);
  let length = 2 + Math.max(0, bytes.length - 1);
  for (const byte of bytes) length += integerBytes(byte > 127 ? byte - 256 : byte);
  return length;
}
