/** What pollers have made durable: checkpoints, what is finished ahead of them, and the batches in progress. */
import type { LaneSave, Position, SavedPoller, SaveOrder } from '@millrace/semantics';

export interface SavedLedger {
  checkpoint: Position | undefined;
  readonly ahead: Set<Position>;
  /** Where reading begins while there is no checkpoint. */
  startIndex: number | undefined;
}

export class Store {
  /** By shard id, or by topic-partition. */
  readonly ledgers = new Map<string, SavedLedger>();
  /** By poller scope (a shard id, or '' for a consumer group), then lane. */
  readonly #lanes = new Map<string, Map<string, LaneSave>>();
  readonly #factors = new Map<string, number>();

  ledger(key: string): SavedLedger {
    let ledger = this.ledgers.get(key);
    if (!ledger) {
      ledger = { checkpoint: undefined, ahead: new Set(), startIndex: undefined };
      this.ledgers.set(key, ledger);
    }
    return ledger;
  }

  /** Applies a save; `keyOf` names the ledger of a lane. Returns the ledgers whose checkpoint moved. */
  apply(scope: string, factor: number, order: SaveOrder, keyOf: (lane: string) => string): string[] {
    const moved: string[] = [];
    for (const save of order.ledgers) {
      const ledger = this.ledger(keyOf(save.lane));
      if (save.checkpoint !== undefined && save.checkpoint !== ledger.checkpoint) {
        ledger.checkpoint = save.checkpoint;
        moved.push(save.lane);
      }
      for (const position of save.completed) ledger.ahead.add(position);
      for (const position of save.passed) ledger.ahead.delete(position);
    }
    const lanes = this.#lanesOf(scope, factor);
    for (const lane of order.lanes) {
      if (lane.work.length === 0 && !lane.window) lanes.delete(lane.lane);
      else lanes.set(lane.lane, lane);
    }
    return moved;
  }

  #lanesOf(scope: string, factor: number): Map<string, LaneSave> {
    let lanes = this.#lanes.get(scope);
    if (!lanes || this.#factors.get(scope) !== factor) {
      lanes = new Map();
      this.#lanes.set(scope, lanes);
      this.#factors.set(scope, factor);
    }
    return lanes;
  }

  /** What a poller of these ledgers is opened with; undefined when nothing but a checkpoint was saved. */
  load(scope: string, ledgerKeys: readonly string[]): SavedPoller | undefined {
    const ahead = ledgerKeys.flatMap((key) => [...(this.ledgers.get(key)?.ahead ?? [])]);
    const lanes = [...(this.#lanes.get(scope)?.values() ?? [])];
    if (ahead.length === 0 && lanes.length === 0) return undefined;
    return { parallelizationFactor: this.#factors.get(scope) ?? 1, ahead, lanes };
  }
}
