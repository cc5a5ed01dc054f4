/** Where `millrace send` puts its records: a queue, a stream or a topic, on Redis, behind an endpoint or on brokers. */
import type { SourceKind } from '@millrace/semantics';
import type { ArrivalPayload } from '@millrace/simulation';

/** What became of one record of a batch. */
export type Sent =
  | { readonly kind: 'sent' }
  /** A FIFO queue has accepted one with the same deduplication id less than 5 minutes ago. */
  | { readonly kind: 'deduplicated' }
  /** It was not taken and will never be. */
  | { readonly kind: 'refused'; readonly because: string }
  /** It was not taken this time, or (`perhapsSent`) the connection was lost before the answer. */
  | { readonly kind: 'again'; readonly because: string; readonly perhapsSent?: true };

/** A record as its target takes it. */
export interface Parcel {
  /** Parcels of one lane arrive in the order in which they are handed in; undefined: in any order. */
  readonly lane: string | undefined;
  /** What it counts towards the bytes of a batch. */
  readonly bytes: number;
}

/** Which record it is, counted from 1, in which round of the fixture. */
export interface Place {
  readonly number: number;
  readonly round: number;
}

export interface BatchLimit {
  readonly records: number;
  /** One record may be larger. */
  readonly bytes: number;
  /** A batch holds one record of each lane at most: of two, the first may fail while the second is taken. */
  readonly oncePerLane?: boolean;
}

export interface SendTarget<P extends Parcel = Parcel> {
  /** As what the fixture is read. */
  readonly kind: SourceKind;
  readonly name: string;
  /** Where it is, for people. */
  readonly place: string;
  readonly batch: BatchLimit;
  /** To send a record again does no harm: it knows what it has. */
  readonly knowsRepetitions: boolean;
  /** Open shards of a stream, by which records without times are paced. */
  readonly shards?: number;
  /** Of a topic. */
  readonly partitions?: number;
  parcel(payload: ArrivalPayload, place: Place): P;
  /** Sends one batch; answers in its order. @throws {SendFailed} */
  send(parcels: readonly P[]): Promise<readonly Sent[]>;
  close(): void | Promise<void>;
}

/** A batch was not answered. */
export class SendFailed extends Error {
  readonly code = 'SEND_FAILED';
  /** It may have been taken: the connection was lost before it was answered. */
  readonly perhapsSent: boolean;
  /** It may work another time. */
  readonly passes: boolean;

  constructor(
    message: string,
    how: { readonly perhapsSent: boolean; readonly passes: boolean; readonly cause: unknown },
  ) {
    super(message, { cause: how.cause });
    this.name = 'SendFailed';
    this.perhapsSent = how.perhapsSent;
    this.passes = how.passes;
  }
}

/** What people call a target of a kind, and what it holds. */
export function wordsOf(kind: SourceKind): {
  readonly target: 'queue' | 'stream' | 'topic';
  readonly record: 'message' | 'record';
} {
  if (kind === 'sqs' || kind === 'sqs-fifo') return { target: 'queue', record: 'message' };
  return { target: kind === 'kinesis' || kind === 'dynamodb' ? 'stream' : 'topic', record: 'record' };
}
