/**
 * Records as the sources hold them: what was sent, plus what the source itself adds. Payloads are kept as they travel
 * (text, or base64), so that no byte is ever re-serialised. Plain data.
 */
import type { Millis } from '../vocabulary.ts';

/** One SQS message attribute, in the form in which the event shows it. */
export interface MessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
}

/** A message as it was sent to a queue. */
export interface SentMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  readonly groupId?: string;
  readonly dedupId?: string;
  /** Overrides the queue's delay; not allowed per message on FIFO queues. */
  readonly delayMs?: Millis;
  readonly senderId?: string;
  readonly traceHeader?: string;
}

/** A message as one receive returned it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly sent: SentMessage;
  readonly sentAtMs: Millis;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: Millis;
  /** When it becomes visible again unless deleted. */
  readonly visibleAtMs: Millis;
  /** FIFO only: 20 digits. */
  readonly sequenceNumber?: string;
  /** The queue it was dead-lettered from, if it was. */
  readonly deadLetterSourceArn?: string;
  /** MD5 of the body in hex, where whoever handed the message out has said and proved it. */
  readonly md5OfBody?: string;
}

/** A Kinesis record. */
export interface KinesisRecord {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  /** Base64. */
  readonly data: string;
}

/** An attribute value in DynamoDB JSON, for example `{ "S": "x" }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;
export type AttributeMap = Readonly<Record<string, AttributeValue>>;

/** One item change in a DynamoDB stream. Images are whole; the stream's view type decides which are shown. */
export interface ChangeRecord {
  readonly op: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly keys: AttributeMap;
  readonly newImage?: AttributeMap;
  readonly oldImage?: AttributeMap;
  /** True for a delete made by time to live. */
  readonly ttl?: boolean;
}

/** A Kafka record. */
export interface TopicRecord {
  /** Base64, or null for none. */
  readonly key: string | null;
  /** Base64, or null for a tombstone. */
  readonly value: string | null;
  /** In order, keys may repeat; values are base64. */
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  /** The producer's timestamp; the arrival time when absent. */
  readonly timestampMs?: Millis;
}

/** A record of an ordered source (shard or partition), at its place in it. */
export interface Placed<T> {
  /** Its ordinal in the shard (counted from 0), or its offset in the partition. */
  readonly index: number;
  readonly arrivalMs: Millis;
  readonly record: T;
}
