/**
 * How far a shard or a partition is finished. The checkpoint is the last position before the first unfinished record,
 * however many are finished behind it: rule `stream.checkpoint-is-highest-contiguous`.
 */
import type { Position } from '../vocabulary.ts';
import { relieve } from './bounds.ts';
import { isSharded } from './config.ts';
import { at, drop, first, sizeOf } from './deque.ts';
import type { LedgerSave } from './facts.ts';
import { type Entry, hasPositions, type Ledger, ledgerFor, type PollerState } from './state.ts';

/** Marks entries as finished; the checkpoint is moved by `ledgerSaves`. */
export function finish(state: PollerState, entries: readonly Entry[]): void {
  let [count, bytes] = [0, 0];
  for (const entry of entries) {
    if (entry.finished) continue;
    entry.finished = true;
    count += 1;
    bytes += entry.encodedBytes;
  }
  state.held -= count;
  state.heldBytes -= bytes;
}

/** Moves the checkpoints of the ledgers that `entries` stand in, and says what has to be saved for them. */
export function ledgerSaves(state: PollerState, entries: readonly Entry[]): LedgerSave[] {
  if (!hasPositions(state.config)) return [];
  if (isSharded(state.config.kind))
    return entries.length === 0 ? [] : [ledgerSave(state, ledgerFor(state, ''), entries)];
  const touched = new Map<Ledger, Entry[]>();
  for (const entry of entries) {
    const ledger = ledgerFor(state, entry.lane);
    const list = touched.get(ledger);
    if (list) list.push(entry);
    else touched.set(ledger, [entry]);
  }
  return [...touched].map(([ledger, finished]) => ledgerSave(state, ledger, finished));
}

function ledgerSave(state: PollerState, ledger: Ledger, finished: readonly Entry[]): LedgerSave {
  advance(state, ledger);
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

function advance(state: PollerState, ledger: Ledger): void {
  let count = 0;
  for (let entry = at(ledger.entries, 0); entry?.finished; entry = at(ledger.entries, count)) {
    ledger.checkpoint = entry.position;
    count += 1;
  }
  if (count === 0) return;
  drop(ledger.entries, count);
  relieve(state, ledger.lane);
}

/** Of these ledgers, those whose checkpoint can move although no batch was settled. */
export function passedSaves(state: PollerState, lanes: ReadonlySet<string>): LedgerSave[] {
  const saves: LedgerSave[] = [];
  for (const lane of lanes) {
    const ledger = ledgerFor(state, lane);
    if (!first(ledger.entries)?.finished) continue;
    saves.push(ledgerSave(state, ledger, []));
  }
  return saves;
}

/** Whether every record that was read is finished. */
export function isClear(ledger: Ledger): boolean {
  return sizeOf(ledger.entries) === 0;
}
