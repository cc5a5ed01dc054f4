/**
 * A poller's state: plain data that only `stepPoller` changes.
 *
 * 1. A lane is busy from the cut of its batch until that batch is settled; a busy lane gives nothing to another batch.
 *    The one lane of a standard queue is never busy: its messages have no order.
 * 2. An entry stands in exactly one place: its lane's queue, a piece of a batch in progress, or nowhere (finished).
 * 3. A ledger holds the entries of a shard or a partition in the order of the source, from the first unfinished one on:
 *    what was read and not passed.
 */
import type { RuleId } from '../rules/index.ts';
import { createHeap, type LazyHeap } from '../sources/lazyHeap.ts';
import type { ClosedBy, Millis, PolledRecord, Position } from '../vocabulary.ts';
import { isKafka, isQueue, isSharded, type PollerConfig } from './config.ts';
import { type Deque, deque } from './deque.ts';
import { type DueTable, dueTable } from './due.ts';
import type { DiscardOrder, PieceSave } from './facts.ts';

/** A record inside the poller: what it needs of a polled record, without the view that only filters look at. */
export type Entry = Omit<PolledRecord, 'view'>;

export interface Lane {
  readonly key: string;
  /** The order in which lanes came to be; of partitions, their order. */
  readonly ordinal: number;
  readonly cutter: number;
  /** Bytes that the lane's first entry adds to an event besides itself (Kafka's partition key). */
  readonly keyBytes: number;
  /** Where its entries stand in the order of the source; undefined where there is none. */
  readonly ledger: Ledger | undefined;
  readonly queue: Deque<Entry>;
  queueBytes: number;
  busy: boolean;
  /** The batch that holds it; 0: none, or none yet. */
  batch: number;
  window: OpenWindow | undefined;
  /** Kafka: the source has removed everything before this position. */
  removedBefore?: Position;
}

/** A tumbling window that has begun. */
export interface OpenWindow {
  readonly startMs: Millis;
  readonly endMs: Millis;
  state: unknown;
  /** Bytes of the state as JSON; an empty one has 2. */
  stateBytes: number;
  /** When a record of it was last read, and the arrival of the newest one. */
  lastReadMs: Millis;
  lastArrivalMs: Millis;
  /** The state outgrew its limit: the next invocation says so, and the window goes on with an empty state. */
  overgrown: boolean;
}

/** Closes batches over its lanes: one per shard lane; one for all partitions; one for a polling slot. */
export interface Cutter {
  /** Entries and bytes in lanes that are free. */
  ready: number;
  readyBytes: number;
  /** When the oldest of the ready entries became ready. */
  readySinceMs: Millis;
  /** When the previous batch was finished. */
  lastDoneMs: Millis | undefined;
  /** When to look at it again, and for when that stands in the due table, at the earliest; Infinity: never. */
  dueMs: Millis;
  scheduledMs: Millis;
}

/** What is left of a batch, in one part: the unit of an attempt. */
export interface Piece {
  readonly entries: readonly Entry[];
  /** Those of the entries: every order about the piece names them. */
  readonly positions: readonly Position[];
  /** Size of the event they make. */
  readonly bytes: number;
  readonly closedBy: ClosedBy;
  /** Why it was closed. */
  readonly rule: RuleId;
  readonly ordinal: number;
  readonly spent: number;
  readonly ran: number;
  readonly waits: number;
  readonly notBefore: Millis;
  /** Invocations without records: the end of a tumbling window, or its state grew too large. */
  readonly final: boolean;
  readonly terminatedEarly: boolean;
}

export interface Batch {
  readonly id: number;
  readonly cutter: number;
  readonly lanes: readonly string[];
  /** Pieces still to be attempted, the next one first. */
  work: Piece[];
  /** What the batch waits for. */
  phase: 'saving' | 'waiting' | 'invoked' | 'settling';
  /** Whether `work` stands durably as it is. */
  saved: boolean;
  /** While settling: discards and deletions on their way, by order id, with the entries that each will finish. */
  readonly settling: Map<number, Settling>;
  /** SQS: when its messages become visible again. */
  readonly visibleAtMs: Millis | undefined;
  /** When to go on, while it waits. */
  due: Millis | undefined;
}

/** A discard or a deletion that has been ordered and not been answered. */
export interface Settling {
  readonly entries: readonly Entry[];
  readonly order: DiscardOrder | undefined;
  /** The outbox could not take it: when it is ordered again. */
  againMs?: Millis;
}

export interface Ledger {
  readonly lane: string;
  readonly entries: Deque<Entry>;
  checkpoint: Position | undefined;
}

export interface PollerState {
  config: PollerConfig;
  phase: 'new' | 'open' | 'draining' | 'closed';
  nextId: number;
  nextSeq: number;
  readonly lanes: Map<string, Lane>;
  /** The lanes of a shard, by slot. */
  readonly slots: Lane[];
  readonly cutters: Cutter[];
  readonly batches: Map<number, Batch>;
  readonly ledgers: Map<string, Ledger>;
  readonly due: DueTable;
  /** Batches waiting for an order's answer, by that order's id. */
  readonly awaited: Map<number, number>;
  /** Saves that were ordered and not answered. */
  readonly saving: Set<number>;
  /** Free lanes of partitions or groups by the seq of their first entry. */
  readonly heads: LazyHeap<Lane>;
  /** How many lanes there have been. */
  lanesMade: number;
  /** Entries read and not finished, and their bytes; and those of them that stand in the queue of a lane. */
  held: number;
  heldBytes: number;
  queued: number;
  /** The fetch that is on its way. */
  fetch: { readonly id: number } | undefined;
  /** Kafka: partitions that the fetch leaves out. */
  readonly paused: Set<string>;
  /** A paused partition has room again. */
  relieved: boolean;
  lastFetchMs: Millis | undefined;
  /** When the fetch that was answered last was made. */
  lastAskedMs: Millis | undefined;
  /** Provisioned SQS pollers: when the rate limits allow the next receive. */
  nextReceiveMs: Millis;
  shardEnded: boolean;
  allowance: number;
  busyUntilMs: Millis;
  /** SQS: when the messages now in the buffer become visible again (the earliest). */
  visibleAtMs: Millis | undefined;
  resume: Resume | undefined;
}

/** What was saved and has not been read again yet: records finished ahead of the checkpoint, and cuts by lane. */
export interface Resume {
  readonly ahead: Set<Position>;
  readonly cuts: Map<string, ResumedCut>;
}

/** A saved cut on its way to be put together again. */
export interface ResumedCut {
  readonly lanes: readonly string[];
  readonly work: readonly PieceSave[];
  readonly wanted: Map<Position, Entry | undefined>;
  missing: number;
  /** A shard: once this one is met, what is still missing will never come. */
  readonly last: Position | undefined;
}

export function createPoller(config: PollerConfig): PollerState {
  return {
    config,
    phase: 'new',
    nextId: 1,
    nextSeq: 0,
    lanes: new Map(),
    slots: [],
    cutters: [],
    batches: new Map(),
    ledgers: new Map(),
    due: dueTable(),
    awaited: new Map(),
    saving: new Set(),
    heads: createHeap(),
    lanesMade: 0,
    paused: new Set(),
    relieved: false,
    held: 0,
    heldBytes: 0,
    queued: 0,
    fetch: undefined,
    lastFetchMs: undefined,
    lastAskedMs: undefined,
    nextReceiveMs: Number.NEGATIVE_INFINITY,
    shardEnded: false,
    allowance: Number.POSITIVE_INFINITY,
    busyUntilMs: Number.NEGATIVE_INFINITY,
    visibleAtMs: undefined,
    resume: undefined,
  };
}

export function addCutter(state: PollerState): number {
  const never = Number.POSITIVE_INFINITY;
  const cutter: Cutter = {
    ready: 0,
    readyBytes: 0,
    readySinceMs: 0,
    lastDoneMs: undefined,
    dueMs: never,
    scheduledMs: never,
  };
  return state.cutters.push(cutter) - 1;
}

export function addLane(state: PollerState, key: string, cutter: number, keyBytes = 0): Lane {
  const ordinal = state.lanesMade;
  const lane: Lane = {
    key,
    ordinal,
    cutter,
    keyBytes,
    ledger: hasPositions(state.config) ? ledgerFor(state, key) : undefined,
    queue: deque(),
    queueBytes: 0,
    busy: false,
    batch: 0,
    window: undefined,
  };
  state.lanesMade += 1;
  state.lanes.set(key, lane);
  return lane;
}

/** The ledger of a lane: its partition's, or the shard's. */
export function ledgerFor(state: PollerState, lane: string): Ledger {
  const key = isSharded(state.config.kind) ? '' : lane;
  const known = state.ledgers.get(key);
  if (known) return known;
  const ledger: Ledger = { lane: key, entries: deque(), checkpoint: undefined };
  state.ledgers.set(key, ledger);
  return ledger;
}

/** A new id, for a batch or an order. */
export function takeId(state: PollerState): number {
  const id = state.nextId;
  state.nextId += 1;
  return id;
}

export function cutterOf(state: PollerState, index: number): Cutter {
  const cutter = state.cutters[index];
  if (!cutter) throw new Error(`poller has no cutter ${index}`);
  return cutter;
}

export function laneOf(state: PollerState, key: string): Lane {
  const lane = state.lanes.get(key);
  if (!lane) throw new Error(`poller has no lane ${key}`);
  return lane;
}

/** The lanes a batch names in orders: none for a standard queue. */
export function laneNames(config: PollerConfig, lanes: readonly string[]): readonly string[] {
  return config.kind === 'sqs' ? [] : lanes;
}

/** Whether records of this source stay where they are, so that a position can be checkpointed. */
export function hasPositions(config: PollerConfig): boolean {
  return isSharded(config.kind) || isKafka(config.kind);
}

/** Whether a lane can be held by one batch at a time; a standard queue has no order to keep. */
export function keepsOrder(config: PollerConfig): boolean {
  return config.kind !== 'sqs';
}

/** Whether messages are deleted one by one instead of moving a checkpoint. */
export function acknowledges(config: PollerConfig): boolean {
  return isQueue(config.kind);
}
