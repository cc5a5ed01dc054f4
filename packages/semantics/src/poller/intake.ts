/**
 * Fetched records: those that no filter matches are finished at once, the others wait in their lanes. Why a filter kept
 * a record is said too.
 */
import { matchesFilters } from '../filter/index.ts';
import type { RuleId } from '../rules/index.ts';
import type { Millis, PolledRecord, Position } from '../vocabulary.ts';
import type { PollerOrder } from './facts.ts';
import { enqueue, laneForKey } from './lanes.ts';
import { enterLedgers } from './ledger.ts';
import { addPassed, type Out, touchCutter } from './out.ts';
import { passBy, rejoin } from './resume.ts';
import { acknowledges, type Entry, hasPositions, type OpenWindow, type PollerState, takeId } from './state.ts';

/** Takes records in, in the order in which the source gave them. */
export function takeIn(state: PollerState, records: readonly PolledRecord[], out: Out): void {
  const dropped = new Map<RuleId, Position[]>();
  const kept = new Map<RuleId, Position[]>();
  const { filters } = state.config;
  const positioned = hasPositions(state.config);
  const got: boolean[] = [];
  const seq = state.nextSeq;
  state.nextSeq += records.length;
  state.held += records.length;
  if (positioned) enterLedgers(state, records);
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as PolledRecord;
    const lane = laneForKey(state, record.lane);
    const entry: Entry = record;
    entry.seq = seq + index + 1;
    if (state.resume && rejoin(state, lane, entry, out)) continue;
    const verdict = filters && matchesFilters(filters, record.view());
    if (verdict) note(verdict.kept ? kept : dropped, verdict.rule, entry.position);
    if (verdict?.kept === false) {
      entry.finished = true;
      state.held -= 1;
      if (positioned) addPassed(out, state.slots.length > 0 ? '' : entry.lane);
      continue;
    }
    if (state.resume) passBy(state, lane, out);
    enqueue(state, lane, entry, out.now);
    if (lane.window) touchWindow(lane.window, entry, out.now);
    got[lane.cutter] = true;
  }
  for (const [cutter, some] of got.entries()) if (some) touchCutter(out, cutter);
  for (const [rule, positions] of kept) out.orders.push(noteOrder('matched', rule, positions));
  for (const [rule, positions] of dropped) out.orders.push(dropOrder(state, rule, positions));
}

function note(rules: Map<RuleId, Position[]>, rule: RuleId, position: Position): void {
  const positions = rules.get(rule);
  if (positions) positions.push(position);
  else rules.set(rule, [position]);
}

function noteOrder(note: 'matched' | 'filtered', rule: RuleId, positions: readonly Position[]): PollerOrder {
  return { do: 'note', note, rule, lanes: [], positions, data: {} };
}

/** Messages that no filter matches are deleted; a shard's iterator just passes them. */
function dropOrder(state: PollerState, rule: RuleId, positions: readonly Position[]): PollerOrder {
  if (!acknowledges(state.config)) return noteOrder('filtered', rule, positions);
  return { do: 'acknowledge', id: takeId(state), rule, positions, why: 'filtered' };
}

function touchWindow(window: OpenWindow, entry: Entry, now: Millis): void {
  if (entry.arrivalMs < window.endMs) window.lastReadMs = now;
}
