/** A failure record as an object in S3: where it is put, and what it holds beside the record. */
import { isoMillis } from '../events/envelope.ts';
import type { FailureRecord, ShardBatch, TopicBatch } from './failure-record.ts';

/** A failure record with the event of its batch, as JSON text. */
export type FailureObject = FailureRecord & { readonly payload: string };

/** The object's content. `event` is the event as the function got it. */
export function failureObject(record: FailureRecord, event: unknown): FailureObject {
  return { ...record, payload: JSON.stringify(event) };
}

/**
 * The object's key, `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<id>`, in UTC. `timestampMs` is the
 * failure record's, `uniqueId` a UUID of its own. AWS does not say what stands for the shard of a Kafka batch; here it
 * is the topic-partition of its first record.
 */
export function failureObjectKey(
  mappingUuid: string,
  batch: ShardBatch | TopicBatch,
  timestampMs: number,
  uniqueId: string,
): string {
  const [date = '', time = ''] = isoMillis(timestampMs).split(/[T.]/);
  const day = date.replaceAll('-', '/');
  return `aws/lambda/${mappingUuid}/${shardOf(batch)}/${day}/${date}T${time.replaceAll(':', '.')}-${uniqueId}`;
}

function shardOf(batch: ShardBatch | TopicBatch): string {
  return 'shardId' in batch ? batch.shardId : (batch.partitions[0]?.topicPartition ?? '');
}
