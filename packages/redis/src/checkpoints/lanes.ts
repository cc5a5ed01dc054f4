/** What a lane has in progress, as text: its save as JSON, positions packed. */
import { type Packed, packed, unpacked } from '@millrace/runtime';
import type { LaneSave, PieceSave } from '@millrace/semantics';

interface WrittenLane extends Omit<LaneSave, 'work'> {
  readonly work: readonly (Omit<PieceSave, 'positions'> & { readonly positions: Packed })[];
}

export function writeLane(save: LaneSave): string {
  const work = save.work.map((piece) => ({ ...piece, positions: packed(piece.positions) }));
  return JSON.stringify({ ...save, work } satisfies WrittenLane);
}

export function readLane(text: string): LaneSave {
  const { work, ...rest }: WrittenLane = JSON.parse(text);
  return { ...rest, work: work.map((piece) => ({ ...piece, positions: unpacked(piece.positions) })) };
}
