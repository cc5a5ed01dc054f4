/**
 * A batch in progress: from its cut, through the attempts of its pieces, to the moment at which its lanes are free.
 *
 * 1. Where positions exist, a piece is invoked only after a save that holds its exact positions and ordinal.
 * 2. Records over their age are taken from the front of a piece before every attempt, never in the middle of one.
 * 3. The next piece is attempted only after everything that the verdict on the previous one ordered was answered.
 */
import type { Millis } from '../vocabulary.ts';
import { isKafka, REQUEST_LIMIT_BYTES } from './config.ts';
import { discardAgain, orderDiscard } from './discard.ts';
import { type Expired, expiredPart, removedPart } from './expiry.ts';
import { free, hold } from './lanes.ts';
import { type Out, touchCutter, touchLane } from './out.ts';
import { eventBytes, namedLanes, positionsOf } from './pieces.ts';
import { orderSave, saveParked } from './saving.ts';
import {
  acknowledges,
  type Batch,
  cutterOf,
  hasPositions,
  keepsOrder,
  type Lane,
  type Piece,
  type PollerState,
  takeId,
} from './state.ts';
import { failWithoutInvoking } from './verdict.ts';
import { wakeBatch } from './wake.ts';
import { settleWindow, windowCall } from './window.ts';

/** Holds the lanes for a new batch and sets out to its first attempt. */
export function startBatch(state: PollerState, cutter: number, lanes: readonly Lane[], work: Piece[], out: Out): void {
  const id = takeId(state);
  const batch: Batch = {
    id,
    cutter,
    lanes: lanes.map((lane) => lane.key),
    work,
    phase: 'waiting',
    saved: !hasPositions(state.config),
    settling: new Map(),
    due: undefined,
    visibleAtMs: acknowledges(state.config) ? state.visibleAtMs : undefined,
  };
  if (state.queued === 0) state.visibleAtMs = undefined;
  if (keepsOrder(state.config)) for (const lane of lanes) holdFor(state, lane, id, out.now);
  state.batches.set(id, batch);
  proceed(state, batch, out);
}

function holdFor(state: PollerState, lane: Lane, batch: number, now: Millis): void {
  hold(state, lane, now);
  lane.batch = batch;
}

/** Takes the batch as far as it can go now. */
export function proceed(state: PollerState, batch: Batch, out: Out): void {
  if (batch.settling.size > 0) {
    batch.phase = 'settling';
    return;
  }
  const piece = batch.work[0];
  if (!piece) finishBatch(state, batch, out);
  else if (state.phase !== 'open') park(state, batch, out);
  else if (!batch.saved) orderSave(state, batch, out);
  else if (out.now < notBefore(state, piece)) wait(state, batch, notBefore(state, piece));
  else attempt(state, batch, piece, out);
}

/** The moment has come for which a batch had asked. */
export function goOn(state: PollerState, batch: Batch, out: Out): void {
  if (batch.phase === 'waiting') proceed(state, batch, out);
  else if (batch.phase === 'settling') discardAgain(state, batch, out);
}

function notBefore(state: PollerState, piece: Piece): Millis {
  return Math.max(piece.notBefore, state.busyUntilMs);
}

function wait(state: PollerState, batch: Batch, untilMs: Millis): void {
  batch.phase = 'waiting';
  wakeBatch(state, batch, untilMs);
}

function attempt(state: PollerState, batch: Batch, piece: Piece, out: Out): void {
  const { config, lanes } = state;
  const { window } = lanes.get(batch.lanes[0] ?? '') ?? {};
  const expired = expiredPart(config, piece, window, out.now) ?? removedPart(piece, lanes);
  if (expired) dropExpired(state, batch, piece, expired, out);
  else if (piece.entries.length === 1 && piece.bytes > REQUEST_LIMIT_BYTES) refuseOversized(state, batch, piece, out);
  else invoke(state, batch, piece, out);
}

function dropExpired(state: PollerState, batch: Batch, piece: Piece, expired: Expired, out: Out): void {
  const { dropped, kept, retention, rule } = expired;
  const lane = batch.lanes[0] ?? '';
  batch.work.shift();
  batch.saved = false;
  const given = {
    entries: dropped,
    condition: 'RecordAgeExceeded',
    rule,
    approximateInvokeCount: Math.max(1, piece.ran),
    expired: retention,
  } as const;
  orderDiscard(state, batch, piece, given, out);
  if (kept.length > 0) {
    const left = { entries: kept, positions: positionsOf(kept), bytes: eventBytes(state, lane, kept) };
    batch.work.unshift({ ...piece, ...left });
  } else if (piece.final || piece.terminatedEarly) settleWindow(state.lanes.get(lane), piece, undefined, 0);
  proceed(state, batch, out);
}

/** A record that no event can hold: Kafka's goes to the destination, a shard's fails without being sent. */
function refuseOversized(state: PollerState, batch: Batch, piece: Piece, out: Out): void {
  if (isKafka(state.config.kind)) {
    batch.work.shift();
    batch.saved = false;
    const given = {
      entries: piece.entries,
      condition: 'MaximumPayloadSizeExceeded',
      rule: 'kafka.oversized-record-is-discarded',
      approximateInvokeCount: 1,
    } as const;
    orderDiscard(state, batch, piece, given, out);
  } else failWithoutInvoking(state, batch, piece, out);
  proceed(state, batch, out);
}

function invoke(state: PollerState, batch: Batch, piece: Piece, out: Out): void {
  const { config } = state;
  batch.phase = 'invoked';
  const id = takeId(state);
  state.awaited.set(id, batch.id);
  const window = config.tumblingWindowMs > 0 ? windowCall(state.lanes.get(batch.lanes[0] ?? ''), piece) : undefined;
  out.orders.push({
    do: 'invoke',
    id,
    rule: piece.rule,
    batch: batch.id,
    lanes: namedLanes(state, batch, piece),
    positions: piece.positions,
    closedBy: piece.closedBy,
    attempt: piece.spent + 1,
    ordinal: piece.ordinal,
    bytes: piece.bytes,
    startBy: startBy(batch, piece, config.functionTimeoutMs, out.now),
    visibleAtMs: batch.visibleAtMs,
    window,
  });
}

/** On the wall clock an invocation begins a little after it was ordered. */
const FIRST_START_MS = 1000;

/**
 * The first try always runs, however little is left of the visibility timeout: nothing would run at all where it is as
 * short as the function's timeout.
 */
function startBy(
  { visibleAtMs }: Batch,
  { ordinal }: Piece,
  functionTimeoutMs: Millis,
  now: Millis,
): Millis | undefined {
  if (visibleAtMs === undefined) return undefined;
  return Math.max(ordinal === 1 ? now + FIRST_START_MS : now, visibleAtMs - functionTimeoutMs);
}

/** A poller that is being closed leaves what it would have tried again: saved where it stands, or in its queue. */
function park(state: PollerState, batch: Batch, out: Out): void {
  state.batches.delete(batch.id);
  if (acknowledges(state.config)) {
    const positions = batch.work.flatMap((piece) => piece.positions);
    out.orders.push({ do: 'release', rule: 'mapping.disabled-finishes-what-runs', positions });
  } else if (!batch.saved) saveParked(state, batch, out);
}

/** Gives the lanes back, so that what has been waiting for them is cut. */
function finishBatch(state: PollerState, batch: Batch, out: Out): void {
  state.batches.delete(batch.id);
  cutterOf(state, batch.cutter).lastDoneMs = out.now;
  for (const key of batch.lanes) {
    if (hasPositions(state.config)) touchLane(out, key);
    const lane = state.lanes.get(key);
    if (lane) free(state, lane, out.now);
  }
  touchCutter(out, batch.cutter);
}
