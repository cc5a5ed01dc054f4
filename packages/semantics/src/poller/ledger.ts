/**
 * How far a shard or a partition is finished. The checkpoint is the last position before the first unfinished record,
 * however many are finished behind it: rule `stream.checkpoint-is-highest-contiguous`.
 */
import type { Position } from '../vocabulary.ts';
import { isSharded } from './config.ts';
import { at, deque, drop, first, push, sizeOf } from './deque.ts';
import type { LedgerSave } from './facts.ts';
import type { Entry, Ledger, PollerState } from './state.ts';
import { hasPositions } from './state.ts';

/** The ledger of an entry: its partition's, or the shard's. */
function ledgerFor(state: PollerState, lane: string): Ledger {
  const key = isSharded(state.config.kind) ? '' : lane;
  let ledger = state.ledgers.get(key);
  if (!ledger) {
    ledger = { lane: key, entries: deque(), checkpoint: undefined };
    state.ledgers.set(key, ledger);
  }
  return ledger;
}

/** Enters what was read into the ledgers, in the order in which it was read. */
export function enterLedgers(state: PollerState, entries: readonly Entry[]): void {
  if (entries.length === 0) return;
  const sharded = isSharded(state.config.kind) ? ledgerFor(state, '').entries : undefined;
  for (const entry of entries) push(sharded ?? ledgerFor(state, entry.lane).entries, entry);
}

/** Marks entries as finished; the checkpoint is moved by `ledgerSaves`. */
export function finish(state: PollerState, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.finished) continue;
    entry.finished = true;
    state.held -= 1;
  }
}

/** Moves the checkpoints of the ledgers that `entries` stand in, and says what has to be saved for them. */
export function ledgerSaves(state: PollerState, entries: readonly Entry[]): LedgerSave[] {
  if (!hasPositions(state.config)) return [];
  if (isSharded(state.config.kind)) return entries.length === 0 ? [] : [ledgerSave(ledgerFor(state, ''), entries)];
  const touched = new Map<Ledger, Entry[]>();
  for (const entry of entries) {
    const ledger = ledgerFor(state, entry.lane);
    const list = touched.get(ledger);
    if (list) list.push(entry);
    else touched.set(ledger, [entry]);
  }
  return [...touched].map(([ledger, finished]) => ledgerSave(ledger, finished));
}

function ledgerSave(ledger: Ledger, finished: readonly Entry[]): LedgerSave {
  advance(ledger);
  const { lane, checkpoint } = ledger;
  const completed = completedBehind(first(ledger.entries), finished);
  return checkpoint === undefined ? { lane, completed } : { lane, checkpoint, completed };
}

function completedBehind(head: Entry | undefined, finished: readonly Entry[]): Position[] {
  const completed: Position[] = [];
  if (!head) return completed;
  for (const entry of finished) if (entry.finished && entry.seq > head.seq) completed.push(entry.position);
  return completed;
}

function advance(ledger: Ledger): void {
  let count = 0;
  for (let entry = at(ledger.entries, 0); entry?.finished; entry = at(ledger.entries, count)) {
    ledger.checkpoint = entry.position;
    count += 1;
  }
  if (count > 0) drop(ledger.entries, count);
}

/** Of these ledgers, those whose checkpoint can move although no batch was settled. */
export function passedSaves(state: PollerState, lanes: ReadonlySet<string>): LedgerSave[] {
  const saves: LedgerSave[] = [];
  for (const lane of lanes) {
    const ledger = ledgerFor(state, lane);
    if (!first(ledger.entries)?.finished) continue;
    saves.push(ledgerSave(ledger, []));
  }
  return saves;
}

/** Whether every record that was read is finished. */
export function isClear(ledger: Ledger): boolean {
  return sizeOf(ledger.entries) === 0;
}
