/**
 * A batch in progress: from its cut, through the attempts of its pieces, to the moment at which its lanes are free.
 *
 * 1. Where positions exist, a piece is invoked only after a save that holds its exact positions and ordinal.
 * 2. Records over their age are taken from the front of a piece before every attempt, never in the middle of one.
 * 3. The next piece is attempted only after everything that the verdict on the previous one ordered was answered.
 */
import type { RuleId } from '../rules/index.ts';
import type { DiscardCondition, Millis } from '../vocabulary.ts';
import { isKafka, REQUEST_LIMIT_BYTES } from './config.ts';
import { cutBatches } from './cut.ts';
import { schedule } from './due.ts';
import { expiredPart } from './expiry.ts';
import { free, hold } from './lanes.ts';
import type { Out } from './out.ts';
import { orderSave, saveParked } from './saving.ts';
import {
  acknowledges,
  type Batch,
  cutterOf,
  type Entry,
  hasPositions,
  keepsOrder,
  type Lane,
  laneNames,
  laneOf,
  type Piece,
  type PollerState,
} from './state.ts';
import { failWithoutInvoking } from './verdict.ts';
import { windowCall } from './window.ts';

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
    ...(acknowledges(state.config) && state.visibleAtMs !== undefined && { visibleAtMs: state.visibleAtMs }),
  };
  if (acknowledges(state.config)) delete state.visibleAtMs;
  if (keepsOrder(state.config)) for (const lane of lanes) hold(state, lane, out.now);
  state.batches.set(id, batch);
  proceed(state, batch, out);
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

function notBefore(state: PollerState, piece: Piece): Millis {
  return Math.max(piece.notBefore, state.busyUntilMs);
}

function wait(state: PollerState, batch: Batch, untilMs: Millis): void {
  batch.phase = 'waiting';
  if (batch.due === untilMs) return;
  batch.due = untilMs;
  schedule(state.due, untilMs, batch.id);
}

function attempt(state: PollerState, batch: Batch, piece: Piece, out: Out): void {
  const expired = expiredPart(state.config, piece, laneOf(state, batch.lanes[0] ?? '').window, out.now);
  if (expired) dropExpired(state, batch, piece, expired, out);
  else if (piece.entries.length === 1 && piece.bytes > REQUEST_LIMIT_BYTES) refuseOversized(state, batch, piece, out);
  else invoke(state, batch, piece, out);
}

function dropExpired(
  state: PollerState,
  batch: Batch,
  piece: Piece,
  expired: NonNullable<ReturnType<typeof expiredPart>>,
  out: Out,
): void {
  const { dropped, kept, retention, rule } = expired;
  batch.work.shift();
  if (kept.length > 0) batch.work.unshift(withEntries(piece, kept));
  else if (piece.final) delete laneOf(state, batch.lanes[0] ?? '').window;
  batch.saved = false;
  orderDiscard(state, batch, dropped, 'RecordAgeExceeded', rule, Math.max(1, piece.ran), out, retention, piece);
  proceed(state, batch, out);
}

function withEntries(piece: Piece, entries: readonly Entry[]): Piece {
  let bytes = piece.bytes;
  const kept = new Set(entries);
  for (const entry of piece.entries) if (!kept.has(entry)) bytes -= entry.encodedBytes + 1;
  return { ...piece, entries, bytes };
}

/** A record that no event can hold: Kafka's goes to the destination, a shard's fails without being sent. */
function refuseOversized(state: PollerState, batch: Batch, piece: Piece, out: Out): void {
  if (!isKafka(state.config.kind)) {
    failWithoutInvoking(state, batch, piece, out);
    return;
  }
  batch.work.shift();
  batch.saved = false;
  orderDiscard(
    state,
    batch,
    piece.entries,
    'MaximumPayloadSizeExceeded',
    'kafka.oversized-record-is-discarded',
    1,
    out,
  );
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
    lanes: laneNames(config, lanesOf(batch, piece)),
    positions: positionsOf(piece.entries),
    closedBy: piece.closedBy,
    attempt: piece.spent + 1,
    ordinal: piece.ordinal,
    bytes: piece.bytes,
    ...(batch.visibleAtMs !== undefined && { startBy: batch.visibleAtMs - config.functionTimeoutMs }),
    ...(window && { window }),
  });
}

/** The lanes that a piece still holds records of. */
export function lanesOf(batch: Batch, piece: Piece): readonly string[] {
  if (batch.lanes.length < 2) return batch.lanes;
  return [...new Set(piece.entries.map((entry) => entry.lane))];
}

export function positionsOf(entries: readonly Entry[]) {
  return entries.map((entry) => entry.position);
}

/** Orders a discard; the entries are finished when it is answered. */
export function orderDiscard(
  state: PollerState,
  batch: Batch,
  entries: readonly Entry[],
  condition: DiscardCondition,
  rule: RuleId,
  approximateInvokeCount: number,
  out: Out,
  expired = false,
  piece?: Piece,
): void {
  const id = takeId(state);
  const window = piece && windowCall(state.lanes.get(batch.lanes[0] ?? ''), piece);
  const order = {
    do: 'discard',
    id,
    rule,
    batch: batch.id,
    lanes: laneNames(state.config, batch.lanes),
    positions: positionsOf(entries),
    condition,
    approximateInvokeCount,
    expired,
    ...(window && { window }),
  } as const;
  state.awaited.set(id, batch.id);
  batch.settling.set(id, { entries, order });
  out.orders.push(order);
}

/** A poller that is being closed leaves what it would have tried again: saved where it stands, or in its queue. */
function park(state: PollerState, batch: Batch, out: Out): void {
  state.batches.delete(batch.id);
  if (acknowledges(state.config)) {
    const positions = batch.work.flatMap((piece) => positionsOf(piece.entries));
    out.orders.push({ do: 'release', rule: 'mapping.disabled-finishes-what-runs', positions });
  } else if (!batch.saved) saveParked(state, batch, out);
}

/** Gives the lanes back and cuts what has been waiting for them. */
function finishBatch(state: PollerState, batch: Batch, out: Out): void {
  state.batches.delete(batch.id);
  const cutter = cutterOf(state, batch.cutter);
  cutter.lastDoneMs = out.now;
  for (const key of batch.lanes) {
    if (hasPositions(state.config)) out.lanes.add(key);
    const lane = state.lanes.get(key);
    if (lane) free(state, lane, out.now);
  }
  cutBatches(state, batch.cutter, out);
}

export function takeId(state: PollerState): number {
  const id = state.nextId;
  state.nextId += 1;
  return id;
}
