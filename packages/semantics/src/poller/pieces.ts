/** Small questions about the pieces of a batch. */
import type { Position } from '../vocabulary.ts';
import { type Batch, type Entry, laneNames, type Piece, type PollerState } from './state.ts';

export function positionsOf(entries: readonly Entry[]): Position[] {
  return entries.map((entry) => entry.position);
}

/** Positions of some of a piece's entries: most often of all of them. */
export function positionsIn(piece: Piece, entries: readonly Entry[]): readonly Position[] {
  return entries === piece.entries ? piece.positions : positionsOf(entries);
}

/** The lanes that a piece still holds records of. */
export function lanesOf(batch: Batch, piece: Piece): readonly string[] {
  if (batch.lanes.length < 2) return batch.lanes;
  return [...new Set(piece.entries.map((entry) => entry.lane))];
}

/** The same, as orders name them. */
export function namedLanes(state: PollerState, batch: Batch, piece: Piece): readonly string[] {
  return laneNames(state.config, lanesOf(batch, piece));
}

/** Size of the event that these entries make, in bytes: with their partitions' keys, and the state of a window. */
export function eventBytes(state: PollerState, batchLane: string, entries: readonly Entry[]): number {
  let bytes = state.config.envelopeBytes + stateBytes(state, batchLane);
  if (entries.length > 0) bytes -= 1;
  for (const entry of entries) bytes += entry.encodedBytes + 1;
  if (state.slots.length > 0 || state.lanes.size === 0) return bytes;
  for (const key of new Set(entries.map((entry) => entry.lane))) bytes += state.lanes.get(key)?.keyBytes ?? 0;
  return bytes;
}

/** What the state of a lane's window has more than an empty one. */
export function stateBytes(state: PollerState, lane: string): number {
  const window = state.config.tumblingWindowMs > 0 ? state.lanes.get(lane)?.window : undefined;
  return window ? window.stateBytes - 2 : 0;
}
