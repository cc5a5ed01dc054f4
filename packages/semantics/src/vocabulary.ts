/**
 * The words that every rule, driver and adapter of Millrace shares: facts in the past tense go into a step, orders in
 * the imperative come out of it. All of it is plain data. Times are milliseconds since the epoch, sizes are bytes;
 * units stand last in names.
 */
import type { RuleId } from './rules/index.ts';

/** Milliseconds: an instant since the epoch, or a duration, as the name says. */
export type Millis = number;

/** The six kinds of source this core has rules for. */
export type SourceKind = 'sqs' | 'sqs-fifo' | 'kinesis' | 'dynamodb' | 'msk' | 'self-managed-kafka';

/**
 * Where a record stands in its source: a sequence number, an offset, a receipt handle. The core only ever compares
 * positions for equality; their order is the order in which they were fetched.
 */
export type Position = string | number;

/** Why a batch was closed, and so why it is invoked now. */
export type ClosedBy = 'size' | 'window' | 'payload' | 'available' | 'retry' | 'split' | 'rest' | 'window-end';

/**
 * What an attempt came to, as far as the poller can know. `rule` says by which rule the answer was read so, for the
 * trace. `windowState` is what a tumbling window's next invocation gets, `windowStateBytes` its length as JSON, which
 * decides whether the window is terminated early; both are absent outside of windows and after a final invocation.
 */
export type Outcome =
  | {
      readonly kind: 'success';
      readonly rule?: RuleId;
      readonly windowState?: unknown;
      readonly windowStateBytes?: number;
    }
  /** The function answered with batchItemFailures; `failed` are indexes into the batch, ascending, never empty. */
  | {
      readonly kind: 'partial';
      readonly rule?: RuleId;
      readonly failed: readonly number[];
      readonly windowState?: unknown;
      readonly windowStateBytes?: number;
    }
  /** The answer cannot be used (ReportBatchItemFailures, or a window without state); counts as a complete failure. */
  | { readonly kind: 'invalid-response'; readonly rule: RuleId; readonly reason: string }
  /** `errorMessage` is for people: nothing is decided by it. */
  | { readonly kind: 'error'; readonly rule?: RuleId; readonly errorType: string; readonly errorMessage?: string }
  | { readonly kind: 'timeout'; readonly rule?: RuleId }
  /** The function did not run: refused with 429, or not reached at all (5xx, missing, access denied). */
  | { readonly kind: 'throttled'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** Nobody knows whether it ran: the process that ran it, or the poller that waited for it, is gone. */
  | { readonly kind: 'lost' };

/** Why a batch was given up, in AWS's words. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

/**
 * One record as a source hands it to a poller. It is the poller's from then on, which marks it while it is held: a copy
 * of every record would be the largest cost of a run.
 */
export interface PolledRecord {
  readonly position: Position;
  /** Unit of order: partition key, item key, message group or topic-partition; '' for a standard queue. */
  readonly lane: string;
  /** When the record arrived at its source. */
  readonly arrivalMs: Millis;
  /** UTF-8 bytes of the record's entry in the event, from aws-shapes; without separators. */
  readonly encodedBytes: number;
  /**
   * The poller's marks: its place in the order of fetching, and whether it is finished. A source gives 0 and false. Nobody
   * asks for the view of a finished record: its source may let go of the body.
   */
  seq: number;
  finished: boolean;
  /** The record as filters see it. Called only when the mapping has filters. */
  view(): FilterView;
}

/** A record as a filter pattern sees it: the event's entry, with the source's data key decoded (semantics §7.2). */
export interface FilterView {
  /** The entry as it will stand in the event, without its data key where `data` stands in for it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The decoded data, by data key: body, data, dynamodb, value (and key). Text is JSON text where `json` is true. */
  readonly data: Readonly<Record<string, DecodedData>>;
}

/** Decoded data: JSON text, other UTF-8 text, bytes that are no UTF-8, or nothing. */
export type DecodedData =
  | { readonly format: 'json'; readonly text: string }
  | { readonly format: 'plain'; readonly text: string }
  | { readonly format: 'binary' }
  | { readonly format: 'absent' };
