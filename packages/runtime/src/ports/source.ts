/** The port of a poller's live side: what it has of its source. It holds no policy. */
import type { ItemIdentifier, ShardBatch, TopicBatch } from '@millrace/aws-shapes';
import type {
  FetchOrder,
  MappingOrder,
  PartitionStart,
  PollerFact,
  Position,
  RuleId,
  Surroundings,
  WindowCall,
} from '@millrace/semantics';

/** What a mapping has of its source: what is to be known of it, and a reading place for each of its pollers. */
export interface MappingSource {
  /** All that the source can say of itself; the function says the rest. */
  readonly surroundings: Omit<Surroundings, 'functionTimeoutMs'>;
  open(poller: string, from: 'start' | 'horizon', events: PollerEvents): PollerSource;
  /** Answers an order to look at the source; streams and topics only. */
  look?(order: MappingOrder & { do: 'discover' | 'measureLag' }): void;
}

/** One poller's reading place. Facts are told through `PollerEvents`; every order is answered once. */
export interface PollerSource {
  /** Partitions this poller reads; Kafka only. */
  readonly partitions?: readonly PartitionStart[];
  fetch(order: FetchOrder): void;
  withdraw(id: number): void;
  /** Deletes messages from their queue; answers the positions that are still there. Never rejects. */
  acknowledge(positions: readonly Position[]): Promise<Acknowledged>;
  /** The poller has no further use for these. */
  release(positions: readonly Position[]): void;
  /** The event that the function gets. */
  event(positions: readonly Position[], window: WindowCall | undefined): unknown;
  /** How an answer calls the records of a batch. */
  identifiers(positions: readonly Position[]): ItemIdentifier[];
  /** What people call these records: message ids, sequence numbers, partition and offset. */
  names(positions: readonly Position[]): string[];
  /** The lane as results call it. */
  laneName(lane: string): string;
  /** What a failure record says of a batch; undefined for queues, and for a batch without records. */
  failure(positions: readonly Position[], payloadBytes: () => number): ShardBatch | TopicBatch | undefined;
  /** Stops reading; what is held may still be asked for and acknowledged. */
  close(): Promise<void>;
}

export interface Acknowledged {
  readonly failed: readonly { readonly position: Position; readonly rule?: RuleId | undefined }[];
}

/** How a source tells its poller what happened. */
export interface PollerEvents {
  tell(fact: PollerFact): void;
  /** A fetch found nothing and goes on waiting. */
  waits(): void;
  /** The source cannot be read now; said once until it can be again. `problem` is for people and holds no secret. */
  troubled(problem: string): void;
  recovered(): void;
  /** The source itself took messages away. */
  deadLettered(letters: readonly LostMessage[]): void;
}

/** A message that its queue gave up. */
export interface LostMessage {
  readonly name: string;
  readonly messageId: string;
  readonly body: string;
  readonly groupId: string | undefined;
  readonly receiveCount: number;
  /** Name of the queue that has it now. */
  readonly queue: string | undefined;
  readonly rule: RuleId;
}
