/**
 * One step of a poller: a fact in, orders out. Synchronous, told the time, and the only thing that changes a state.
 *
 * 1. A fact that answers nothing (unknown id, repeated, late) changes nothing.
 * 2. `woke` may come at any time: what is due by now is done, the rest stays as it is.
 * 3. A step touches only the lanes that its fact names, and those that are due.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis, PolledRecord, Position } from '../vocabulary.ts';
import { proceed } from './attempt.ts';
import { isSharded, type PollerConfig } from './config.ts';
import { cutBatches } from './cut.ts';
import { drain, sizeOf } from './deque.ts';
import { earliest, popDue } from './due.ts';
import type { PartitionStart, PollerFact, PollerOrder, SavedPoller, Step } from './facts.ts';
import { fetchMore, pay, retryFetch, withdraw } from './fetching.ts';
import { takeIn } from './intake.ts';
import { createLanes } from './lanes.ts';
import { finish, isClear } from './ledger.ts';
import { createOut, type Out } from './out.ts';
import { prepare } from './resume.ts';
import { flushRest } from './saving.ts';
import { acknowledges, addLane, type Batch, type PollerState } from './state.ts';
import { settle } from './verdict.ts';

/** Tells a poller what happened. `now` never goes back. */
export function stepPoller(state: PollerState, fact: PollerFact, now: Millis): Step<PollerOrder> {
  const out = createOut(now);
  if (state.phase !== 'closed') {
    handle(state, fact, out);
    fireDue(state, out);
    fetchMore(state, out);
    flushRest(state, out);
    closeIfDone(state, out);
  }
  const wakeAt = earliest(state.due);
  return wakeAt === undefined ? { orders: out.orders } : { orders: out.orders, wakeAt };
}

function handle(state: PollerState, fact: PollerFact, out: Out): void {
  switch (fact.what) {
    case 'opened':
      open(state, fact.partitions ?? [], fact.saved, fact.busyUntilMs, out);
      break;
    case 'configured':
      configure(state, fact.config, out);
      break;
    case 'fetched':
      fetched(state, fact.id, fact.records, fact.visibleAtMs, out);
      break;
    case 'fetchFailed':
      if (takeFetch(state, fact.id)) retryFetch(state, out);
      break;
    case 'endOfShard':
      endOfShard(state, out);
      break;
    case 'settled':
      withAwaiting(state, fact.id, (batch) => settle(state, batch, fact.outcome, out));
      break;
    case 'saved':
      withAwaiting(state, fact.id, (batch) => saved(state, batch, out));
      break;
    case 'acknowledged':
    case 'discarded':
      withAwaiting(state, fact.id, (batch) =>
        answered(state, batch, fact.id, fact.what === 'discarded' && !fact.accepted, out),
      );
      break;
    case 'allowanceChanged':
      state.allowance = fact.batches;
      if (fact.batches === 0) withdraw(state, out);
      break;
    case 'drainRequested':
      startDraining(state, out);
      break;
    case 'saveRefused':
    case 'deposed':
      depose(state, out);
      break;
    case 'woke':
      break;
  }
}

function open(
  state: PollerState,
  partitions: readonly PartitionStart[],
  saved: SavedPoller | undefined,
  busyUntilMs: Millis | undefined,
  out: Out,
): void {
  if (state.phase !== 'new') return;
  state.phase = 'open';
  createLanes(state);
  for (const { lane, keyBytes } of partitions) addLane(state, lane, 0, keyBytes);
  if (busyUntilMs !== undefined) state.busyUntilMs = busyUntilMs;
  if (saved) prepare(state, saved, out);
}

/** New settings hold for every decision from now on; what is in progress keeps its records and its budget. */
function configure(state: PollerState, config: PollerConfig, out: Out): void {
  state.config = config;
  for (let index = 0; index < state.cutters.length; index += 1) cutBatches(state, index, out);
}

function fetched(
  state: PollerState,
  id: number,
  records: readonly PolledRecord[],
  visibleAtMs: Millis | undefined,
  out: Out,
): void {
  if (!takeFetch(state, id)) return;
  let bytes = 0;
  for (const record of records) bytes += record.encodedBytes;
  pay(state, bytes, out.now);
  if (visibleAtMs !== undefined) state.visibleAtMs = Math.min(state.visibleAtMs ?? visibleAtMs, visibleAtMs);
  const cutters = takeIn(state, records, out);
  for (const cutter of cutters) cutBatches(state, cutter, out);
}

function takeFetch(state: PollerState, id: number): boolean {
  if (state.fetch?.id !== id) return false;
  delete state.fetch;
  return true;
}

function endOfShard(state: PollerState, out: Out): void {
  if (state.shardEnded || !isSharded(state.config.kind)) return;
  state.shardEnded = true;
  delete state.fetch;
  for (let index = 0; index < state.cutters.length; index += 1) cutBatches(state, index, out);
}

function withAwaiting(state: PollerState, id: number, then: (batch: Batch) => void): void {
  const batchId = state.awaited.get(id);
  const batch = batchId === undefined ? undefined : state.batches.get(batchId);
  state.awaited.delete(id);
  if (batch) then(batch);
}

function saved(state: PollerState, batch: Batch, out: Out): void {
  batch.saved = true;
  proceed(state, batch, out);
}

/** A deletion or a discard was answered. A discard that the outbox could not take is ordered again after a second. */
function answered(state: PollerState, batch: Batch, id: number, refused: boolean, out: Out): void {
  const settling = batch.settling.get(id);
  if (!settling) return;
  if (refused && settling.order) {
    state.awaited.set(id, batch.id);
    out.orders.push(settling.order);
    return;
  }
  batch.settling.delete(id);
  finish(state, settling.entries);
  if (!acknowledges(state.config)) out.finished.push(...settling.entries);
  proceed(state, batch, out);
}

/** Stops reading and starting; what has not been invoked is left where it is. */
function startDraining(state: PollerState, out: Out): void {
  if (state.phase === 'new') state.phase = 'closed';
  if (state.phase !== 'open') return;
  state.phase = 'draining';
  withdraw(state, out);
  const waiting: Position[] = [];
  for (const lane of state.lanes.values()) waiting.push(...drain(lane.queue).map((entry) => entry.position));
  if (acknowledges(state.config) && waiting.length > 0) {
    out.orders.push({ do: 'release', rule: 'mapping.disabled-finishes-what-runs', positions: waiting });
  }
  for (const batch of [...state.batches.values()]) if (batch.phase === 'waiting') proceed(state, batch, out);
}

function depose(state: PollerState, out: Out): void {
  const rule: RuleId = 'kafka.rebalance-drops-what-is-held';
  withdraw(state, out);
  for (const [id, batchId] of state.awaited) {
    if (state.batches.get(batchId)?.phase === 'invoked') out.orders.push({ do: 'abandon', id, rule });
  }
  state.batches.clear();
  state.awaited.clear();
  state.phase = 'closed';
}

function fireDue(state: PollerState, out: Out): void {
  for (let key = popDue(state.due, out.now); key !== undefined; key = popDue(state.due, out.now)) {
    if (key < 0) cutBatches(state, -1 - key, out);
    else wakeBatch(state, key, out);
  }
}

function wakeBatch(state: PollerState, id: number, out: Out): void {
  const batch = state.batches.get(id);
  if (batch?.phase === 'waiting') proceed(state, batch, out);
}

/** Says that nothing is left to do, once the last batch is settled. */
function closeIfDone(state: PollerState, out: Out): void {
  if (state.batches.size > 0 || state.phase === 'new' || state.phase === 'closed') return;
  if (state.phase === 'draining') {
    state.phase = 'closed';
    out.orders.push({ do: 'closed', ended: false });
  } else if (state.shardEnded && isFinished(state)) {
    state.phase = 'closed';
    out.orders.push({ do: 'closed', ended: true });
  }
}

function isFinished(state: PollerState): boolean {
  for (const lane of state.lanes.values()) if (sizeOf(lane.queue) > 0 || lane.window) return false;
  for (const ledger of state.ledgers.values()) if (!isClear(ledger)) return false;
  return true;
}
