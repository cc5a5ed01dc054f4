/** The six kinds of source, and what random scenarios must know of each. */
import type { SourceDocument } from '@millrace/simulation';

export type Kind = SourceDocument['type'];

export const kinds: readonly Kind[] = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'];

export function isQueueKind(kind: Kind): kind is 'sqs' | 'sqs-fifo' {
  return kind === 'sqs' || kind === 'sqs-fifo';
}

export function isTopicKind(kind: Kind): kind is 'msk' | 'self-managed-kafka' {
  return kind === 'msk' || kind === 'self-managed-kafka';
}

export function isStreamKind(kind: Kind): kind is 'kinesis' | 'dynamodb' {
  return kind === 'kinesis' || kind === 'dynamodb';
}

/** Every record carries a mark; filters and behaviours pick records by it. */
export const marks = ['a', 'b', 'c'] as const;

export type Mark = (typeof marks)[number];

/** A pattern for the records that carry one of these marks; filters and behaviours see the same fields. */
export function patternFor(kind: Kind, picked: readonly Mark[]): Readonly<Record<string, unknown>> {
  if (isQueueKind(kind)) return { body: { mark: picked } };
  if (kind === 'kinesis') return { data: { mark: picked } };
  if (kind === 'dynamodb') return { dynamodb: { NewImage: { mark: { S: picked } } } };
  return { value: { mark: picked } };
}
