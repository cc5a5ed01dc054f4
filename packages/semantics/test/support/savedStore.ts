/** What a poller has made durable, as a checkpoint store adds it up: what the checkpoint passes is dropped. */
import type { LaneSave, Position, SavedPoller, SaveOrder } from '../../src/index.ts';

export class SavedStore {
  readonly checkpoints = new Map<string, Position>();
  readonly ahead = new Set<Position>();
  readonly lanes = new Map<string, LaneSave>();
  /** Whether a checkpoint stands at or behind a position; the story knows in which order it was fetched. */
  readonly passes: (lane: string, checkpoint: Position, position: Position) => boolean;

  constructor(passes: (lane: string, checkpoint: Position, position: Position) => boolean) {
    this.passes = passes;
  }

  apply(order: SaveOrder): void {
    for (const { lane, checkpoint, completed } of order.ledgers) {
      for (const position of completed) this.ahead.add(position);
      if (checkpoint === undefined) continue;
      this.checkpoints.set(lane, checkpoint);
      for (const position of this.ahead) if (this.passes(lane, checkpoint, position)) this.ahead.delete(position);
    }
    for (const lane of order.lanes) {
      if (lane.work.length === 0 && !lane.window) this.lanes.delete(lane.lane);
      else this.lanes.set(lane.lane, structuredClone(lane));
    }
  }

  /** What the next owner is opened with. */
  saved(parallelizationFactor = 1): SavedPoller {
    return { parallelizationFactor, ahead: [...this.ahead], lanes: [...this.lanes.values()] };
  }
}
