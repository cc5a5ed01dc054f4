/** What pollers have made durable: checkpoints, what is finished ahead of them, and the batches in progress. */
import {
  applyLanes,
  applyLedger,
  comparePositions,
  loadSaved,
  type SavedLanes,
  type SavedLedger,
  type SavedPoller,
  type SaveOrder,
  savedLanes,
  savedLedger,
} from '@millrace/semantics';

export interface StoredLedger extends SavedLedger {
  /** Where reading begins while there is no checkpoint. */
  startIndex: number | undefined;
}

export class Store {
  /** By shard id, or by topic-partition. */
  readonly ledgers = new Map<string, StoredLedger>();
  /** By poller scope: a shard id, or '' for a consumer group. */
  readonly #lanes = new Map<string, SavedLanes>();

  ledger(key: string): StoredLedger {
    let ledger = this.ledgers.get(key);
    if (!ledger) {
      ledger = { ...savedLedger(), startIndex: undefined };
      this.ledgers.set(key, ledger);
    }
    return ledger;
  }

  /** Applies a save; `keyOf` names the ledger of a lane. Returns the ledgers whose checkpoint moved. */
  apply(scope: string, factor: number, order: SaveOrder, keyOf: (lane: string) => string): string[] {
    const moved: string[] = [];
    for (const save of order.ledgers) {
      if (applyLedger(this.ledger(keyOf(save.lane)), save, comparePositions)) moved.push(save.lane);
    }
    applyLanes(this.#lanesOf(scope), factor, order.lanes);
    return moved;
  }

  /** What a poller of these ledgers is opened with; undefined when nothing but a checkpoint was saved. */
  load(scope: string, ledgerKeys: readonly string[]): SavedPoller | undefined {
    const ledgers = ledgerKeys.flatMap((key) => this.ledgers.get(key) ?? []);
    return loadSaved(ledgers, this.#lanesOf(scope), comparePositions);
  }

  #lanesOf(scope: string): SavedLanes {
    let lanes = this.#lanes.get(scope);
    if (!lanes) {
      lanes = savedLanes();
      this.#lanes.set(scope, lanes);
    }
    return lanes;
  }
}
