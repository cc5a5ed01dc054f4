/**
 * The port of a stream substrate: Kinesis and DynamoDB streams. What each call answers is decided by the models in
 * `semantics/sources` (shards, resharding, sequence numbers, put limits), which are the executable specification of every
 * adapter: same commands, same times, same answers.
 *
 * 1. A record keeps its shard and its index there, counted from 0; its sequence number follows from both.
 * 2. A closed shard takes no more records and stays readable until retention has removed what it holds.
 */
import type { ChangeRecord, KinesisRecord, Millis, Placed, PutLimits, StreamKind } from '@millrace/semantics';

export type StreamRecord = KinesisRecord | ChangeRecord;

/** A stream as it was made. */
export interface StreamDefinition {
  readonly name: string;
  readonly arn: string;
  readonly kind: StreamKind;
  readonly retentionMs: Millis;
  /** Absent: puts are never refused. */
  readonly putLimits?: PutLimits | undefined;
  readonly createdAtMs: Millis;
  /** What changes nothing here and is only echoed, by AWS's names (TableName, StreamViewType, StreamModeDetails …). */
  readonly carried: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** What may be changed after a stream was made. */
export type StreamChange = Partial<Pick<StreamDefinition, 'retentionMs' | 'carried' | 'tags'>>;

/** All streams of a substrate. */
export interface Streams {
  /** Makes a stream of so many shards. When there is one of that name it is left as it is, and answered. */
  create(
    definition: StreamDefinition,
    shards: number,
  ): Promise<{ readonly created: boolean; readonly definition: StreamDefinition }>;
  find(name: string): Promise<StreamDefinition | undefined>;
  /** Names that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** Undefined when there is no such stream. */
  change(name: string, change: StreamChange): Promise<StreamDefinition | undefined>;
  /** Removes a stream and everything in it; false when there was none. */
  remove(name: string): Promise<boolean>;
  /** @throws {NoSuchStream} from its first call on, when there is no such stream */
  open(name: string): Stream;
  close(): Promise<void>;
}

/** A shard as it stands. Sequence numbers are made with `sequenceNumber` and `sequenceNumberRange` of semantics. */
export interface StoredShard {
  readonly number: number;
  /** shardId-000000000000, counting up. */
  readonly id: string;
  /** The stream's: it tells the shard from that of the same id of a stream that had this name before. */
  readonly streamCreatedAtMs: Millis;
  readonly startingHashKey: bigint;
  readonly endingHashKey: bigint;
  readonly parentId: string | null;
  /** The other parent, after a merge. */
  readonly adjacentParentId: string | null;
  readonly childIds: readonly string[];
  readonly createdAtMs: Millis;
  readonly closedAtMs: Millis | null;
  /** The leading digits of its sequence numbers. */
  readonly sequencePrefix: string;
  /** The index that its next record will get. */
  readonly endIndex: number;
  /** The oldest index that can be read. */
  readonly firstIndex: number;
}

export interface RecordPut {
  readonly record: StreamRecord;
  /** The partition key, or the item's key as text: it decides the shard, unless the record names a hash key. */
  readonly key: string;
  /** Bytes that count towards the limits of a shard. */
  readonly bytes: number;
}

export type PutOutcome =
  | { readonly kind: 'put'; readonly shardId: string; readonly index: number; readonly sequenceNumber: string }
  /** The shard takes no more in this second. */
  | { readonly kind: 'throttled'; readonly shardId: string };

export interface ShardAsk {
  readonly shardId: string;
  /** When the stream was made that is meant: one that was made anew under its name has no such shard. Absent: whichever. */
  readonly streamCreatedAtMs?: Millis | undefined;
  readonly fromIndex: number;
  readonly maxRecords: number;
  /** One record is always returned. */
  readonly maxBytes?: number | undefined;
  /** Waits so long for a first record or the shard's end, without asking again and again; absent: answers at once. */
  readonly waitMs?: Millis | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** What one read took. */
export interface ShardReceipt {
  readonly records: readonly Placed<StreamRecord>[];
  readonly nextIndex: number;
  /** How many records before the first of these retention had taken before the reader came to them. */
  readonly missed: number;
  /** The shard is closed and read to its end. */
  readonly ended: boolean;
  /** Age of the oldest record not yet returned; 0 at the tip. */
  readonly millisBehindLatest: Millis;
}

export type Resharded =
  | { readonly kind: 'resharded'; readonly closed: readonly string[]; readonly opened: readonly string[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface Stream {
  definition(): Promise<StreamDefinition>;
  /** In order; each stands or falls by itself. */
  put(records: readonly RecordPut[]): Promise<readonly PutOutcome[]>;
  /** Open shards, and closed ones until retention has passed since they were closed, by number. */
  shards(): Promise<readonly StoredShard[]>;
  /** Undefined: there is no such shard (any more). */
  read(ask: ShardAsk): Promise<ShardReceipt | undefined>;
  /** The first index at or after a time. Undefined: there is no such shard. */
  indexAt(shardId: string, atMs: Millis): Promise<number | undefined>;
  /** By default at the middle of its range. */
  split(shardId: string, newStartingHashKey?: bigint): Promise<Resharded>;
  merge(shardId: string, adjacentShardId: string): Promise<Resharded>;
}

/** There is no stream of this name. */
export class NoSuchStream extends Error {
  readonly code = 'NO_SUCH_STREAM';
  readonly stream: string;

  constructor(stream: string) {
    super(`There is no stream ${stream}.`);
    this.name = 'NoSuchStream';
    this.stream = stream;
  }
}
