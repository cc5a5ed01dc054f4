/** Saves: what a new owner needs to go on exactly here. Ordered at each cut and each verdict; never bodies. */
import type { RuleId } from '../rules/index.ts';
import type { LaneSave, LedgerSave, PieceSave, WindowSave } from './facts.ts';
import { ledgerSaves, passedSaves } from './ledger.ts';
import { clearSaved, type Out, touchLane } from './out.ts';
import { type Batch, hasPositions, type OpenWindow, type Piece, type PollerState, takeId } from './state.ts';

/** Makes a batch's work durable before its next attempt; everything finished in this step goes along. */
export function orderSave(state: PollerState, batch: Batch, out: Out): void {
  batch.phase = 'saving';
  for (const lane of batch.lanes) touchLane(out, lane);
  const id = flush(state, out, 'checkpoint.cut-is-saved-before-it-is-invoked');
  state.awaited.set(id, batch.id);
}

/** Makes the rest of a batch durable that this poller will not attempt any more. */
export function saveParked(state: PollerState, batch: Batch, out: Out): void {
  state.batches.set(batch.id, batch);
  for (const lane of batch.lanes) touchLane(out, lane);
  flush(state, out, 'mapping.disabled-finishes-what-runs');
  state.batches.delete(batch.id);
}

/** At the end of a step: saves what no batch waits for. */
export function flushRest(state: PollerState, out: Out): void {
  if (!hasPositions(state.config) || state.phase === 'closed') return;
  if (out.finished.length > 0 || out.lanes) flush(state, out, 'stream.checkpoint-is-highest-contiguous');
  if (out.passed) savePassed(state, out.passed, out);
}

/** Filtered records move the checkpoint although nothing was invoked. */
function savePassed(state: PollerState, passed: ReadonlySet<string>, out: Out): void {
  const ledgers = passedSaves(state, passed);
  if (ledgers.length > 0) push(state, out, 'stream.filtered-records-move-the-checkpoint', ledgers, []);
}

function flush(state: PollerState, out: Out, rule: RuleId): number {
  const ledgers = ledgerSaves(state, out.finished);
  const lanes: LaneSave[] = [];
  for (const lane of out.lanes ?? []) lanes.push(laneSave(state, lane));
  clearSaved(out);
  return push(state, out, rule, ledgers, lanes);
}

function push(
  state: PollerState,
  out: Out,
  rule: RuleId,
  ledgers: readonly LedgerSave[],
  lanes: readonly LaneSave[],
): number {
  const id = takeId(state);
  state.saving.add(id);
  out.orders.push({ do: 'save', id, rule, ledgers, lanes });
  return id;
}

/** A batch of several lanes is saved under its first; the others point there by standing in `lanes` of its pieces. */
function laneSave(state: PollerState, key: string): LaneSave {
  const batch = batchUnder(state, key);
  const window = state.lanes.get(key)?.window;
  return {
    lane: key,
    work: batch ? batch.work.map((piece) => pieceSave(batch, piece)) : [],
    window: window && windowSave(window),
  };
}

function windowSave({ startMs, endMs, state, stateBytes, overgrown, lastArrivalMs }: OpenWindow): WindowSave {
  return { startMs, endMs, state, stateBytes, overgrown, lastArrivalMs };
}

function batchUnder(state: PollerState, key: string): Batch | undefined {
  const batch = state.batches.get(state.lanes.get(key)?.batch ?? 0);
  return batch?.lanes[0] === key ? batch : undefined;
}

function pieceSave(batch: Batch, piece: Piece): PieceSave {
  const { positions, closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly } = piece;
  const { lanes } = batch;
  return { lanes, positions, closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly };
}
