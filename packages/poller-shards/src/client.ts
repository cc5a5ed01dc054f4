/** What a poller needs of a stream, whoever holds it: an endpoint behind the AWS SDK, or the substrate itself. */
import type { ShardRecord, StreamViewType } from '@millrace/aws-shapes';
import type { Millis, Position, StartingPosition, StreamKind } from '@millrace/semantics';
import type { Place } from './place.ts';

export interface StreamFacts {
  readonly retentionMs: Millis;
  /** DynamoDB only. */
  readonly viewType?: StreamViewType | undefined;
}

/** A shard as it was listed. */
export interface SeenShard {
  /** No other shard of this stream, or of one that had its name before, is called so. */
  readonly id: string;
  readonly parents: readonly string[];
  /** It takes no more records. */
  readonly closed: boolean;
  /** What comes after this listing begins here, where that can be said without asking more. */
  readonly latest?: Place | undefined;
}

export interface ReadRecord {
  /** The same each time that the record is read. */
  readonly position: Position;
  readonly arrivalMs: Millis;
  readonly record: ShardRecord;
}

export interface ShardRead {
  readonly records: readonly ReadRecord[];
  /** The shard is closed, and nothing comes after these records. */
  readonly ended: boolean;
  /** There is more at once: a page was full. */
  readonly more: boolean;
  /** How many records retention took before they could be read. Absent: none. */
  readonly missed?: number | 'unknown' | undefined;
}

/** One reading of one shard, from its place on. It is asked for one thing at a time. */
export interface ShardReader {
  /**
   * Resolves when a read may find something, after so long, or when nobody waits any more. Absent where nothing is heard
   * of a shard without asking. @throws {ShardProblem}
   */
  ready?(waitMs: Millis, signal: AbortSignal): Promise<void>;
  /** What is there now, which may be nothing. @throws {ShardProblem} */
  read(maxRecords: number, signal: AbortSignal): Promise<ShardRead>;
  /** What people call a record of it. */
  sequenceNumber(position: Position, arrivalMs: Millis): string;
  close(): void;
}

export interface ShardClient {
  readonly kind: StreamKind;
  /** Records are pushed through an enhanced fan-out consumer. */
  readonly fanOut: boolean;
  /** @throws {ShardProblem} */
  facts(): Promise<StreamFacts>;
  /** All shards that the stream still has. @throws {ShardProblem} */
  shards(signal?: AbortSignal): Promise<readonly SeenShard[]>;
  /** Where a starting position is now, so that it stays there. @throws {ShardProblem} */
  start(shardId: string, position: StartingPosition, signal: AbortSignal): Promise<Place>;
  reader(shardId: string, from: Place): ShardReader;
  /** What events and results call a shard; absent: as listings do. */
  nameOf?(shardId: string): string;
}

/**
 * Why a shard could not be read. `expired`: its iterator is too old. `trimmed`: retention has taken what was asked for.
 * `throttled`: not now, but soon. `gone`: there is no such shard or stream. `unreachable`: everything else.
 */
export type ProblemKind = 'expired' | 'trimmed' | 'throttled' | 'gone' | 'unreachable';

/** A stream could not be read: one sentence for people, without secrets. */
export class ShardProblem extends Error {
  readonly code = 'SHARD_PROBLEM';
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShardProblem';
    this.kind = kind;
  }
}
