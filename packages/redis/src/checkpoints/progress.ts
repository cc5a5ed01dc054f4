/** The progress of a scope, as it is read from Redis. */
import type { Progress } from '@millrace/runtime';
import {
  applyLanes,
  comparePositions,
  type LaneSave,
  loadSaved,
  type Position,
  type SavedLedger,
  savedLanes,
  savedLedger,
} from '@millrace/semantics';
import { readLane } from './lanes.ts';
import { readMember, readPosition } from './positions.ts';

/** Fields and values of `progress`; members of `ahead`; fields and values of `in-progress`. */
export type LoadAnswer = readonly [readonly string[], readonly string[], readonly string[]];

export function progressOf([fields, members, saves]: LoadAnswer): Progress {
  const checkpoints = new Map<string, Position>();
  const starts = new Map<string, string>();
  let [factor, ended] = [1, false];
  for (const [field, value] of pairs(fields)) {
    if (field.startsWith('c:')) checkpoints.set(field.slice(2), readPosition(value));
    else if (field.startsWith('s:')) starts.set(field.slice(2), value);
    else if (field === 'factor') factor = Number(value);
    else if (field === 'ended') ended = true;
  }
  const lanes = savedLanes();
  applyLanes(lanes, factor, lanesOf(saves));
  const saved = loadSaved(ledgersOf(checkpoints, members), lanes, comparePositions);
  return { checkpoints, starts, saved, ended };
}

/** In the order of their names: the hash has none. */
function lanesOf(saves: readonly string[]): LaneSave[] {
  const lanes = pairs(saves).map(([, save]) => readLane(save));
  return lanes.sort((one, other) => comparePositions(one.lane, other.lane));
}

function ledgersOf(checkpoints: ReadonlyMap<string, Position>, members: readonly string[]): Iterable<SavedLedger> {
  const ledgers = new Map<string, SavedLedger>();
  for (const member of members) {
    const { ledger: name, positions } = readMember(member);
    const ledger = ledgers.get(name) ?? { ...savedLedger(), checkpoint: checkpoints.get(name) };
    ledger.ahead.push(positions);
    ledgers.set(name, ledger);
  }
  return ledgers.values();
}

function pairs(flat: readonly string[]): [string, string][] {
  const entries: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) entries.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return entries;
}
