/** A failure as its destination gets it: a document, an object with its key, or one message for each record. */
import {
  type FailureFacts,
  type FailureRecord,
  failureRecord,
  type ShardBatch,
  type TopicBatch,
} from './failure-record.ts';
import { type FailureObject, failureObject, failureObjectKey } from './object.ts';
import type { DestinationKind } from './rules.ts';
import type { TopicFailureRecord, TopicMessage } from './topic-messages.ts';

export interface WrittenFailure {
  /** The document, the object, or the first of the messages. */
  readonly message: FailureRecord | FailureObject | TopicFailureRecord | null;
  /** Kafka topics only, as are the keys of these messages. */
  readonly messages?: readonly TopicFailureRecord[];
  readonly keys?: readonly (string | null)[];
  /** S3 only. */
  readonly key?: string;
}

export interface FailureParts {
  readonly kind: DestinationKind;
  readonly mappingUuid: string;
  /** A UUID: no two objects share one. */
  readonly objectId: () => string;
  /** The event of the last invocation. */
  readonly event: () => unknown;
  /** Where the source is a topic. */
  readonly topicMessages?: ((facts: FailureFacts) => readonly TopicMessage[]) | undefined;
}

export function writeFailure(facts: FailureFacts, batch: ShardBatch | TopicBatch, parts: FailureParts): WrittenFailure {
  if (parts.kind === 'kafka' && parts.topicMessages) {
    const written = parts.topicMessages(facts);
    const messages = written.map(({ value }) => value);
    return { message: messages[0] ?? null, messages, keys: written.map(({ key }) => key) };
  }
  const record = failureRecord(facts, batch);
  if (parts.kind !== 's3') return { message: record };
  const key = failureObjectKey(parts.mappingUuid, batch, facts.timestampMs, parts.objectId());
  return { message: failureObject(record, parts.event()), key };
}
