/**
 * One mapping in a fleet of processes. Its machine is owned by one of them, in turns; so is each of its pollers, by
 * whichever process takes that poller's turn. The two speak through the board.
 *
 * 1. A new owner of the machine begins to scale anew. Pollers of before it that it has not asked for may do nothing.
 * 2. A poller is drained when its turn ends, and dropped when its turn is lost: whoever serves it next starts afresh, and
 *    messages that were received and not deleted come back by visibility.
 * 3. Findings are told when they change, not each time; whoever is told anew what it may do, tells anew what it finds.
 */
import type { MappingFact, MappingPolicy, MappingSettings } from '@millrace/semantics';
import type { Board } from '../ports/board.ts';
import type { Turn, Turns } from '../ports/turns.ts';
import type { RunningMapping } from './mappingDriver.ts';
import { MappingMachine } from './mappingMachine.ts';
import { type MappingOptions, MappingPollers } from './mappingPollers.ts';
import type { Meter } from './meter.ts';

export interface FleetOptions extends MappingOptions {
  readonly turns: Turns;
  readonly board: Board;
}

/** The turn of a mapping's machine, and of its pollers. */
const MACHINE = 'machine';

function turnName(uuid: string, part: string): string {
  return `${uuid}/${part}`;
}

/** The mapping's id, and which part of it. */
export function partsOfTurn(name: string): { readonly uuid: string; readonly part: string } {
  const cut = name.indexOf('/');
  return { uuid: name.slice(0, cut), part: name.slice(cut + 1) };
}

export class FleetMapping implements RunningMapping {
  readonly name: string;
  readonly uuid: string;
  readonly #options: FleetOptions;
  readonly #pollers: MappingPollers;
  readonly #told = new Map<string, string>();
  readonly #closings = new Map<string, () => void>();
  readonly #unsubscribe: () => void;

  constructor(options: FleetOptions) {
    this.name = options.name;
    this.uuid = options.uuid;
    this.#options = options;
    this.#pollers = new MappingPollers(options, {
      told: (fact) => this.#tell(fact),
      closed: (poller) => this.#closings.get(poller.name)?.(),
    });
    this.#unsubscribe = options.board.onAllowance(options.uuid, (poller, batches) => {
      this.#told.delete(poller);
      this.#pollers.allow(poller, batches);
    });
  }

  get meter(): Meter {
    return this.#pollers.meter;
  }

  get trouble(): string | undefined {
    return this.#pollers.trouble;
  }

  pollers(): { readonly open: number; readonly working: number } {
    return this.#pollers.counts();
  }

  /** Some process is to own the machine from now on. */
  start(): void {
    void this.#options.turns.add(turnName(this.uuid, MACHINE));
  }

  /** To be called once the turns of this process have ended. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#pollers.idle();
  }

  configure(settings: MappingSettings, policy: MappingPolicy): void {
    this.#pollers.configure(settings, policy);
  }

  /** Serves one turn of this mapping: its machine, or one of its pollers. */
  serve(turn: Turn): Promise<void> {
    const { part } = partsOfTurn(turn.name);
    return part === MACHINE ? this.#serveMachine(turn) : this.#servePoller(part, turn);
  }

  async #serveMachine(turn: Turn): Promise<void> {
    const { board, policy, clock, turns } = this.#options;
    const before = [...(await board.allowances(this.uuid)).keys()];
    await Promise.all(before.map((poller) => board.allow(this.uuid, poller, 0)));
    const opened = new Set<string>();
    const wanted = (poller: string, batches: number) => void board.allow(this.uuid, poller, batches);
    const machine = new MappingMachine(policy, clock, {
      open: (poller, from, rule) => {
        opened.add(poller);
        this.#pollers.traceOpened(poller, from, rule);
        wanted(poller, policy.batchesPerPoller);
        void turns.add(turnName(this.uuid, poller));
      },
      drain: () => {},
      configure: () => {},
      allow: wanted,
      note: (rule, from, to) => this.#pollers.trace('scaled', rule, { from, to }),
      look: () => {},
    });
    const unsubscribe = board.onFact(this.uuid, (fact) => machine.tell(fact));
    machine.start();
    for (const poller of before) if (!opened.has(poller)) void this.#removePoller(poller);
    await aborted(turn.ending);
    unsubscribe();
    machine.close();
  }

  async #removePoller(poller: string): Promise<void> {
    await this.#options.turns.remove(turnName(this.uuid, poller));
    await this.#options.board.forget(this.uuid, poller);
  }

  async #servePoller(name: string, turn: Turn): Promise<void> {
    const { board } = this.#options;
    const allowance = async () => (await board.allowances(this.uuid)).get(name) ?? 0;
    const first = await allowance();
    if (turn.ending.aborted) return;
    const closed = new Promise<void>((resolve) => this.#closings.set(name, resolve));
    const owner = { name: turn.name, epoch: turn.epoch };
    const poller = this.#pollers.open({ name, from: 'start', owner, allowance: first });
    // What was told between the question and now was told to nobody.
    this.#pollers.allow(name, await allowance());
    turn.ending.addEventListener('abort', () => poller.tell({ what: 'drainRequested' }), { once: true });
    turn.lost.addEventListener('abort', () => poller.tell({ what: 'deposed' }), { once: true });
    await closed;
    this.#closings.delete(name);
    this.#told.delete(name);
  }

  #tell(fact: MappingFact): void {
    if ('poller' in fact && this.#told.get(fact.poller) === fact.what) return;
    if ('poller' in fact) this.#told.set(fact.poller, fact.what);
    this.#options.board.tell(this.uuid, fact);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
