/**
 * Going on from what was saved. Records are read again from the checkpoint; those that were finished ahead of it are
 * finished at once, and those of a saved cut are put together again, exactly, before their lane takes anything new:
 * rule `checkpoint.saved-cut-is-ordered-again`.
 */

import type { Position } from '../vocabulary.ts';
import { startBatch } from './attempt.ts';
import type { LaneSave, PieceSave, SavedPoller } from './facts.ts';
import { free, hold } from './lanes.ts';
import { finish } from './ledger.ts';
import type { Out } from './out.ts';
import type { Entry, Lane, Piece, PollerState, ResumedLane } from './state.ts';

/** Prepares to meet saved positions again. A cut of a batch whose lanes are not all here is not resumed. */
export function prepare(state: PollerState, saved: SavedPoller, out: Out): void {
  const lanes = new Map<string, ResumedLane>();
  if (saved.parallelizationFactor === state.config.parallelizationFactor) {
    for (const save of saved.lanes) prepareLane(state, save, lanes, out);
  }
  if (saved.ahead.length > 0 || lanes.size > 0) state.resume = { ahead: new Set(saved.ahead), lanes };
}

function prepareLane(state: PollerState, save: LaneSave, lanes: Map<string, ResumedLane>, out: Out): void {
  const lane = state.lanes.get(save.lane);
  if (!lane) return;
  if (save.window && state.config.tumblingWindowMs > 0) {
    lane.window = { ...save.window, lastReadMs: out.now };
  }
  const wanted = new Map<Position, Entry | undefined>();
  for (const piece of save.work) for (const position of piece.positions) wanted.set(position, undefined);
  const held = [...new Set(save.work.flatMap((piece) => piece.lanes))];
  if (wanted.size === 0 || !held.every((key) => state.lanes.has(key))) return;
  const resumed: ResumedLane = { wanted, missing: wanted.size, save };
  for (const key of held) {
    hold(state, state.lanes.get(key) as Lane, out.now);
    lanes.set(key, resumed);
  }
}

/** Takes a record that was read before; true when nothing more is to be done with it here. */
export function rejoin(state: PollerState, lane: Lane, entry: Entry, out: Out): boolean {
  const { resume } = state;
  if (!resume) return false;
  if (resume.ahead.delete(entry.position)) {
    finish(state, [entry]);
    done(state);
    return true;
  }
  const resumed = resume.lanes.get(lane.key);
  if (!resumed) return false;
  if (!resumed.wanted.has(entry.position)) {
    restore(state, resumed, out);
    return false;
  }
  if (resumed.wanted.get(entry.position) === undefined) resumed.missing -= 1;
  resumed.wanted.set(entry.position, entry);
  if (resumed.missing === 0) restore(state, resumed, out);
  return true;
}

/** Starts what was in progress, with the records that are still there. */
function restore(state: PollerState, resumed: ResumedLane, out: Out): void {
  const { resume } = state;
  if (!resume) return;
  const lanes: Lane[] = [];
  for (const [key, other] of [...resume.lanes]) {
    if (other !== resumed) continue;
    resume.lanes.delete(key);
    lanes.push(state.lanes.get(key) as Lane);
  }
  done(state);
  const pieces = resumed.save.work
    .map((save) => pieceOf(state, resumed, save))
    .filter((piece) => piece.entries.length > 0);
  for (const lane of lanes) free(state, lane, out.now);
  if (pieces.length > 0) startBatch(state, lanes[0]?.cutter ?? 0, lanes, pieces, out);
}

function pieceOf(state: PollerState, resumed: ResumedLane, save: PieceSave): Piece {
  const entries = save.positions.flatMap((position) => resumed.wanted.get(position) ?? []);
  let bytes = state.config.envelopeBytes - 1;
  for (const entry of entries) bytes += entry.encodedBytes + 1;
  for (const key of new Set(entries.map((entry) => entry.lane))) bytes += state.lanes.get(key)?.keyBytes ?? 0;
  const { closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly } = save;
  return { entries, bytes, closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly };
}

function done(state: PollerState): void {
  if (state.resume && state.resume.ahead.size === 0 && state.resume.lanes.size === 0) delete state.resume;
}
