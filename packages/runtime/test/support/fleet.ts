/** The parts that members of a fleet share, in the hands of a test: turns, the board, the register. */
import type { Board, FleetMapping, InFlight, Register, Turn, TurnHandler, Turns } from '@millrace/runtime';

/** Turns that the test itself gives and takes. */
export class HandTurns implements Turns {
  readonly added = new Set<string>();
  readonly #endings = new Map<string, { ending: AbortController; lost: AbortController; done: Promise<void> }>();
  #epoch = 0;

  async add(name: string): Promise<void> {
    this.added.add(name);
  }

  async remove(name: string): Promise<void> {
    this.added.delete(name);
  }

  async names(): Promise<readonly string[]> {
    return [...this.added];
  }

  serve(_handler: TurnHandler): void {}

  held(): readonly string[] {
    return [...this.#endings.keys()];
  }

  async close(): Promise<void> {}

  give(name: string, to: FleetMapping): void {
    this.#epoch += 1;
    const ending = new AbortController();
    const lost = new AbortController();
    const signals = { ending: ending.signal, lost: lost.signal };
    const turn: Turn = { name, epoch: this.#epoch, endsAtMs: 0, isSure: () => !lost.signal.aborted, ...signals };
    this.#endings.set(name, { ending, lost, done: to.serve(turn) });
  }

  async take(name: string, how: 'end' | 'lose' = 'end'): Promise<void> {
    const held = this.#endings.get(name);
    if (how === 'lose') held?.lost.abort();
    held?.ending.abort();
    await held?.done;
    this.#endings.delete(name);
  }
}

export interface MemoryBoard extends Board {
  readonly kept: Map<string, number>;
  /** How many hear of facts now. */
  readonly listening: () => number;
  /** As if something had been told to nobody. */
  miss(): void;
}

export function memoryBoard(): MemoryBoard {
  const kept = new Map<string, number>();
  const allowed = new Set<(poller: string, batches: number) => void>();
  const told = new Map<Parameters<Board['onFact']>[1], () => void>();
  return {
    kept,
    listening: () => told.size,
    miss() {
      for (const missed of told.values()) missed();
    },
    async allow(_owner, poller, batches) {
      kept.set(poller, batches);
      for (const heard of allowed) heard(poller, batches);
    },
    allowances: async () => new Map(kept),
    async forget(_owner, poller) {
      kept.delete(poller);
    },
    tell: (_mapping, fact) => {
      for (const heard of told.keys()) heard(fact);
    },
    onAllowance: (_mapping, heard) => {
      allowed.add(heard);
      return () => allowed.delete(heard);
    },
    onFact: (_mapping, heard, missed) => {
      told.set(heard, missed);
      return () => told.delete(heard);
    },
  };
}

/** Attempts by owner's name, each with its epoch. Whoever opens a name is its current owner. */
export function memoryRegister(): Register & { readonly entries: Map<string, InFlight> } {
  const entries = new Map<string, InFlight>();
  const current = new Map<string, number>();
  return {
    entries,
    async begin({ name, epoch }, { attemptId, lanes, deadlineMs }) {
      if ((current.get(name) ?? epoch) !== epoch) return { kind: 'deposed' };
      for (const lane of lanes) entries.set(`${name} ${lane}`, { lane, attemptId, epoch, deadlineMs });
      return { kind: 'begun' };
    },
    async end({ name }, { lanes }) {
      for (const lane of lanes) entries.delete(`${name} ${lane}`);
      return 'ended';
    },
    async open({ name, epoch }) {
      current.set(name, epoch);
      return [...entries].flatMap(([key, entry]) =>
        key.startsWith(`${name} `) && entry.epoch !== epoch ? [entry] : [],
      );
    },
  };
}
