/**
 * What a mapping writes to a Kafka topic about a batch that it gave up: one message per record, under the record's own
 * key, so that a record's failures stay in the order of its key. The record itself is in `payload`, as an event.
 */
import { isoMillis } from '../events/envelope.ts';
import { jsonBytes } from '../events/json-bytes.ts';
import { type KafkaEntry, type KafkaEvent, type KafkaEventContext, kafkaEvent } from '../events/kafka.ts';
import { type FailureFacts, type FailureHead, failureHead } from './failure-record.ts';

/** One message for the topic. Without a key (null), partitions take turns. */
export interface TopicMessage {
  /** Base64, as the source record's. */
  readonly key: string | null;
  readonly value: TopicFailureRecord;
}

export type TopicFailureRecord = FailureHead & {
  readonly KafkaBatchInfo: KafkaRecordInfo;
  readonly payload: KafkaEvent;
};

/** A batch of one. `recordInfo` is singular here; its offset is text. */
export interface KafkaRecordInfo {
  readonly batchSize: 1;
  readonly eventSourceArn?: string;
  readonly bootstrapServers: string;
  readonly payloadSize: number;
  readonly recordInfo: { readonly offset: string; readonly timestamp: string };
}

/** The messages of a batch, in the order of its entries. */
export function topicMessages(
  facts: FailureFacts,
  entries: readonly KafkaEntry[],
  context: KafkaEventContext,
): readonly TopicMessage[] {
  const head = failureHead({ ...facts, functionArn: qualified(facts.functionArn) }, conditionOnTopic(facts));
  return entries.map((entry) => ({ key: entry.key ?? null, value: topicFailureRecord(head, entry, context) }));
}

/** The page of this destination alone calls exhausted retries as asynchronous invocation does (semantics §13.18). */
function conditionOnTopic({ condition }: FailureFacts): string {
  return condition === 'RetryAttemptsExhausted' ? 'RetriesExhausted' : condition;
}

function qualified(functionArn: string): string {
  return functionArn.split(':').length === 7 ? `${functionArn}:$LATEST` : functionArn;
}

function topicFailureRecord(head: FailureHead, entry: KafkaEntry, context: KafkaEventContext): TopicFailureRecord {
  const payload = kafkaEvent([entry], context);
  const { eventSourceArn, bootstrapServers } = payload;
  return {
    ...head,
    KafkaBatchInfo: {
      batchSize: 1,
      ...(eventSourceArn !== undefined && { eventSourceArn }),
      bootstrapServers,
      payloadSize: jsonBytes(payload),
      recordInfo: { offset: String(entry.offset), timestamp: isoMillis(entry.timestamp) },
    },
    payload,
  };
}
