/**
 * What a poller is told (facts, past tense) and what it tells the world to do (orders, imperative). Orders of one step
 * may be carried out in any order; whatever must come after is ordered in the step of the answering fact. An answer
 * repeats its order's id; a fact with an unknown id, or one that comes twice, changes nothing.
 */

import type { RuleId } from '../rules/index.ts';
import type { RuleData } from '../rules/rule.ts';
import type { ClosedBy, DiscardCondition, Millis, Outcome, PolledRecord, Position } from '../vocabulary.ts';
import type { PollerConfig } from './config.ts';

export type PollerFact =
  /** A poller starts, or starts again after a crash, a pause or a rebalance, from what was saved. */
  | {
      readonly what: 'opened';
      readonly partitions?: readonly PartitionStart[];
      readonly saved?: SavedPoller;
      /** Nothing may be invoked before: an attempt of a former owner may still be running until then. */
      readonly busyUntilMs?: Millis;
    }
  | { readonly what: 'configured'; readonly config: PollerConfig }
  | {
      readonly what: 'fetched';
      readonly id: number;
      readonly records: readonly PolledRecord[];
      /** SQS only: when these messages become visible again. */
      readonly visibleAtMs?: Millis | undefined;
      /** When the source was asked, where its answer took time: the next poll of a shard is counted from then. */
      readonly askedMs?: Millis | undefined;
      /** Records that the source's retention had removed before this fetch came to them, where it can name them. */
      readonly trimmed?: readonly Position[];
    }
  /** Kafka: a partition begins here now. What was before is gone, also where it is held: its retries end. */
  | { readonly what: 'removed'; readonly lane: string; readonly before: Position }
  | { readonly what: 'fetchFailed'; readonly id: number; readonly reason: 'throttled' | 'gone' }
  /** The shard is closed and everything in it has been fetched. */
  | { readonly what: 'endOfShard' }
  | { readonly what: 'settled'; readonly id: number; readonly outcome: Outcome }
  | { readonly what: 'saved'; readonly id: number }
  | { readonly what: 'saveRefused'; readonly id: number }
  | { readonly what: 'acknowledged'; readonly id: number; readonly failed: readonly Position[] }
  /** The outbox has taken the discarded batch, or could not. */
  | { readonly what: 'discarded'; readonly id: number; readonly accepted: boolean }
  /** How many batches this poller may have in progress; 0 pauses it. */
  | { readonly what: 'allowanceChanged'; readonly batches: number }
  /** Asked to stop: finish what runs, start nothing new, answer with the order `closed`. */
  | { readonly what: 'drainRequested' }
  /** Somebody else owns the source's records now: drop everything. */
  | { readonly what: 'deposed' }
  | { readonly what: 'woke' };

/** A Kafka partition that was assigned to the poller. */
export interface PartitionStart {
  readonly lane: string;
  /** Bytes that the partition's key adds to an event, brackets and separators included. */
  readonly keyBytes: number;
}

export type PollerOrder =
  | FetchOrder
  | { readonly do: 'withdraw'; readonly id: number }
  | InvokeOrder
  | { readonly do: 'abandon'; readonly id: number; readonly rule: RuleId }
  | SaveOrder
  | {
      readonly do: 'acknowledge';
      readonly id: number;
      readonly rule: RuleId;
      readonly positions: readonly Position[];
      readonly why: 'succeeded' | 'filtered';
    }
  | { readonly do: 'release'; readonly rule: RuleId; readonly positions: readonly Position[] }
  | DiscardOrder
  | NoteOrder
  /** Nothing is in progress any more: drained, deposed, or (`ended`) the shard is finished. */
  | { readonly do: 'closed'; readonly ended: boolean };

export interface FetchOrder {
  readonly do: 'fetch';
  readonly id: number;
  readonly maxRecords: number;
  /** Kafka only: partitions that are paused, because enough of them is held already. */
  readonly except?: readonly string[] | undefined;
  /** Not before this time; while there is nothing, again every `everyMs` (0: as soon as there is something). */
  readonly notBefore: Millis;
  readonly everyMs: Millis;
  /** Answer with nothing at this time; without it, wait for as long as it takes. */
  readonly untilMs?: Millis | undefined;
  /** SQS only: the visibility timeout to receive with; without it, the queue's own. */
  readonly visibilityMs?: Millis | undefined;
  readonly rule: RuleId;
}

export interface InvokeOrder {
  readonly do: 'invoke';
  readonly id: number;
  readonly rule: RuleId;
  readonly batch: number;
  /** Lanes the batch holds: shard slots, message groups, topic-partitions; empty for a standard queue. */
  readonly lanes: readonly string[];
  readonly positions: readonly Position[];
  readonly closedBy: ClosedBy;
  /** 1 for the first attempt, counted as the retry budget counts. */
  readonly attempt: number;
  /** Counts every invocation ordered for these exact positions, throttled ones included. */
  readonly ordinal: number;
  readonly bytes: number;
  /** SQS only: a worker that comes later must not run it; and when its messages become visible again. */
  readonly startBy?: Millis | undefined;
  readonly visibleAtMs?: Millis | undefined;
  readonly window?: WindowCall | undefined;
}

/** The tumbling window of an invocation. */
export interface WindowCall {
  readonly startMs: Millis;
  readonly endMs: Millis;
  readonly state: unknown;
  readonly final: boolean;
  readonly terminatedEarly: boolean;
}

/** What must be durable before a cut is invoked, or after a verdict. Never bodies. */
export interface SaveOrder {
  readonly do: 'save';
  readonly id: number;
  readonly rule: RuleId;
  readonly ledgers: readonly LedgerSave[];
  readonly lanes: readonly LaneSave[];
}

/** How far a shard ('' as lane) or a partition is finished. */
export interface LedgerSave {
  readonly lane: string;
  /** The last position of the unbroken run of finished records. Absent: none yet. */
  readonly checkpoint?: Position;
  /** Finished since the last save, but behind an unfinished record. Whoever keeps them drops what the checkpoint passes. */
  readonly completed: readonly Position[];
}

/** The batch in progress of a lane, exactly as it was cut. No work: the lane is idle. */
export interface LaneSave {
  readonly lane: string;
  readonly work: readonly PieceSave[];
  readonly window?: WindowSave | undefined;
}

export interface PieceSave {
  readonly lanes: readonly string[];
  readonly positions: readonly Position[];
  readonly closedBy: ClosedBy;
  readonly rule: RuleId;
  readonly ordinal: number;
  readonly spent: number;
  readonly ran: number;
  readonly waits: number;
  readonly notBefore: Millis;
  readonly final: boolean;
  readonly terminatedEarly: boolean;
}

export interface WindowSave {
  readonly startMs: Millis;
  readonly endMs: Millis;
  readonly state: unknown;
  readonly stateBytes: number;
  readonly overgrown: boolean;
  readonly lastArrivalMs: Millis;
}

/** What a poller is opened with: the sum of all its saves. */
export interface SavedPoller {
  readonly parallelizationFactor: number;
  readonly ahead: readonly Position[];
  readonly lanes: readonly LaneSave[];
}

export interface DiscardOrder {
  readonly do: 'discard';
  readonly id: number;
  readonly rule: RuleId;
  readonly batch: number;
  readonly lanes: readonly string[];
  readonly positions: readonly Position[];
  readonly condition: DiscardCondition;
  readonly approximateInvokeCount: number;
  /** The source's retention took them, not a limit of the mapping: they count as expired. */
  readonly expired: boolean;
  readonly window?: WindowCall | undefined;
}

/** Says what was decided, and by which rule, where no other order does. */
export interface NoteOrder {
  readonly do: 'note';
  readonly note: 'filtered' | 'matched' | 'done' | 'retry' | 'split' | 'rest' | 'wait';
  readonly rule: RuleId;
  readonly lanes: readonly string[];
  readonly positions: readonly Position[];
  readonly data: RuleData;
}

/** What one step did: what the world must now do, and when to call again at the latest. */
export interface Step<Order> {
  readonly orders: readonly Order[];
  readonly wakeAt?: Millis;
}
