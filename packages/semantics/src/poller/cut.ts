/**
 * Cuts batches: the first of a full batch, a full event, the end of the batch window (or, without one, at once).
 * A batch is cut from lanes that are free, oldest record first, and holds them until it is settled.
 */
import type { RuleId } from '../rules/index.ts';
import type { ClosedBy, Millis } from '../vocabulary.ts';
import { startBatch } from './attempt.ts';
import { isKafka, isSharded, REQUEST_LIMIT_BYTES } from './config.ts';
import { at } from './deque.ts';
import { dequeue, oldestLane, putBack } from './lanes.ts';
import type { Out } from './out.ts';
import { eventBytes, positionsOf, stateBytes } from './pieces.ts';
import { type Cutter, cutterOf, type Entry, type Lane, laneOf, type Piece, type PollerState } from './state.ts';
import { forgetDue, wakeCutter } from './wake.ts';
import { nextInWindow } from './window.ts';

/** Why the waiting records are a batch now. */
interface Closure {
  readonly closedBy: ClosedBy;
  readonly rule: RuleId;
}

const FULL: Closure = { closedBy: 'size', rule: 'batch.closes-when-full' };
const PAYLOAD: Closure = { closedBy: 'payload', rule: 'batch.closes-at-the-payload-limit' };
const AVAILABLE: Closure = { closedBy: 'available', rule: 'batch.closes-at-once-without-window' };
const ENDED: Closure = { closedBy: 'available', rule: 'batch.closes-at-the-end-of-a-shard' };
const ELAPSED: Closure = { closedBy: 'window', rule: 'batch.closes-when-its-window-ends' };
const WINDOW_END: Closure = { closedBy: 'window-end', rule: 'window.batch-stays-in-its-window' };
const FINAL: Closure = { closedBy: 'window-end', rule: 'window.final-invocation-hands-over-the-state' };
const IDLE: Closure = { closedBy: 'window-end', rule: 'window.idle-window-closes' };
const OVERGROWN: Closure = { closedBy: 'window-end', rule: 'window.large-state-ends-it-early' };

/** Starts every batch that the cutter can close now. */
export function cutBatches(state: PollerState, cutterIndex: number, out: Out): void {
  forgetDue(cutterOf(state, cutterIndex));
  while (mayStart(state, cutterIndex, out.now)) {
    const started =
      state.config.tumblingWindowMs > 0
        ? cutInWindow(state, cutterIndex, out)
        : cutReady(state, cutterIndex, out, REQUEST_LIMIT_BYTES);
    if (!started) return;
  }
}

function mayStart(state: PollerState, cutterIndex: number, now: Millis): boolean {
  if (state.phase !== 'open' || state.batches.size >= state.config.concurrency) return false;
  if (now >= state.busyUntilMs) return true;
  if (hasWork(state, cutterIndex)) wakeCutter(state, cutterIndex, state.busyUntilMs);
  return false;
}

function hasWork(state: PollerState, cutterIndex: number): boolean {
  return cutterOf(state, cutterIndex).ready > 0 || state.slots[cutterIndex]?.window !== undefined;
}

function cutReady(state: PollerState, cutterIndex: number, out: Out, limitBytes: number): boolean {
  const cutter = cutterOf(state, cutterIndex);
  const closure = closureOf(state, cutter, cutterIndex, 0, out.now);
  if (!closure) return false;
  const taken = takeBatch(state, cutterIndex, limitBytes, out.now);
  const kept = cutter.ready > 0 && taken.full ? FULL : cutter.ready > 0 && taken.stopped ? PAYLOAD : closure;
  if (cutter.ready > 0) cutter.readySinceMs = out.now;
  begin(state, cutterIndex, taken, kept, out);
  return true;
}

function closureOf(
  state: PollerState,
  cutter: Cutter,
  index: number,
  extraBytes: number,
  now: Millis,
): Closure | undefined {
  const { config } = state;
  if (cutter.ready === 0) return undefined;
  if (cutter.ready >= config.batchSize) return FULL;
  if (config.envelopeBytes - 1 + extraBytes + cutter.readyBytes > REQUEST_LIMIT_BYTES) return PAYLOAD;
  if (config.batchWindowMs === 0) return AVAILABLE;
  if (state.shardEnded) return ENDED;
  const deadline = windowDeadline(cutter, config.batchWindowMs);
  if (now >= deadline) return ELAPSED;
  wakeCutter(state, index, deadline);
  return undefined;
}

/**
 * The batch window begins when the previous batch was finished; where nothing was waiting when it would have ended, it
 * begins with the first record instead: rule `batch.closes-when-its-window-ends`.
 */
export function windowDeadline(cutter: Cutter, windowMs: Millis): Millis {
  const { lastDoneMs, readySinceMs } = cutter;
  if (lastDoneMs !== undefined && readySinceMs <= lastDoneMs + windowMs) return lastDoneMs + windowMs;
  return readySinceMs + windowMs;
}

interface Taken {
  readonly entries: Entry[];
  readonly lanes: Lane[];
  readonly bytes: number;
  /** Full by number of records; or stopped because the next record did not fit. */
  readonly full: boolean;
  readonly stopped: boolean;
}

function takeBatch(state: PollerState, cutterIndex: number, limitBytes: number, now: Millis): Taken {
  if (isSharded(state.config.kind)) return takeFromLane(state, cutterIndex, limitBytes, now);
  return takeFromLanes(state, limitBytes, now);
}

function takeFromLane(state: PollerState, cutterIndex: number, limitBytes: number, now: Millis): Taken {
  const lane = state.lanes.get(String(cutterIndex)) as Lane;
  const room = roomIn(
    lane,
    state.config.batchSize,
    state.config.envelopeBytes - 1,
    limitBytes,
    Number.POSITIVE_INFINITY,
  );
  const entries = dequeue(state, lane, room.count, now);
  return {
    entries,
    lanes: [lane],
    bytes: room.bytes,
    full: room.count === state.config.batchSize,
    stopped: room.stopped,
  };
}

function takeFromLanes(state: PollerState, limitBytes: number, now: Millis): Taken {
  const entries: Entry[] = [];
  const lanes = new Set<Lane>();
  let bytes = state.config.envelopeBytes - 1;
  let stopped = false;
  while (entries.length < state.config.batchSize && !stopped) {
    const next = oldestLane(state);
    if (!next) break;
    const keyBytes = lanes.has(next.lane) ? 0 : next.lane.keyBytes;
    const room = roomIn(
      next.lane,
      state.config.batchSize - entries.length,
      bytes + keyBytes,
      limitBytes,
      next.until,
      entries.length > 0,
    );
    stopped = room.stopped;
    if (room.count === 0) {
      putBack(state, next.lane);
      break;
    }
    lanes.add(next.lane);
    bytes = room.bytes;
    for (const entry of dequeue(state, next.lane, room.count, now)) entries.push(entry);
  }
  if (isKafka(state.config.kind) && lanes.size > 1) entries.sort((a, b) => byPartition(state, a, b));
  return { entries, lanes: [...lanes], bytes, full: entries.length === state.config.batchSize, stopped };
}

/** A batch of several partitions stands in the order of partition and offset. */
function byPartition(state: PollerState, a: Entry, b: Entry): number {
  return laneOf(state, a.lane).ordinal - laneOf(state, b.lane).ordinal || a.seq - b.seq;
}

interface Room {
  readonly count: number;
  readonly bytes: number;
  readonly stopped: boolean;
}

/** How many entries from the front of a lane fit; the first one of a batch always does. */
function roomIn(
  lane: Lane,
  maxCount: number,
  startBytes: number,
  limitBytes: number,
  untilSeq: number,
  begun = false,
): Room {
  let bytes = startBytes;
  let count = 0;
  while (count < maxCount) {
    const entry = at(lane.queue, count);
    if (!entry || entry.seq > untilSeq) break;
    const next = bytes + entry.encodedBytes + 1;
    if (next > limitBytes && (count > 0 || begun)) return { count, bytes, stopped: true };
    bytes = next;
    count += 1;
  }
  return { count, bytes, stopped: false };
}

function cutInWindow(state: PollerState, cutterIndex: number, out: Out): boolean {
  const lane = state.lanes.get(String(cutterIndex)) as Lane;
  if (lane.busy) return false;
  const next = nextInWindow(state, lane, out.now);
  switch (next.cut) {
    case 'nothing':
      return false;
    case 'wait':
      wakeCutter(state, cutterIndex, next.untilMs);
      return false;
    case 'final':
      begin(state, cutterIndex, emptyTaken(state, lane), next.idle ? IDLE : FINAL, out);
      return true;
    case 'overgrown':
      begin(state, cutterIndex, emptyTaken(state, lane), OVERGROWN, out);
      return true;
    case 'records':
      return cutWindowRecords(state, cutterIndex, lane, next.count, next.complete, out);
  }
}

function cutWindowRecords(
  state: PollerState,
  cutterIndex: number,
  lane: Lane,
  count: number,
  complete: boolean,
  out: Out,
): boolean {
  const extraBytes = stateBytes(state, lane.key);
  const closure = closureOf(state, cutterOf(state, cutterIndex), cutterIndex, extraBytes, out.now);
  const full = count >= state.config.batchSize;
  if (!complete && !full && !closure) return false;
  const startBytes = state.config.envelopeBytes - 1 + extraBytes;
  const room = roomIn(lane, count, startBytes, REQUEST_LIMIT_BYTES, Number.POSITIVE_INFINITY);
  const entries = dequeue(state, lane, room.count, out.now);
  const kept = room.stopped ? PAYLOAD : full ? FULL : complete ? WINDOW_END : (closure ?? AVAILABLE);
  begin(state, cutterIndex, { entries, lanes: [lane], bytes: room.bytes, full, stopped: room.stopped }, kept, out);
  return true;
}

function emptyTaken(state: PollerState, lane: Lane): Taken {
  return { entries: [], lanes: [lane], bytes: eventBytes(state, lane.key, []), full: false, stopped: false };
}

function begin(state: PollerState, cutterIndex: number, taken: Taken, closure: Closure, out: Out): void {
  const piece: Piece = {
    entries: taken.entries,
    positions: positionsOf(taken.entries),
    bytes: taken.bytes,
    closedBy: closure.closedBy,
    rule: closure.rule,
    ordinal: 1,
    spent: 0,
    ran: 0,
    waits: 0,
    notBefore: out.now,
    final: closure === FINAL || closure === IDLE,
    terminatedEarly: closure === OVERGROWN,
  };
  startBatch(state, cutterIndex, taken.lanes, [piece], out);
}
