/**
 * What a poller has of its source in virtual time: answers to its fetches, and everything about records that the core
 * does not need to know. A fetch that would find nothing is parked, and answered at the first poll at which there is
 * something.
 */
import type { FailureFacts, ItemIdentifier, ShardBatch, TopicBatch, TopicMessage } from '@millrace/aws-shapes';
import type { FetchOrder, PartitionStart, PollerFact, Position, WindowCall } from '@millrace/semantics';

export interface Cursor {
  /** Partitions this poller reads; Kafka only. */
  readonly partitions?: readonly PartitionStart[];
  fetch(order: FetchOrder): void;
  withdraw(id: number): void;
  /** Ordinals of the arrivals at these positions. */
  ordinals(positions: readonly Position[]): number[];
  /** The event that the function gets. */
  event(positions: readonly Position[], window: WindowCall | undefined): unknown;
  /** How an answer calls the records of a batch. */
  identifiers(positions: readonly Position[]): ItemIdentifier[];
  /** A record as a behaviour's `match` sees it. */
  decoded(position: Position): unknown;
  /** What a failure record says of a batch; undefined for queues, and for a batch without records. */
  failure(positions: readonly Position[], payloadBytes: () => number): ShardBatch | TopicBatch | undefined;
  /** Kafka: what a topic destination gets, one message per record. */
  topicMessages?(facts: FailureFacts, positions: readonly Position[]): readonly TopicMessage[];
  /** The lane as results call it. */
  laneName(lane: string): string;
  /** The latest arrival of a batch, for the iterator age. */
  lastArrivalMs(positions: readonly Position[]): number | undefined;
  close(): void;
}

/** How a cursor tells its poller what happened. */
export type Deliver = (fact: PollerFact) => void;

/** The next instant on the grid `notBefore`, `notBefore + everyMs`, … that is not before `now`. */
export function nextTick(notBefore: number, everyMs: number, now: number): number {
  if (now <= notBefore || everyMs === 0) return Math.max(now, notBefore);
  return notBefore + Math.ceil((now - notBefore) / everyMs) * everyMs;
}
