/**
 * What becomes of a poller's saves: the sum of all of them, as the next poller is opened with it. In virtual time, in the
 * memory of one process, and (in Lua) on Redis.
 *
 * 1. A save's checkpoint is the ledger's, also where it goes back: whoever saves knows what it reads. What was finished ahead
 *    before counts no more then: all of it is to be read again.
 * 2. A save of positions that are finished ahead is dropped as a whole once a checkpoint has passed all of them; what is
 *    loaded is what the checkpoint has not passed.
 * 3. Lanes are those of one factor: a save under another one drops them.
 */
import type { Position } from '../vocabulary.ts';
import type { LaneSave, LedgerSave, SavedPoller } from './facts.ts';

/** Which of two positions of one ledger comes first: negative, 0 or positive. */
export type PositionOrder = (one: Position, other: Position) => number;

/** How far one shard or one partition is. */
export interface SavedLedger {
  checkpoint: Position | undefined;
  /** What is finished ahead of the checkpoint, save by save, each in order; the save that reaches least far comes first. */
  ahead: (readonly Position[])[];
}

/** The lanes of a scope that have something in progress, as they were saved last. */
export interface SavedLanes {
  factor: number | undefined;
  readonly lanes: Map<string, LaneSave>;
}

export function savedLedger(): SavedLedger {
  return { checkpoint: undefined, ahead: [] };
}

export function savedLanes(): SavedLanes {
  return { factor: undefined, lanes: new Map() };
}

/** Numbers that grow, and sequence numbers, which are digits: the longer one is the greater one. */
export function comparePositions(one: Position, other: Position): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [left, right] = [String(one), String(other)];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}

/** Whether the ledger's checkpoint moved. */
export function applyLedger(ledger: SavedLedger, save: LedgerSave, order: PositionOrder): boolean {
  const { checkpoint, completed } = save;
  if (isBack(ledger.checkpoint, checkpoint, order)) ledger.ahead = [];
  if (completed.length > 0) remember(ledger, sorted(completed, order), order);
  if (checkpoint === undefined) return false;
  const moved = checkpoint !== ledger.checkpoint;
  ledger.checkpoint = checkpoint;
  const passed = ledger.ahead.findIndex((positions) => order(reach(positions), checkpoint) > 0);
  if (passed !== 0) ledger.ahead.splice(0, passed < 0 ? ledger.ahead.length : passed);
  return moved;
}

function isBack(before: Position | undefined, after: Position | undefined, order: PositionOrder): boolean {
  return before !== undefined && after !== undefined && order(after, before) < 0;
}

export function applyLanes(saved: SavedLanes, factor: number, lanes: readonly LaneSave[]): void {
  if (saved.factor !== factor) saved.lanes.clear();
  saved.factor = factor;
  for (const lane of lanes) {
    if (isIdle(lane)) saved.lanes.delete(lane.lane);
    else saved.lanes.set(lane.lane, lane);
  }
}

/** Nothing of the lane has to be kept. */
export function isIdle({ work, window }: LaneSave): boolean {
  return work.length === 0 && !window;
}

/** What a poller of these ledgers is opened with; undefined when nothing but checkpoints was saved. */
export function loadSaved(
  ledgers: Iterable<SavedLedger>,
  { factor, lanes }: SavedLanes,
  order: PositionOrder,
): SavedPoller | undefined {
  const ahead: Position[] = [];
  for (const ledger of ledgers) for (const position of aheadOf(ledger, order)) ahead.push(position);
  if (ahead.length === 0 && lanes.size === 0) return undefined;
  return { parallelizationFactor: factor ?? 1, ahead, lanes: [...lanes.values()] };
}

/** What is finished ahead of a ledger's checkpoint, each position once, in order. */
function aheadOf({ checkpoint, ahead }: SavedLedger, order: PositionOrder): readonly Position[] {
  const positions = ahead.flat().filter((position) => checkpoint === undefined || order(position, checkpoint) > 0);
  return sorted([...new Set(positions)], order);
}

function remember(ledger: SavedLedger, positions: readonly Position[], order: PositionOrder): void {
  const { ahead } = ledger;
  const last = ahead.at(-1);
  if (!last || order(reach(last), reach(positions)) <= 0) ahead.push(positions);
  else ahead.splice(placeOf(ahead, reach(positions), order), 0, positions);
}

/** The first index of a save that reaches further. */
function placeOf(ahead: readonly (readonly Position[])[], position: Position, order: PositionOrder): number {
  let [low, high] = [0, ahead.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(reach(ahead[middle] ?? []), position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last position of a save. */
function reach(positions: readonly Position[]): Position {
  return positions.at(-1) ?? '';
}

/** Records are mostly finished in their order: then nothing is copied. */
function sorted(positions: readonly Position[], order: PositionOrder): readonly Position[] {
  const isSorted = positions.every(
    (position, index) => index === 0 || order(positions[index - 1] ?? '', position) <= 0,
  );
  return isSorted ? positions : [...positions].sort(order);
}
