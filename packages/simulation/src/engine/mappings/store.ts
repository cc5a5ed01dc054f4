/** What pollers have made durable: checkpoints, what is finished ahead of them, and the batches in progress. */
import type { LaneSave, Position, SavedPoller, SaveOrder } from '@millrace/semantics';

export interface SavedLedger {
  checkpoint: Position | undefined;
  /** What is finished ahead of the checkpoint, save by save; what it has passed is dropped now and then. */
  ahead: (readonly Position[])[];
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
      ledger = { checkpoint: undefined, ahead: [], startIndex: undefined };
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
      if (save.completed.length > 0) remember(ledger, save.completed);
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
    const ahead = ledgerKeys.flatMap((key) => {
      const ledger = this.ledgers.get(key);
      return ledger ? ledger.ahead.flat().filter((position) => isAhead(position, ledger)) : [];
    });
    const lanes = [...(this.#lanes.get(scope)?.values() ?? [])];
    if (ahead.length === 0 && lanes.length === 0) return undefined;
    return { parallelizationFactor: this.#factors.get(scope) ?? 1, ahead, lanes };
  }
}

/** How many saves are kept before those that the checkpoint has passed are dropped. */
const SAVES_KEPT = 256;

function remember(ledger: SavedLedger, completed: readonly Position[]): void {
  ledger.ahead.push(completed);
  if (ledger.ahead.length < SAVES_KEPT) return;
  const kept = ledger.ahead.filter((positions) => positions.some((position) => isAhead(position, ledger)));
  ledger.ahead = kept.length * 2 > ledger.ahead.length ? [kept.flat()] : kept;
}

/** In virtual time positions are numbers that grow. */
function isAhead(position: Position, { checkpoint }: SavedLedger): boolean {
  return checkpoint === undefined || position > checkpoint;
}
