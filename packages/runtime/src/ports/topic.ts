/**
 * The port of a topic substrate: topics with partitions and consumer groups, as Kafka keeps them. What each call answers
 * is decided by the models in `semantics/sources` (topic, group), which are the executable specification of every adapter.
 *
 * 1. An offset is never used twice.
 * 2. Each partition belongs to exactly one member of a group while there is one. Every change of members or partitions
 *    begins a new generation; commits of older ones are refused.
 * 3. A member that is not heard of for its session timeout has left.
 * 4. Two topics that had one name one after the other have different creations; nothing else tells them apart for sure.
 */
import type {
  CommitOutcome,
  Millis,
  OffsetLag,
  PartitionOffsets,
  Placed,
  StartingPosition,
  TopicRecord,
} from '@millrace/semantics';

/** A topic as it was made. */
export interface TopicDefinition {
  readonly name: string;
  readonly retentionMs: Millis;
  readonly createdAtMs: Millis;
}

/** All topics of a substrate. */
export interface Topics {
  /** When there is one of that name it is left as it is, and answered. */
  create(
    definition: TopicDefinition,
    partitions: number,
  ): Promise<{ readonly created: boolean; readonly definition: TopicDefinition }>;
  find(name: string): Promise<TopicDefinition | undefined>;
  /** Names that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  remove(name: string): Promise<boolean>;
  /** @throws {NoSuchTopic} from its first call on, when there is no such topic */
  open(name: string): Topic;
  close(): Promise<void>;
}

export interface RecordProduced {
  readonly partition: number;
  readonly offset: number;
}

export interface PartitionAsk {
  readonly partition: number;
  readonly fromOffset: number;
}

export interface TopicRead {
  readonly maxRecords: number;
  /** Of the records as they are kept (`topicRecordBytes`); one record is always returned. */
  readonly maxBytes?: number | undefined;
  /** Waits so long for a first record, without asking again and again; absent: answers at once. */
  readonly waitMs?: Millis | undefined;
  /** Only of the topic of this creation. */
  readonly creation?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PartitionReceipt {
  readonly partition: number;
  readonly records: readonly Placed<TopicRecord>[];
  readonly nextOffset: number;
  /** How many records before the first of these retention had taken before the reader came to them. */
  readonly missed: number;
}

export interface Topic {
  definition(): Promise<TopicDefinition>;
  /** The same for all who hold this topic, for as long as it is there. */
  creation(): Promise<string>;
  /** In order. Without a partition the key decides; without a key, round robin. */
  produce(
    records: readonly { readonly record: TopicRecord; readonly partition?: number | undefined }[],
  ): Promise<readonly RecordProduced[]>;
  partitions(): Promise<number>;
  addPartitions(count: number): Promise<void>;
  /**
   * Reads the partitions in this order until there is enough; partitions of which nothing was read are left out.
   * @throws {OtherTopic} when the name has a topic of another creation by now
   */
  read(asks: readonly PartitionAsk[], limit: TopicRead): Promise<readonly PartitionReceipt[]>;
  offsets(): Promise<readonly PartitionOffsets[]>;
  offsetOf(partition: number, position: StartingPosition): Promise<number>;
  group(groupId: string): TopicGroup;
}

export interface Membership {
  /** Of the topic that it is a member of. */
  readonly creation: string;
  readonly generation: number;
  /** In ascending order; none where there are more members than partitions. */
  readonly partitions: readonly number[];
}

export interface TopicGroup {
  /** Joins, or is heard of again: the same call is the heartbeat. A changed generation is a rebalance. */
  join(memberId: string, sessionMs: Millis): Promise<Membership>;
  leave(memberId: string): Promise<void>;
  /** By partition: the offset of the next record to read. */
  committed(): Promise<ReadonlyMap<number, number>>;
  /** `memberId` undefined: offsets from outside, accepted while the group has no member, whatever the generation. */
  commit(
    memberId: string | undefined,
    generation: number,
    offsets: ReadonlyMap<number, number>,
  ): Promise<CommitOutcome>;
  lag(): Promise<OffsetLag>;
}

/** What a record counts towards the bytes of a read: key, value and headers as text, as they are kept. */
export function topicRecordBytes({ key, value, headers }: TopicRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += header.key.length + header.value.length;
  return bytes;
}

/** There is no topic of this name. */
export class NoSuchTopic extends Error {
  readonly code = 'NO_SUCH_TOPIC';
  readonly topic: string;

  constructor(topic: string) {
    super(`There is no topic ${topic}.`);
    this.name = 'NoSuchTopic';
    this.topic = topic;
  }
}

/** The topic of this name was removed, and another one made. */
export class OtherTopic extends Error {
  readonly code = 'OTHER_TOPIC';
  readonly topic: string;

  constructor(topic: string) {
    super(`Topic ${topic} was made anew.`);
    this.name = 'OtherTopic';
    this.topic = topic;
  }
}
