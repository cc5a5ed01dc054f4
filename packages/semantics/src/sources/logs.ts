/**
 * Logs: what a shard or a partition holds, in order of arrival. A record keeps its index for good; the oldest leave by
 * retention or because nobody can read them any more.
 *
 * 1. heldFrom ≤ firstIndex ≤ endIndex. Records from firstIndex on can be read. Those between heldFrom and firstIndex
 *    have expired and wait to be asked for; what is before heldFrom is no longer in memory.
 * 2. Times of arrival never go down within a log.
 * 3. Reading, appending and expiring cost what they touch, however many records and logs there are.
 */
import type { Millis } from '../vocabulary.ts';
import { createHeap, type LazyHeap, peekHeap, pushHeap, removeTop } from './lazyHeap.ts';
import type { Placed } from './records.ts';

export interface Log<T> {
  /** Number of its shard or partition. */
  readonly ordinal: number;
  /**
   * Rings with room for a power of two: what has an index stands at that index modulo the room, and what leaves makes
   * place where it stood. Two arrays instead of an object for each record: logs hold most of what there is.
   */
  items: (T | undefined)[];
  arrivals: Millis[];
  heldFrom: number;
  /** The oldest index that can be read: the trim horizon, the log start offset. */
  firstIndex: number;
  /** The index that the next record will get. */
  endIndex: number;
}

export interface LogSet<T> {
  retentionMs: Millis;
  logs: Log<T>[];
  /** Logs by the arrival of the oldest record they hold. */
  byAge: LazyHeap<Log<T>>;
}

/** Limits of one read. `sizeOf` is needed only with `maxBytes`; one record is always returned. */
export interface ReadLimit<T> {
  readonly maxRecords: number;
  readonly maxBytes?: number;
  readonly sizeOf?: (record: T) => number;
}

/** What one read takes: what lies between those that were missed and the next index. */
export interface LogSpan {
  /** From where to read next. */
  readonly nextIndex: number;
  /** How many records before the first readable one the reader has missed: retention overtook it. */
  readonly missed: number;
}

export interface LogRead<T> extends LogSpan {
  readonly records: readonly Placed<T>[];
}

/** Records that retention removed from one log. */
export interface ExpiredRecords<T> {
  readonly ordinal: number;
  readonly records: readonly Placed<T>[];
}

export function createLogSet<T>(retentionMs: Millis): LogSet<T> {
  return { retentionMs, logs: [], byAge: createHeap() };
}

export function addLog<T>(set: LogSet<T>): Log<T> {
  const { length: ordinal } = set.logs;
  const log: Log<T> = { ordinal, items: [], arrivals: [], heldFrom: 0, firstIndex: 0, endIndex: 0 };
  set.logs.push(log);
  return log;
}

/** Appends a record. Returns its index. */
export function appendToLog<T>(set: LogSet<T>, log: Log<T>, record: T, nowMs: Millis): number {
  if (log.endIndex - log.heldFrom === log.items.length) resize(log, Math.max(SMALLEST, log.items.length * 2));
  const index = log.endIndex++;
  const place = index & (log.items.length - 1);
  log.items[place] = record;
  log.arrivals[place] = nowMs;
  if (index === log.heldFrom) noteOldest(set, log);
  return index;
}

const SMALLEST = 16;

/** A ring that was larger is made smaller once little is left in it. */
const KEPT = 1024;

/** Other room: everything finds its place anew. */
function resize<T>(log: Log<T>, room: number): void {
  const items = new Array<T | undefined>(room).fill(undefined);
  const arrivals = new Array<Millis>(room).fill(0);
  for (let index = log.heldFrom; index < log.endIndex; index++) {
    items[index & (room - 1)] = recordAt(log, index);
    arrivals[index & (room - 1)] = arrivalAt(log, index)!;
  }
  log.items = items;
  log.arrivals = arrivals;
}

/** Where a read from an index on ends; a reader that retention has overtaken goes on at the oldest record. */
export function spanOf<T>(set: LogSet<T>, log: Log<T>, fromIndex: number, limit: ReadLimit<T>, nowMs: Millis): LogSpan {
  trim(log, set.retentionMs, nowMs);
  const start = Math.max(fromIndex, log.firstIndex);
  const end = Math.max(start, Math.min(start + limit.maxRecords, log.endIndex));
  return { nextIndex: cutToBytes(log, start, end, limit), missed: start - fromIndex };
}

/** Reads what `spanOf` says. */
export function readLog<T>(
  set: LogSet<T>,
  log: Log<T>,
  fromIndex: number,
  limit: ReadLimit<T>,
  nowMs: Millis,
): LogRead<T> {
  const { nextIndex, missed } = spanOf(set, log, fromIndex, limit, nowMs);
  return { records: placedBetween(log, fromIndex + missed, nextIndex), nextIndex, missed };
}

/** The index of the first record at or after a time; the end when there is none yet. */
export function indexAtTime<T>(set: LogSet<T>, log: Log<T>, timeMs: Millis, nowMs: Millis): number {
  trim(log, set.retentionMs, nowMs);
  let low = log.firstIndex;
  let high = log.endIndex;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (arrivalAt(log, middle)! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The oldest index that can be read now. */
export function firstIndexOf<T>(set: LogSet<T>, log: Log<T>, nowMs: Millis): number {
  trim(log, set.retentionMs, nowMs);
  return log.firstIndex;
}

/** A record that is still held, by its index. */
export function recordAt<T>(log: Log<T>, index: number): T | undefined {
  return isHeld(log, index) ? log.items[index & (log.items.length - 1)] : undefined;
}

/** The same, with its place. */
export function placedAt<T>(log: Log<T>, index: number): Placed<T> | undefined {
  const record = recordAt(log, index);
  return record === undefined ? undefined : { index, arrivalMs: arrivalAt(log, index)!, record };
}

/** When the record at an index arrived; undefined while there is none. */
export function arrivalAt<T>(log: Log<T>, index: number): Millis | undefined {
  return isHeld(log, index) ? log.arrivals[index & (log.items.length - 1)] : undefined;
}

function isHeld<T>(log: Log<T>, index: number): boolean {
  return index >= log.heldFrom && index < log.endIndex;
}

/** The records that a span names. */
export function placedBetween<T>(log: Log<T>, fromIndex: number, toIndex: number): Placed<T>[] {
  const records: Placed<T>[] = [];
  for (let index = fromIndex; index < toIndex; index++) records.push(placedAt(log, index)!);
  return records;
}

/** Gives back the memory of records before an index, without counting them as expired: nobody can read them any more. */
export function forgetLog<T>(set: LogSet<T>, log: Log<T>, beforeIndex: number): void {
  const heldFrom = Math.min(beforeIndex, log.endIndex);
  if (heldFrom <= log.heldFrom) return;
  release(set, log, heldFrom);
  log.firstIndex = Math.max(log.firstIndex, heldFrom);
}

/** What retention has removed from all logs since the last call, oldest log first. */
export function expireLogs<T>(set: LogSet<T>, nowMs: Millis): ExpiredRecords<T>[] {
  const expired: ExpiredRecords<T>[] = [];
  for (;;) {
    const log = peekHeap(set.byAge, isOldest);
    if (!log || oldestArrival(log)! + set.retentionMs > nowMs) return expired;
    removeTop(set.byAge);
    trim(log, set.retentionMs, nowMs);
    expired.push({ ordinal: log.ordinal, records: placedBetween(log, log.heldFrom, log.firstIndex) });
    release(set, log, log.firstIndex);
  }
}

/** When retention will next remove a record. */
export function nextLogExpiryAt<T>(set: LogSet<T>): Millis | undefined {
  const log = peekHeap(set.byAge, isOldest);
  return log && oldestArrival(log)! + set.retentionMs;
}

function trim<T>(log: Log<T>, retentionMs: Millis, nowMs: Millis): void {
  while (log.firstIndex < log.endIndex && arrivalAt(log, log.firstIndex)! + retentionMs <= nowMs) {
    log.firstIndex++;
  }
}

function release<T>(set: LogSet<T>, log: Log<T>, heldFrom: number): void {
  const last = log.items.length - 1;
  for (let index = log.heldFrom; index < heldFrom; index++) log.items[index & last] = undefined;
  log.heldFrom = heldFrom;
  if (last >= KEPT && (log.endIndex - heldFrom) * 4 <= last) resize(log, (last + 1) / 2);
  noteOldest(set, log);
}

function noteOldest<T>(set: LogSet<T>, log: Log<T>): void {
  const arrivalMs = oldestArrival(log);
  if (arrivalMs !== undefined) pushHeap(set.byAge, arrivalMs, log, isOldest, set.logs.length);
}

function oldestArrival<T>(log: Log<T>): Millis | undefined {
  return arrivalAt(log, log.heldFrom);
}

function isOldest<T>(log: Log<T>, key: number): boolean {
  return oldestArrival(log) === key;
}

function cutToBytes<T>(log: Log<T>, start: number, end: number, { maxBytes, sizeOf }: ReadLimit<T>): number {
  if (maxBytes === undefined || !sizeOf) return end;
  let bytes = 0;
  for (let index = start; index < end; index++) {
    bytes += sizeOf(recordAt(log, index)!);
    if (bytes > maxBytes && index > start) return index;
  }
  return end;
}
