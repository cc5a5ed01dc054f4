/**
 * One step of a poller: a fact in, orders out. Synchronous, told the time, and the only thing that changes a state.
 *
 * 1. A fact that answers nothing (unknown id, repeated, late) changes nothing.
 * 2. `woke` may come at any time: what is due by now is done, the rest stays as it is.
 * 3. A step touches only the lanes that its fact names, and those that are due.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis, Position } from '../vocabulary.ts';
import { goOn, proceed } from './attempt.ts';
import { isKafka, isQueue, isSharded, type PollerConfig } from './config.ts';
import { cutBatches } from './cut.ts';
import { drain, sizeOf } from './deque.ts';
import { settleAnswer } from './discard.ts';
import type { PartitionStart, PollerFact, PollerOrder, SavedPoller, Step } from './facts.ts';
import { fetchMore, pay, retryFetch, withdraw } from './fetching.ts';
import { takeIn } from './intake.ts';
import { createLanes } from './lanes.ts';
import { isClear } from './ledger.ts';
import { createOut, type Out, touchCutter } from './out.ts';
import { prepare, restoreAll, trimmed } from './resume.ts';
import { flushRest } from './saving.ts';
import { acknowledges, addLane, type Batch, type PollerState } from './state.ts';
import { settle } from './verdict.ts';
import { nextDue, takeDue } from './wake.ts';

/** Tells a poller what happened. `now` never goes back. */
export function stepPoller(state: PollerState, fact: PollerFact, now: Millis): Step<PollerOrder> {
  const out = createOut(now);
  if (state.phase !== 'closed') {
    handle(state, fact, out);
    cutFreed(state, out);
    fireDue(state, out);
    fetchMore(state, out);
    flushRest(state, out);
    closeIfDone(state, out);
  }
  const wakeAt = nextDue(state);
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
      fetched(state, fact, out);
      break;
    case 'removed':
      removed(state, fact.lane, fact.before);
      break;
    case 'fetchFailed':
      if (takeFetch(state, fact.id)) retryFetch(state, out);
      break;
    case 'endOfShard':
      endOfShard(state, out);
      break;
    case 'settled':
      withAwaiting(state, fact.id, (batch) => {
        settle(state, batch, fact.outcome, out);
        proceed(state, batch, out);
      });
      break;
    case 'saved':
      if (state.saving.delete(fact.id)) withAwaiting(state, fact.id, (batch) => saved(state, batch, out));
      break;
    case 'acknowledged':
    case 'discarded':
      withAwaiting(state, fact.id, (batch) => {
        const refused = fact.what === 'discarded' && !fact.accepted;
        if (settleAnswer(state, batch, fact.id, refused, out)) proceed(state, batch, out);
      });
      break;
    case 'allowanceChanged':
      state.allowance = fact.batches;
      if (fact.batches === 0) withdraw(state, out);
      break;
    case 'drainRequested':
      startDraining(state, out);
      break;
    case 'saveRefused':
      if (state.saving.has(fact.id)) depose(state, out);
      break;
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
  cutAll(state, out);
}

function cutAll(state: PollerState, out: Out): void {
  for (let index = 0; index < state.cutters.length; index += 1) touchCutter(out, index);
}

/** Cuts what this step has made ready, until nothing more can be cut. */
function cutFreed(state: PollerState, out: Out): void {
  for (let cutter = out.cutters.shift(); cutter !== undefined; cutter = out.cutters.shift()) {
    cutBatches(state, cutter, out);
  }
}

/** New settings hold for every decision from now on; what is in progress keeps its records and its budget. */
function configure(state: PollerState, config: PollerConfig, out: Out): void {
  state.config = config;
  if (isQueue(config.kind)) withdraw(state, out);
  cutAll(state, out);
}

function fetched(state: PollerState, fact: PollerFact & { what: 'fetched' }, out: Out): void {
  if (!takeFetch(state, fact.id)) return;
  const { records, visibleAtMs, askedMs = out.now } = fact;
  let bytes = 0;
  for (const record of records) bytes += record.encodedBytes;
  pay(state, bytes, out.now);
  state.lastAskedMs = Math.min(askedMs, out.now);
  if (visibleAtMs !== undefined) state.visibleAtMs = Math.min(state.visibleAtMs ?? visibleAtMs, visibleAtMs);
  if (fact.trimmed) trimmed(state, fact.trimmed, out);
  takeIn(state, records, bytes, out);
}

function removed(state: PollerState, key: string, before: Position): void {
  const lane = state.lanes.get(key);
  if (lane) lane.removedBefore = before;
}

function takeFetch(state: PollerState, id: number): boolean {
  if (state.fetch?.id !== id) return false;
  state.fetch = undefined;
  return true;
}

function endOfShard(state: PollerState, out: Out): void {
  if (state.shardEnded || !isSharded(state.config.kind)) return;
  state.shardEnded = true;
  state.fetch = undefined;
  restoreAll(state, out);
  cutAll(state, out);
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

/** Stops reading and starting; what has not been invoked is left where it is. */
function startDraining(state: PollerState, out: Out): void {
  if (state.phase === 'new') {
    state.phase = 'closed';
    out.orders.push({ do: 'closed', ended: false });
  }
  if (state.phase !== 'open') return;
  state.phase = 'draining';
  withdraw(state, out);
  const waiting: Position[] = [];
  for (const lane of state.lanes.values()) for (const entry of drain(lane.queue)) waiting.push(entry.position);
  if (acknowledges(state.config) && waiting.length > 0) {
    out.orders.push({ do: 'release', rule: 'mapping.disabled-finishes-what-runs', positions: waiting });
  }
  for (const batch of [...state.batches.values()]) if (batch.phase === 'waiting') proceed(state, batch, out);
}

function depose(state: PollerState, out: Out): void {
  const rule: RuleId = isKafka(state.config.kind)
    ? 'kafka.rebalance-drops-what-is-held'
    : 'checkpoint.saved-cut-is-ordered-again';
  withdraw(state, out);
  for (const [id, batchId] of state.awaited) {
    if (state.batches.get(batchId)?.phase === 'invoked') out.orders.push({ do: 'abandon', id, rule });
  }
  state.batches.clear();
  state.awaited.clear();
  state.phase = 'closed';
  out.orders.push({ do: 'closed', ended: false });
}

function fireDue(state: PollerState, out: Out): void {
  for (let due = takeDue(state, out.now); due; due = takeDue(state, out.now)) {
    if ('cutter' in due) cutBatches(state, due.cutter, out);
    else goOn(state, due.batch, out);
    cutFreed(state, out);
  }
}

/** Says that nothing is left to do, once the last batch is settled. */
function closeIfDone(state: PollerState, out: Out): void {
  if (state.batches.size > 0 || state.saving.size > 0 || state.phase === 'new' || state.phase === 'closed') return;
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
