/** The pollers that one process has of one mapping, whoever decides about them: their source, their attempts, their counts. */
import {
  type DiscardOrder,
  type MappingFact,
  type MappingPolicy,
  type MappingSettings,
  type Outcome,
  type PollerChoices,
  type PollerConfig,
  pollerConfig,
  type RuleId,
  type SaveOrder,
} from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { Owner } from '../ports/register.ts';
import type { MappingSource, PollerEvents } from '../ports/source.ts';
import { Attempts, type RunningAttempt } from './attempts.ts';
import type { FunctionGate } from './functionGate.ts';
import { MachineJournal } from './journal.ts';
import { Meter } from './meter.ts';
import { PollerDriver, type PollerStart } from './pollerDriver.ts';
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
  /** What the function wrote during an invocation, as text of one or more lines. */
  readonly onLogs?: ((logs: string) => void) | undefined;
  save?(poller: string, order: SaveOrder): Promise<boolean>;
  discard?(order: DiscardOrder, poller: PollerDriver): Promise<boolean>;
}

/** Where a process's pollers report to. */
export interface PollerReports {
  /** What the mapping's machine has to know. */
  told(fact: MappingFact): void;
  closed(poller: PollerDriver, ended: boolean): void;
}

export interface OpenPoller {
  readonly name: string;
  readonly from: 'start' | 'horizon';
  /** Under which epoch this process owns it; absent where there is only this process. */
  readonly owner?: Owner;
  /** False when another process may own it by now. */
  readonly isSure?: () => boolean;
  readonly start?: PollerStart;
  /** Batches that it may run at once. */
  readonly allowance?: number;
}

export class MappingPollers {
  readonly meter = new Meter();
  readonly #options: MappingOptions;
  readonly #reports: PollerReports;
  readonly #attempts: Attempts;
  readonly #pollers = new Map<string, PollerDriver>();
  readonly #allowances = new Map<string, number>();
  #settings: MappingSettings;
  #policy: MappingPolicy;
  #generation = 1;
  /** What keeps the source from being read, while it does. */
  trouble: string | undefined;

  constructor(options: MappingOptions, reports: PollerReports) {
    this.#options = options;
    this.#reports = reports;
    this.#settings = options.settings;
    this.#policy = options.policy;
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
      onLogs: options.onLogs,
    });
  }

  get size(): number {
    return this.#pollers.size;
  }

  get(name: string): PollerDriver | undefined {
    return this.#pollers.get(name);
  }

  /** Pollers that are open here, and how many of them may work. */
  counts(): { readonly open: number; readonly working: number } {
    let working = 0;
    for (const batches of this.#allowances.values()) if (batches > 0) working += 1;
    return { open: this.#pollers.size, working };
  }

  open({ name, from, owner, isSure, start, allowance = this.#policy.batchesPerPoller }: OpenPoller): PollerDriver {
    const { clock, tracer, source, journal, save, discard } = this.#options;
    const patterns = () => this.#settings.filterPatterns;
    const poller = new PollerDriver(
      {
        mapping: this.#options.name,
        clock,
        tracer,
        meter: this.meter,
        attempts: this.#attempts,
        owner,
        isSure,
        journal: journal && new MachineJournal(journal, `${this.#options.name}/${name}`, clock, patterns),
        save: (order) => save?.(name, order) ?? Promise.resolve(true),
        discard: (order, driver) => discard?.(order, driver) ?? Promise.resolve(true),
        closed: (driver, ended) => this.#closed(driver, ended),
      },
      name,
      this.#config(),
    );
    this.#pollers.set(name, poller);
    this.#allowances.set(name, allowance);
    if (allowance !== this.#policy.batchesPerPoller) poller.tell({ what: 'allowanceChanged', batches: allowance });
    poller.open(source.open(name, from, this.#events(poller)), start);
    return poller;
  }

  /** Every poller loses all that it knew and begins again, as if this process had died and another had come. */
  crash(): void {
    for (const before of [...this.#pollers.values()]) {
      const { name, draining } = before;
      this.#attempts.abandon(before);
      before.kill();
      this.traceOpened(name, 'start', 'checkpoint.saved-cut-is-ordered-again');
      const allowance = this.#allowances.get(name);
      const after = this.open({ name, from: 'start', ...(allowance !== undefined && { allowance }) });
      if (draining) after.tell({ what: 'drainRequested' });
    }
  }

  allow(name: string, batches: number): void {
    if (!this.#pollers.has(name)) return;
    this.#allowances.set(name, batches);
    this.#pollers.get(name)?.tell({ what: 'allowanceChanged', batches });
  }

  /** True when pollers have to begin anew, because lanes or windows are cut otherwise now. */
  configure(settings: MappingSettings, policy: MappingPolicy): boolean {
    const before = this.#settings;
    this.#settings = settings;
    this.#policy = policy;
    this.#generation += 1;
    return (
      before.parallelizationFactor !== settings.parallelizationFactor ||
      before.tumblingWindowMs !== settings.tumblingWindowMs
    );
  }

  /** The configuration that is in force now, for one poller. */
  configureOne(name: string): void {
    this.#pollers.get(name)?.tell({ what: 'configured', config: this.#config() });
  }

  runningFor(poller: PollerDriver): RunningAttempt[] {
    return this.#attempts.runningFor(poller);
  }

  /** Resolves when everything that runs now has ended. */
  idle(): Promise<void> {
    return this.#attempts.idle();
  }

  trace(
    what: 'opened' | 'closed' | 'state' | 'scaled',
    rule: RuleId,
    data: Readonly<Record<string, unknown>>,
    poller?: string,
  ): void {
    const { tracer, clock, name } = this.#options;
    tracer.emit({ at: clock.now(), what, mapping: name, poller, rule, data });
  }

  traceOpened(poller: string, from: string, rule: RuleId): void {
    this.trace('opened', rule, { from, ...(this.#policy.provisioned && { provisioned: true }) }, poller);
  }

  #answered(outcome: Outcome): void {
    if (outcome.kind === 'error' || outcome.kind === 'timeout') this.#reports.told({ what: 'batchFailed' });
  }

  #events(poller: PollerDriver): PollerEvents {
    const { tracer, clock } = this.#options;
    return {
      tell: (fact) => {
        if (fact.what === 'fetched' && fact.records.length > 0) this.#fetched(poller, fact.records);
        poller.tell(fact);
      },
      waits: () => this.#reports.told({ what: 'slotIdle', poller: poller.name }),
      troubled: (problem) => {
        this.trouble = problem;
        this.meter.failed(problem, clock.now());
      },
      recovered: () => {
        this.trouble = undefined;
      },
      deadLettered: (letters) => {
        for (const { name, rule, queue, groupId = '', messageId, receiveCount, body } of letters) {
          const data = { fate: 'dead-lettered', queue, keys: [groupId], messageId, receiveCount, body };
          tracer.emit({ at: clock.now(), what: 'dead-lettered', records: [name], rule, data });
        }
      },
    };
  }

  #fetched(poller: PollerDriver, records: readonly { readonly position: string | number }[]): void {
    const { tracer, clock, name: mapping } = this.#options;
    this.meter.counts.PolledEventCount += records.length;
    if (tracer.active) {
      const names = poller.source.names(records.map(({ position }) => position));
      const data = { count: records.length };
      const rule = poller.fetchRule;
      tracer.emit({ at: clock.now(), what: 'fetched', mapping, poller: poller.name, records: names, rule, data });
    }
    this.#reports.told({ what: 'slotBusy', poller: poller.name });
  }

  #closed(poller: PollerDriver, ended: boolean): void {
    if (this.#pollers.get(poller.name) !== poller) return;
    this.#pollers.delete(poller.name);
    this.#allowances.delete(poller.name);
    this.#reports.closed(poller, ended);
  }

  #config(): PollerConfig {
    const { gate, source, choices } = this.#options;
    const around = { ...source.surroundings, functionTimeoutMs: gate.definition.timeoutMs };
    return pollerConfig(this.#settings, this.#policy, around, choices);
  }
}
