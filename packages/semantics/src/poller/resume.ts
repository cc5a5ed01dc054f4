/**
 * Going on from what was saved. Records are read again from the checkpoint; those that were finished ahead of it are
 * finished at once, and those of a saved cut are put together again, exactly, before their lanes give anything new:
 * rule `checkpoint.saved-cut-is-ordered-again`.
 *
 * 1. A cut is put together once all of it was read again. What its source no longer has is left out: of a shard, what
 *    is missing when the cut's last record (or, with none of them read, a later one) is met; of a partition, what the
 *    source says that it removed.
 * 2. Records of its lanes that are not in the cut wait behind it.
 */
import type { Position } from '../vocabulary.ts';
import { startBatch } from './attempt.ts';
import type { LaneSave, PieceSave, SavedPoller } from './facts.ts';
import { free, hold } from './lanes.ts';
import { finish } from './ledger.ts';
import { addPassed, type Out, touchCutter, touchLane } from './out.ts';
import { eventBytes, positionsOf } from './pieces.ts';
import { type Entry, type Lane, laneOf, type Piece, type PollerState, type ResumedCut } from './state.ts';

/** Prepares to meet saved positions again. */
export function prepare(state: PollerState, saved: SavedPoller, out: Out): void {
  state.resume = { ahead: new Set(saved.ahead), cuts: new Map() };
  if (saved.parallelizationFactor === state.config.parallelizationFactor) {
    for (const save of saved.lanes) prepareLane(state, save, out);
  }
  forgetResume(state);
}

function prepareLane(state: PollerState, save: LaneSave, out: Out): void {
  const lane = state.lanes.get(save.lane);
  if (!lane) return;
  if (save.window && state.config.tumblingWindowMs > 0) lane.window = { ...save.window, lastReadMs: out.now };
  const cut = resumable(state, save);
  if (!cut) {
    if (save.work.length > 0) touchLane(out, save.lane);
    return;
  }
  for (const key of cut.lanes) {
    hold(state, laneOf(state, key), out.now);
    state.resume?.cuts.set(key, cut);
  }
  if (cut.missing === 0) restore(state, cut, out);
}

/** A cut whose lanes are not all here is not resumed: its records are cut anew, and its save is taken back. */
function resumable(state: PollerState, save: LaneSave): ResumedCut | undefined {
  const windows = state.config.tumblingWindowMs > 0;
  const work = save.work.filter((piece) => piece.positions.length > 0 || (windows && isEmpty(piece)));
  const lanes = [...new Set(work.flatMap((piece) => piece.lanes))];
  if (work.length === 0 || !lanes.every((key) => state.lanes.has(key))) return undefined;
  const wanted = new Map<Position, Entry | undefined>();
  for (const piece of work) for (const position of piece.positions) wanted.set(position, undefined);
  const last = state.slots.length > 0 ? work.at(-1)?.positions.at(-1) : undefined;
  return { lanes, work, wanted, missing: wanted.size, last };
}

/** Made without records: the end of a window. */
function isEmpty({ final, terminatedEarly }: PieceSave): boolean {
  return final || terminatedEarly;
}

/** Takes a record that was read before; true when nothing more is to be done with it here. */
export function rejoin(state: PollerState, lane: Lane, entry: Entry, out: Out): boolean {
  if (state.resume?.ahead.delete(entry.position)) {
    finish(state, [entry]);
    if (lane.ledger) addPassed(out, lane.ledger.lane);
    forgetResume(state);
    return true;
  }
  const cut = state.resume?.cuts.get(lane.key);
  if (!cut?.wanted.has(entry.position)) return false;
  if (cut.wanted.get(entry.position) === undefined) cut.missing -= 1;
  cut.wanted.set(entry.position, entry);
  if (cut.missing === 0 || cut.last === entry.position) restore(state, cut, out);
  return true;
}

/** A record that no cut holds was read: nothing of a shard's cut can come after it if nothing came before. */
export function passBy(state: PollerState, lane: Lane, out: Out): void {
  const cut = state.resume?.cuts.get(lane.key);
  if (cut?.last !== undefined && cut.missing === cut.wanted.size) restore(state, cut, out);
}

/** The source has removed these: no cut has to wait for them. */
export function trimmed(state: PollerState, positions: readonly Position[], out: Out): void {
  if (!state.resume) return;
  const cuts = new Set(state.resume.cuts.values());
  for (const position of positions) {
    state.resume.ahead.delete(position);
    for (const cut of cuts) if (cut.wanted.delete(position)) cut.missing -= 1;
  }
  for (const cut of cuts) if (cut.missing === 0) restore(state, cut, out);
  forgetResume(state);
}

/** Nothing more will be read: cuts go on with what was met of them. */
export function restoreAll(state: PollerState, out: Out): void {
  for (const cut of new Set(state.resume?.cuts.values())) restore(state, cut, out);
}

/** Starts what was in progress, with the records that are still there. */
function restore(state: PollerState, cut: ResumedCut, out: Out): void {
  const lanes = cut.lanes.map((key) => laneOf(state, key));
  for (const lane of lanes) {
    state.resume?.cuts.delete(lane.key);
    free(state, lane, out.now);
  }
  forgetResume(state);
  const pieces = cut.work
    .map((save) => pieceOf(state, cut, save))
    .filter((piece) => piece.entries.length > 0 || piece.final || piece.terminatedEarly);
  const cutter = lanes[0]?.cutter ?? 0;
  if (pieces.length > 0) startBatch(state, cutter, lanes, pieces, out);
  touchCutter(out, cutter);
}

function pieceOf(state: PollerState, cut: ResumedCut, save: PieceSave): Piece {
  const entries = save.positions.flatMap((position) => cut.wanted.get(position) ?? []);
  const positions = positionsOf(entries);
  const bytes = eventBytes(state, cut.lanes[0] ?? '', entries);
  const { closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly } = save;
  return { entries, positions, bytes, closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly };
}

function forgetResume(state: PollerState): void {
  if (state.resume && state.resume.ahead.size === 0 && state.resume.cuts.size === 0) state.resume = undefined;
}
