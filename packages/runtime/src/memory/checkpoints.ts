/**
 * Checkpoints of one process. The model for every other adapter: same saves, same owners, same answers. What is saved
 * here survives pollers, not the process.
 */
import {
  applyLanes,
  applyLedger,
  comparePositions,
  loadSaved,
  type Position,
  type SavedLanes,
  type SavedLedger,
  type SaveOrder,
  savedLanes,
  savedLedger,
} from '@millrace/semantics';
import type { Checkpoints, Progress, Scope } from '../ports/checkpoints.ts';
import type { Owner } from '../ports/register.ts';

export interface MemoryCheckpointsOptions {
  /** Whether an owner is still the current one; absent: whoever writes is. */
  readonly isCurrent?: (owner: Owner) => boolean;
}

/** What is kept of one scope. */
class Kept {
  readonly ledgers = new Map<string, SavedLedger>();
  readonly starts = new Map<string, string>();
  readonly lanes: SavedLanes = savedLanes();
  ended = false;

  ledger(name: string): SavedLedger {
    let ledger = this.ledgers.get(name);
    if (!ledger) {
      ledger = savedLedger();
      this.ledgers.set(name, ledger);
    }
    return ledger;
  }

  progress(): Progress {
    const checkpoints = new Map<string, Position>();
    for (const [name, { checkpoint }] of this.ledgers) if (checkpoint !== undefined) checkpoints.set(name, checkpoint);
    const saved = loadSaved(this.ledgers.values(), this.lanes, comparePositions);
    return { checkpoints, starts: new Map(this.starts), saved, ended: this.ended };
  }
}

class MemoryCheckpoints implements Checkpoints {
  readonly #isCurrent: (owner: Owner) => boolean;
  /** By mapping, then by the scope's name. */
  readonly #mappings = new Map<string, Map<string, Kept>>();

  constructor({ isCurrent = () => true }: MemoryCheckpointsOptions) {
    this.#isCurrent = isCurrent;
  }

  async load({ mapping, name }: Scope): Promise<Progress> {
    return (this.#mappings.get(mapping)?.get(name) ?? new Kept()).progress();
  }

  async begin(scope: Scope, starts: ReadonlyMap<string, string>): Promise<boolean> {
    return this.#write(scope, (kept) => {
      for (const [ledger, start] of starts) if (!kept.starts.has(ledger)) kept.starts.set(ledger, start);
    });
  }

  async save(scope: Scope, factor: number, { ledgers, lanes }: Pick<SaveOrder, 'ledgers' | 'lanes'>): Promise<boolean> {
    return this.#write(scope, (kept) => {
      for (const save of ledgers) applyLedger(kept.ledger(save.lane), save, comparePositions);
      applyLanes(kept.lanes, factor, lanes);
    });
  }

  async end(scope: Scope): Promise<boolean> {
    return this.#write(scope, (kept) => {
      kept.ended = true;
    });
  }

  async ended(mapping: string): Promise<readonly string[]> {
    return [...(this.#mappings.get(mapping) ?? [])].flatMap(([name, { ended }]) => (ended ? [name] : []));
  }

  async drop({ mapping, name }: Scope): Promise<void> {
    const scopes = this.#mappings.get(mapping);
    if (scopes?.get(name)?.ended) scopes.delete(name);
  }

  async forget(mapping: string): Promise<void> {
    this.#mappings.delete(mapping);
  }

  #write({ mapping, name, owner }: Scope, change: (kept: Kept) => void): boolean {
    if (owner && !this.#isCurrent(owner)) return false;
    const scopes = this.#mappings.get(mapping) ?? new Map<string, Kept>();
    const kept = scopes.get(name) ?? new Kept();
    this.#mappings.set(mapping, scopes.set(name, kept));
    change(kept);
    return true;
  }
}

export function memoryCheckpoints(options: MemoryCheckpointsOptions = {}): Checkpoints {
  return new MemoryCheckpoints(options);
}
