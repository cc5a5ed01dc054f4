/** What a mapping needs of a topic, whoever holds it: Kafka's brokers, or the substrate. */
import type { KafkaEventContext } from '@millrace/aws-shapes';
import type { Millis, PartitionOffsets, StartingPosition } from '@millrace/semantics';
import type { TopicPolled } from './polled.ts';

export interface TopicFacts {
  /**
   * How old a record gets here, where its age alone decides: in the substrate. Of brokers it is for ever, whatever their
   * configuration says: they remove whole segments, by age or by size, long after or never (compaction), and a producer may
   * write any time. What brokers have removed is looked at (`Taker.overtaken`, `removals.ts`).
   */
  readonly retentionMs: Millis;
  readonly timestampType: KafkaEventContext['timestampType'];
  /** What tells the topic from another of its name; brokers' clients do not say. */
  readonly creation?: string | undefined;
}

export interface CommittedOffset {
  /** Of the next record to read. */
  readonly offset: number;
  /** This mapping has committed it: its own checkpoint may be ahead of it, but somebody's reset is not overruled. */
  readonly own: boolean;
}

export interface TopicClient {
  readonly topic: string;
  /** Whether commits say that they are this mapping's; where they do not, all count as such. */
  readonly marksCommits: boolean;
  /** @throws {TopicUnavailable} */
  facts(): Promise<TopicFacts>;
  /** @throws {TopicUnavailable} */
  partitions(): Promise<number>;
  /** @throws {TopicUnavailable} */
  offsets(): Promise<readonly PartitionOffsets[]>;
  /** By partition. @throws {TopicUnavailable} */
  startsAt(position: StartingPosition): Promise<ReadonlyMap<number, number>>;
  /** By partition; none where nothing was committed. @throws {TopicUnavailable} */
  committed(): Promise<ReadonlyMap<number, CommittedOffset>>;
  /** Joins the group, and again whenever it has to, until `leave`. */
  join(name: string, events: MemberEvents): GroupMember;
  close(): Promise<void>;
}

/** What a member has in one generation of its group. Generations of one member only grow. */
export interface Assignment {
  readonly generation: number;
  /** In ascending order. */
  readonly partitions: readonly number[];
  /** Of the topic, as in its facts. */
  readonly creation?: string | undefined;
}

export interface MemberEvents {
  assigned(assignment: Assignment): void;
  /** The generation is over, and nothing more is committed in it. */
  lost(): void;
  /** The group cannot be joined or read now; may be said again. `problem` is for people and holds no secret. */
  troubled(problem: string): void;
  recovered(): void;
}

/**
 * A member of a consumer group.
 *
 * 1. Records of a partition are given in the order of their offsets, none left out but those that the topic no longer has.
 * 2. After the generation was lost, nothing is given until `read` is called again.
 */
export interface GroupMember {
  /** Begins to read where the taker says. Does nothing in another generation. */
  read(generation: number, taker: Taker): void;
  /** Stops reading and stays a member. */
  rest(): void;
  /** Stops or goes on reading one partition. */
  pause(partition: number): void;
  resume(partition: number): void;
  /** False when the generation is over. @throws {TopicUnavailable} when it is not known whether it was committed */
  commit(generation: number, offsets: ReadonlyMap<number, number>): Promise<boolean>;
  /** Gives back the partitions. Never rejects. */
  leave(): Promise<void>;
}

/** Whoever is given the records of a member's partitions. */
export interface Taker {
  readonly context: KafkaEventContext;
  readonly lanes: ReadonlyMap<number, string>;
  /** The offset that is to be read next; undefined: nothing of this partition is wanted. */
  next(partition: number): number | undefined;
  /** Resolves when there is room for more; undefined when there is now. */
  room(): Promise<void> | undefined;
  take(partition: number, records: readonly TopicPolled[]): void;
  /** Retention has removed what is before this offset. */
  overtaken(partition: number, earliest: number): void;
}

/** The topic could not be read or its group not be asked: one sentence for people, without secrets. */
export class TopicUnavailable extends Error {
  readonly code = 'TOPIC_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TopicUnavailable';
  }
}
