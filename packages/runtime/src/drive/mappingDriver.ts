/**
 * One mapping against the wall clock: hands facts to the core, opens, limits and drains its pollers, and knows when all of
 * them have stopped. It decides nothing.
 */
import {
  createMapping,
  type DiscardOrder,
  type MappingFact,
  type MappingOrder,
  type MappingPolicy,
  type MappingSettings,
  type MappingState,
  type Millis,
  type Outcome,
  type PollerChoices,
  type PollerConfig,
  pollerConfig,
  type RuleId,
  type SaveOrder,
  stepMapping,
} from '@millrace/semantics';
import type { Clock, Timer } from '../clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { MappingSource, PollerEvents } from '../ports/source.ts';
import { Attempts } from './attempts.ts';
import type { FunctionGate } from './functionGate.ts';
import { MachineJournal } from './journal.ts';
import { Meter } from './meter.ts';
import { PollerDriver } from './pollerDriver.ts';
import type { Tracer } from './trace.ts';

export interface MappingOptions {
  readonly name: string;
  readonly uuid: string;
  readonly settings: MappingSettings;
  readonly policy: MappingPolicy;
  readonly choices: PollerChoices;
  readonly source: MappingSource;
  readonly gate: FunctionGate;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly journal?: Journal | undefined;
  save?(poller: string, order: SaveOrder): Promise<boolean>;
  discard?(order: DiscardOrder, poller: PollerDriver): Promise<boolean>;
}

export class MappingDriver {
  readonly name: string;
  readonly meter = new Meter();
  readonly #options: MappingOptions;
  readonly #attempts: Attempts;
  readonly #state: MappingState;
  #settings: MappingSettings;
  #policy: MappingPolicy;
  #generation = 1;
  readonly #pollers = new Map<string, PollerDriver>();
  readonly #allowances = new Map<string, number>();
  #wake: { readonly atMs: Millis; readonly timer: Timer } | undefined;
  #running = false;
  #onEmpty: (() => void) | undefined;
  /** What keeps its source from being read, while it does. */
  trouble: string | undefined;

  constructor(options: MappingOptions) {
    this.#options = options;
    this.name = options.name;
    this.#settings = options.settings;
    this.#policy = options.policy;
    this.#state = createMapping(options.policy);
    this.#attempts = new Attempts({
      mapping: options.name,
      uuid: options.uuid,
      gate: options.gate,
      clock: options.clock,
      tracer: options.tracer,
      meter: this.meter,
      settings: () => this.#settings,
      generation: () => this.#generation,
      onOutcome: (outcome) => this.#answered(outcome),
    });
  }

  /** Pollers that are open, and how many of them may work. */
  pollers(): { readonly open: number; readonly working: number } {
    let working = 0;
    for (const batches of this.#allowances.values()) if (batches > 0) working += 1;
    return { open: this.#pollers.size, working: Math.min(working, this.#pollers.size) };
  }

  start(): void {
    this.#running = true;
    this.#tell({ what: 'enabled' });
  }

  /** Starts nothing new and resolves when what runs has ended. */
  async stop(): Promise<void> {
    if (this.#running) {
      this.#running = false;
      this.#tell({ what: 'disabled' });
    }
    if (this.#pollers.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#wakeAt(undefined);
    await this.#attempts.idle();
  }

  /** A changed mapping; its pollers go on with what they hold. */
  configure(settings: MappingSettings, policy: MappingPolicy): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#policy = policy;
    this.#generation += 1;
    const repartition =
      before.parallelizationFactor !== settings.parallelizationFactor ||
      before.tumblingWindowMs !== settings.tumblingWindowMs;
    this.#tell({ what: 'reconfigured', policy, repartition });
  }

  #answered(outcome: Outcome): void {
    if (outcome.kind === 'error' || outcome.kind === 'timeout') this.#tell({ what: 'batchFailed' });
  }

  #tell(fact: MappingFact): void {
    const step = stepMapping(this.#state, fact, this.#options.clock.now());
    for (const order of step.orders) this.#carryOut(order);
    this.#wakeAt(step.wakeAt);
  }

  #wakeAt(atMs: Millis | undefined): void {
    if (this.#wake?.atMs === atMs && atMs !== undefined) return;
    this.#wake?.timer.cancel();
    this.#wake = undefined;
    if (atMs === undefined) return;
    const timer = this.#options.clock.at(atMs, () => {
      this.#wake = undefined;
      this.#tell({ what: 'woke' });
    });
    this.#wake = { atMs, timer };
  }

  #carryOut(order: MappingOrder): void {
    switch (order.do) {
      case 'openPoller':
        this.#open(order.poller, order.from, order.rule);
        break;
      case 'drainPoller':
        this.#trace('closed', order.rule, { poller: order.poller });
        this.#pollers.get(order.poller)?.tell({ what: 'drainRequested' });
        break;
      case 'configurePoller':
        this.#trace('state', order.rule, { poller: order.poller });
        this.#pollers.get(order.poller)?.tell({ what: 'configured', config: this.#config() });
        break;
      case 'setAllowance':
        this.#allowances.set(order.poller, order.batches);
        this.#pollers.get(order.poller)?.tell({ what: 'allowanceChanged', batches: order.batches });
        break;
      case 'note':
        this.#trace('scaled', order.rule, { from: order.from, to: order.to });
        break;
      case 'discover':
      case 'measureLag':
        this.#options.source.look?.(order);
        break;
    }
  }

  #open(name: string, from: 'start' | 'horizon', rule: RuleId): void {
    const { clock, tracer, source, journal, save, discard } = this.#options;
    this.#trace('opened', rule, { from, ...(this.#policy.provisioned && { provisioned: true }) }, name);
    const patterns = () => this.#settings.filterPatterns;
    const poller = new PollerDriver(
      {
        mapping: this.name,
        clock,
        tracer,
        meter: this.meter,
        attempts: this.#attempts,
        journal: journal && new MachineJournal(journal, `${this.name}/${name}`, clock, patterns),
        save: (order) => save?.(name, order) ?? Promise.resolve(true),
        discard: (order, driver) => discard?.(order, driver) ?? Promise.resolve(true),
        closed: (driver, ended) => this.#closed(driver, ended),
      },
      name,
      this.#config(),
    );
    this.#pollers.set(name, poller);
    this.#allowances.set(name, this.#policy.batchesPerPoller);
    poller.open(source.open(name, from, this.#events(poller)));
  }

  #events(poller: PollerDriver): PollerEvents {
    const { tracer, clock } = this.#options;
    return {
      tell: (fact) => {
        if (fact.what === 'fetched' && fact.records.length > 0) this.#fetched(poller, fact.records);
        poller.tell(fact);
      },
      waits: () => this.#tell({ what: 'slotIdle', poller: poller.name }),
      troubled: (problem) => {
        this.trouble = problem;
        this.meter.failed(problem, clock.now());
      },
      recovered: () => {
        this.trouble = undefined;
      },
      deadLettered: (letters) => {
        for (const { name, receiveCount, rule } of letters) {
          const data = { fate: 'dead-lettered', receiveCount };
          tracer.emit({ at: clock.now(), what: 'dead-lettered', records: [name], rule, data });
        }
      },
    };
  }

  #fetched(poller: PollerDriver, records: readonly { readonly position: string | number }[]): void {
    const { tracer, clock } = this.#options;
    this.meter.counts.PolledEventCount += records.length;
    if (tracer.active) {
      const names = poller.source.names(records.map(({ position }) => position));
      const data = { count: records.length };
      tracer.emit({ at: clock.now(), what: 'fetched', mapping: this.name, poller: poller.name, records: names, data });
    }
    this.#tell({ what: 'slotBusy', poller: poller.name });
  }

  #closed(poller: PollerDriver, ended: boolean): void {
    if (this.#pollers.get(poller.name) !== poller) return;
    this.#pollers.delete(poller.name);
    this.#allowances.delete(poller.name);
    this.#tell({ what: 'pollerClosed', poller: poller.name, ended });
    if (this.#pollers.size > 0) return;
    this.#onEmpty?.();
    this.#onEmpty = undefined;
  }

  #config(): PollerConfig {
    const { gate, source, choices } = this.#options;
    const around = { ...source.surroundings, functionTimeoutMs: gate.definition.timeoutMs };
    return pollerConfig(this.#settings, this.#policy, around, choices);
  }

  #trace(
    what: 'opened' | 'closed' | 'state' | 'scaled',
    rule: RuleId,
    data: Readonly<Record<string, unknown>>,
    poller?: string,
  ): void {
    const { tracer, clock } = this.#options;
    tracer.emit({ at: clock.now(), what, mapping: this.name, poller, rule, data });
  }
}
