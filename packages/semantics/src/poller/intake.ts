/**
 * Fetched records: those that no filter matches are finished at once, the others wait in their lanes. Why a filter kept
 * a record is said too.
 */
import { matchesFilters } from '../filter/index.ts';
import type { RuleId } from '../rules/index.ts';
import type { Millis, PolledRecord, Position } from '../vocabulary.ts';
import { pauseIfFed } from './bounds.ts';
import { push } from './deque.ts';
import type { PollerOrder } from './facts.ts';
import { enqueue, laneForKey } from './lanes.ts';
import { finish } from './ledger.ts';
import { addPassed, type Out, touchCutter } from './out.ts';
import { passBy, rejoin } from './resume.ts';
import { acknowledges, type Entry, type Lane, type OpenWindow, type PollerState, takeId } from './state.ts';

/** What filters said of the records of one fetch, and the cutters that got some of them. */
interface Taken {
  readonly dropped: Map<RuleId, Position[]>;
  readonly kept: Map<RuleId, Position[]>;
  readonly got: boolean[];
}

/** Takes records in, in the order in which the source gave them; `bytes` is what all of them add up to. */
export function takeIn(state: PollerState, records: readonly PolledRecord[], bytes: number, out: Out): void {
  const taken: Taken = { dropped: new Map(), kept: new Map(), got: [] };
  state.held += records.length;
  state.heldBytes += bytes;
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as PolledRecord;
    const lane = laneForKey(state, record.lane);
    takeOne(state, lane, record, taken, out);
    if (lane.keyBytes > 0) pauseIfFed(state, lane);
  }
  for (const [cutter, some] of taken.got.entries()) if (some) touchCutter(out, cutter);
  for (const [rule, positions] of taken.kept) out.orders.push(noteOrder('matched', rule, positions));
  for (const [rule, positions] of taken.dropped) out.orders.push(dropOrder(state, rule, positions));
}

function takeOne(state: PollerState, lane: Lane, record: PolledRecord, taken: Taken, out: Out): void {
  const { filters } = state.config;
  const entry: Entry = record;
  state.nextSeq += 1;
  entry.seq = state.nextSeq;
  if (lane.ledger) push(lane.ledger.entries, entry);
  if (state.resume && rejoin(state, lane, entry, out)) return;
  const verdict = filters && matchesFilters(filters, record.view());
  if (verdict) note(verdict.kept ? taken.kept : taken.dropped, verdict.rule, entry.position);
  if (verdict?.kept === false) {
    finish(state, [entry]);
    if (lane.ledger) addPassed(out, lane.ledger.lane);
    return;
  }
  if (state.resume) passBy(state, lane, out);
  enqueue(state, lane, entry, out.now);
  if (lane.window) touchWindow(lane.window, entry, out.now);
  taken.got[lane.cutter] = true;
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
