/** The port of a poller's live side: what it has of its source. It holds no policy. */
import type { FailureFacts, ItemIdentifier, ShardBatch, TopicBatch, TopicMessage } from '@millrace/aws-shapes';
import type {
  FetchOrder,
  LedgerSave,
  MappingFact,
  MappingOrder,
  Millis,
  PartitionStart,
  PollerFact,
  Position,
  RuleId,
  SavedPoller,
  Surroundings,
  WindowCall,
} from '@millrace/semantics';
import type { Progress } from './checkpoints.ts';

/** What a mapping has of its source: what is to be known of it, and a reading place for each of its pollers. */
export interface MappingSource {
  /** All that the source can say of itself; the function says the rest. As it was when it was opened, or last refreshed. */
  readonly surroundings: Omit<Surroundings, 'functionTimeoutMs'>;
  /** Asks it again. Rejects when it cannot be asked now. Absent where it never changes. */
  refresh?(): Promise<void>;
  /**
   * Gives a poller its reading place: at its checkpoint, else where reading began before, else where `from` says. May take
   * as long as a consumer group takes to form, or until its source can be read. Should it reject, it is asked again, until
   * `opening.signal` is aborted. Queues are open at once.
   */
  open(poller: string, opening: PollerOpening): PollerSource | Promise<PollerSource>;
  /**
   * Streams and topics: whose progress is handed over together; absent: each poller's own. Asked at every opening: what was
   * made anew under its name has another.
   */
  scopeOf?(poller: string): string;
  /**
   * Answers an order to look at the source: its shards, or its lag. Not asked before the order's time. Rejects when the
   * source cannot be read now; it will be asked again.
   */
  look?(order: MappingOrder & { do: 'discover' | 'measureLag' }, signal: AbortSignal): Promise<MappingFact>;
  /**
   * Streams: by poller, the words for where reading begins, once the source was looked at. Where LATEST was is fixed then:
   * whichever process opens a poller, and whenever, begins there.
   */
  pins?(): Promise<ReadonlyMap<string, string>>;
  /** Kafka: how many partitions there are, before the first poller is opened. */
  partitions?(signal: AbortSignal): Promise<number>;
  /** Kafka: told when partitions were added. */
  onPartitions?(heard: (partitions: number) => void): () => void;
  /** Gives back connections, once every poller is closed. */
  close?(): Promise<void>;
}

export interface PollerOpening {
  /** Whether the mapping's starting position counts, where nothing was read before. */
  readonly from: 'start' | 'horizon';
  readonly events: PollerEvents;
  /** How far whoever read here before has come; nothing for queues. */
  readonly progress: Progress;
  /** Whose progress that is, as `scopeOf` has called it. */
  readonly scope?: string | undefined;
  /** Lanes per shard, as the poller is configured now. */
  readonly factor: number;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** One poller's reading place. Facts are told through `PollerEvents`; every order is answered once. */
export interface PollerSource {
  /** Partitions this poller reads; Kafka only. */
  readonly partitions?: readonly PartitionStart[];
  /** Where it begins, by ledger, in words that `open` understands later; kept until there is a checkpoint. */
  readonly starts?: ReadonlyMap<string, string>;
  /** What was saved of the pollers before, as far as it fits what this one reads; absent: all of it. */
  readonly saved?: SavedPoller | undefined;
  fetch(order: FetchOrder): void;
  withdraw(id: number): void;
  /** Deletes messages from their queue; answers the positions that are still there. Never rejects. */
  acknowledge(positions: readonly Position[]): Promise<Acknowledged>;
  /** The poller has no further use for these. */
  release(positions: readonly Position[]): void;
  /**
   * Kafka: commits the offsets of a save, once our own checkpoints hold it. False when the group has a new generation: the
   * records come again, here or elsewhere.
   */
  commit?(ledgers: readonly LedgerSave[]): Promise<boolean>;
  /** A save is durable: what comes before its checkpoints is not asked for any more. */
  passed?(ledgers: readonly LedgerSave[]): void;
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
  /** Kafka: a failure record for each record, as a topic gets it. */
  topicMessages?(facts: FailureFacts, positions: readonly Position[]): readonly TopicMessage[];
  /**
   * How results call a checkpoint of a ledger: the shard, or topic-partition, and the position. Kafka: the offset that is
   * committed, and how many records that is more than the last time.
   */
  checkpoint?(
    ledger: string,
    position: Position,
  ): { readonly lane: string; readonly position: string | number; readonly committed?: number };
  /** When the newest of these arrived; for the age of the iterator. */
  lastArrivalMs?(positions: readonly Position[]): Millis | undefined;
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
  /** What this poller reads was given to others, or it reads more than before: it has to be opened anew. */
  regrouped(): void;
  /** Retention took so many before anybody read them. */
  missed(count: number | 'unknown'): void;
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
