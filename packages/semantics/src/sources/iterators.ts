/**
 * Shard iterators: where a reader of a shard stands, as text that a client hands back. An iterator can be used for a while
 * after it was issued; then a new one is needed. Whoever shows it to clients makes it opaque.
 */
import type { Millis } from '../vocabulary.ts';
import type { StreamKind } from './shards.ts';

export interface ShardIterator {
  readonly stream: string;
  /** Tells a stream from a later one of its name. */
  readonly streamCreatedAtMs: Millis;
  readonly shardId: string;
  /** The index that is read next. */
  readonly index: number;
  readonly issuedAtMs: Millis;
}

/** Kinesis API Reference and DynamoDB API Reference, GetShardIterator. */
export const ITERATOR_LIFETIME_MS: Readonly<Record<StreamKind, Millis>> = { kinesis: 300_000, dynamodb: 900_000 };

export function iteratorText({ stream, streamCreatedAtMs, shardId, index, issuedAtMs }: ShardIterator): string {
  return `${streamCreatedAtMs} ${shardId} ${index} ${issuedAtMs} ${stream}`;
}

/** Undefined when it is not the text of an iterator. */
export function readIterator(text: string): ShardIterator | undefined {
  const parts = /^(\d{1,15}) (shardId-\d{12}) (\d{1,15}) (\d{1,15}) ([\w./:-]{1,300})$/.exec(text);
  if (!parts) return undefined;
  const [, created, shardId, index, issued, stream] = parts;
  return {
    stream: stream!,
    streamCreatedAtMs: Number(created),
    shardId: shardId!,
    index: Number(index),
    issuedAtMs: Number(issued),
  };
}

/** Whether too much time has passed since it was issued. */
export function isIteratorExpired({ issuedAtMs }: ShardIterator, kind: StreamKind, nowMs: Millis): boolean {
  return nowMs - issuedAtMs > ITERATOR_LIFETIME_MS[kind];
}
