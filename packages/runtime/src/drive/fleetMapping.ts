/**
 * One mapping in a fleet of processes. Its machine is owned by one of them, in turns; so is each of its pollers, by
 * whichever process takes that poller's turn. The two speak through the board.
 *
 * 1. A new owner of the machine begins to scale anew. Pollers of before it that it has not asked for may do nothing.
 * 2. A poller is drained when its turn ends, and dropped when its turn is lost: whoever serves it next starts afresh, and
 *    messages that were received and not deleted come back by visibility.
 * 3. Findings are told when they change, not each time; whoever is told anew what it may do, tells anew what it finds.
 * 4. A poller begins only when no attempt of a former owner can be running any more. Attempts that run as jobs are in the
 *    register from their start; those that run here end with this process, and are entered when a turn is lost before they
 *    have ended, so that whoever has the next turn waits for them.
 */
import type { MappingFact, MappingPolicy, MappingSettings, Millis } from '@millrace/semantics';
import type { Board } from '../ports/board.ts';
import type { Owner, Register } from '../ports/register.ts';
import type { Turn, Turns } from '../ports/turns.ts';
import { MACHINE, serveMachine, turnName } from './fleetMachine.ts';
import type { RunningMapping } from './mappingDriver.ts';
import type { MappingOptions } from './mappingOptions.ts';
import { MappingPollers } from './mappingPollers.ts';
import type { Meter } from './meter.ts';
import { IN_FLIGHT_GRACE_MS } from './registeredInvoker.ts';

export interface FleetOptions extends MappingOptions {
  readonly turns: Turns;
  readonly board: Board;
  readonly register: Register;
  /** Told of what could not be said to the others, and will be made up for. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Throttles are told no more often. The lag is looked at less often than that. */
const TELL_THROTTLED_MS = 5000;
/** How often a new owner asks whether what was in flight has ended. */
const LOOK_EVERY_MS = 100;

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
  /** Pollers of whose allowance something was heard since it was asked for. */
  readonly #heard = new Set<string>();
  readonly #closings = new Map<string, () => void>();
  readonly #unsubscribe: () => void;
  #throttledToldMs = Number.NEGATIVE_INFINITY;
  /** The name of its board. */
  readonly #name: string;

  constructor(options: FleetOptions) {
    this.name = options.name;
    this.uuid = options.uuid;
    this.#options = options;
    this.#pollers = new MappingPollers(options, {
      told: (fact) => this.#tell(fact),
      throttled: () => this.#tellThrottled(),
      closed: (poller, ended) => {
        if (ended) this.#tell({ what: 'pollerClosed', poller: poller.name, ended });
        this.#closings.get(poller.name)?.();
      },
    });
    this.#name = turnName(options.uuid, MACHINE);
    this.#unsubscribe = options.board.onAllowance(this.#name, (poller, batches) => {
      this.#told.delete(poller);
      if (this.#pollers.get(poller)) this.#heard.add(poller);
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
    this.#try(this.#options.turns.add(turnName(this.uuid, MACHINE)));
  }

  /** To be called once the turns of this process have ended. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#pollers.idle();
  }

  async close(): Promise<void> {
    this.#pollers.close();
    await this.#options.source.close?.();
  }

  configure(settings: MappingSettings, policy: MappingPolicy): void {
    this.#pollers.configure(settings, policy);
  }

  /** Serves one turn of this mapping: its machine, or one of its pollers. */
  serve(turn: Turn): Promise<void> {
    const { part } = partsOfTurn(turn.name);
    return part === MACHINE
      ? serveMachine(turn, { ...this.#options, pollers: this.#pollers })
      : this.#servePoller(part, turn);
  }

  async #servePoller(name: string, turn: Turn): Promise<void> {
    const { board } = this.#options;
    const owner = { name: turn.name, epoch: turn.epoch };
    const allowance = async () => (await board.allowances(this.#name)).get(name) ?? 0;
    await this.#untilClear(owner, turn.ending);
    const first = await allowance();
    if (turn.ending.aborted) return;
    const closed = new Promise<void>((resolve) => this.#closings.set(name, resolve));
    const isSure = () => turn.isSure();
    this.#pollers.open({ name, from: 'start', owner, isSure, allowance: first });
    // After a rebalance another one stands under its name.
    const drain = () => this.#pollers.get(name)?.tell({ what: 'drainRequested' });
    turn.ending.addEventListener('abort', drain, { once: true });
    turn.lost.addEventListener('abort', () => this.#depose(owner, name), { once: true });
    this.#try(this.#allowAgain(name, allowance));
    await closed;
    this.#closings.delete(name);
    this.#told.delete(name);
    this.#heard.delete(name);
  }

  /** What was told between the first question and the poller's start was told to nobody. What is told meanwhile is newer. */
  async #allowAgain(name: string, allowance: () => Promise<number>): Promise<void> {
    this.#heard.delete(name);
    const batches = await allowance();
    if (!this.#heard.has(name)) this.#pollers.allow(name, batches);
  }

  /**
   * Waits for the attempts of former owners. What of them has not begun will not begin any more, because the epoch has
   * changed: none of them can last longer than the function's timeout from now.
   */
  async #untilClear(owner: Owner, ending: AbortSignal): Promise<void> {
    const { register, clock } = this.#options;
    const untilMs = this.#overByMs();
    while (!ending.aborted && clock.now() < untilMs) {
      const open = await register.open(owner);
      if (open === 'deposed' || open.length === 0) return;
      await clock.until(clock.now() + LOOK_EVERY_MS, ending);
    }
  }

  /** The turn is lost: what runs here goes on, and the next owner is to know of it. */
  #depose(owner: Owner, name: string): void {
    const { register } = this.#options;
    const poller = this.#pollers.get(name);
    if (!poller) return;
    const deadlineMs = this.#overByMs();
    for (const { attemptId, lanes, over } of this.#pollers.runningFor(poller)) {
      this.#try(register.begin(owner, { attemptId, lanes, deadlineMs }));
      this.#try(over.then(() => register.end(owner, { attemptId, lanes })));
    }
    poller.tell({ what: 'deposed' });
  }

  /** When everything that runs now is over at the latest. */
  #overByMs(): Millis {
    const { clock, gate } = this.#options;
    return clock.now() + gate.definition.timeoutMs + IN_FLIGHT_GRACE_MS;
  }

  #try(doing: Promise<unknown>): void {
    doing.catch((error) => this.#options.onError?.(error));
  }

  #tellThrottled(): void {
    const { clock, board } = this.#options;
    if (clock.now() < this.#throttledToldMs + TELL_THROTTLED_MS) return;
    this.#throttledToldMs = clock.now();
    board.tell(this.#name, { what: 'throttled' });
  }

  #tell(fact: MappingFact): void {
    if ('poller' in fact && this.#told.get(fact.poller) === fact.what) return;
    if ('poller' in fact) this.#told.set(fact.poller, fact.what);
    this.#options.board.tell(this.#name, fact);
  }
}
