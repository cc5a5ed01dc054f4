/** The pollers that one process has of one mapping, whoever decides about them: their source, their attempts, their counts. */
import {
  isQueue,
  type MappingFact,
  type MappingPolicy,
  type MappingSettings,
  type Outcome,
  type PollerConfig,
  pollerConfig,
  type RuleId,
  type SaveOrder,
} from '@millrace/semantics';
import type { Scope } from '../ports/checkpoints.ts';
import type { Owner } from '../ports/register.ts';
import type { PollerEvents } from '../ports/source.ts';
import { Attempts, type RunningAttempt } from './attempts.ts';
import { Discards } from './discards.ts';
import { MachineJournal } from './journal.ts';
import type { MappingOptions } from './mappingOptions.ts';
import { Meter } from './meter.ts';
import { type OpeningOptions, type OpenPoller, openFrom, openNow } from './opening.ts';
import { PollerDriver } from './pollerDriver.ts';
import { pollerEvents } from './pollerEvents.ts';
import { ProgressKeeper } from './progressKeeper.ts';
import { SourceWatch } from './sourceWatch.ts';
import { Troubles } from './troubles.ts';

/** Where a process's pollers report to. */
export interface PollerReports {
  /** What the mapping's machine has to know. */
  told(fact: MappingFact): void;
  /** The function has refused an invocation. */
  throttled(): void;
  closed(poller: PollerDriver, ended: boolean): void;
}

export class MappingPollers {
  readonly meter = new Meter();
  readonly #options: MappingOptions;
  readonly #reports: PollerReports;
  readonly #attempts: Attempts;
  readonly #discards: Discards;
  readonly #progress: ProgressKeeper;
  readonly #watch: SourceWatch;
  readonly #pollers = new Map<string, PollerDriver>();
  /** How each is opened again: as it was opened, with what it may do now. */
  readonly #orders = new Map<string, OpenPoller & { readonly allowance: number }>();
  #settings: MappingSettings;
  #policy: MappingPolicy;
  #generation = 1;
  readonly #troubles: Troubles;

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
    const { name, uuid, clock, tracer, outbox } = options;
    const settings = () => this.#settings;
    this.#troubles = new Troubles(this.meter, clock);
    this.#progress = new ProgressKeeper({ ...options, meter: this.meter });
    this.#discards = new Discards({ mapping: name, uuid, clock, tracer, meter: this.meter, outbox, settings });
    const changed = () => {
      for (const poller of this.#pollers.keys()) this.configureOne(poller);
    };
    const failed = (problem: string) => this.meter.failed(problem, clock.now());
    this.#watch = new SourceWatch({ source: options.source, clock, changed, failed });
  }

  /** What keeps the source from being read, while it does. */
  get trouble(): string | undefined {
    return this.#troubles.first;
  }

  get size(): number {
    return this.#pollers.size;
  }

  get(name: string): PollerDriver | undefined {
    return this.#pollers.get(name);
  }

  /** Pollers that are open here, and how many of them may work. */
  counts(): { readonly open: number; readonly working: number } {
    const working = [...this.#orders.values()].filter(({ allowance }) => allowance > 0);
    return { open: this.#pollers.size, working: working.length };
  }

  open(one: OpenPoller): PollerDriver {
    const { name, owner, isSure, allowance = this.#policy.batchesPerPoller } = one;
    const { clock, tracer, journal } = this.#options;
    const scope = this.#scopeOf(name, owner);
    const { parallelizationFactor: factor } = this.#settings;
    const patterns = () => this.#settings.filterPatterns;
    const context = {
      mapping: this.#options.name,
      clock,
      tracer,
      meter: this.meter,
      attempts: this.#attempts,
      scope: scope.name,
      owner,
      isSure,
      journal: journal && new MachineJournal(journal, `${this.#options.name}/${name}`, clock, patterns),
      save: (order: SaveOrder, driver: PollerDriver) => this.#progress.save(order, driver, scope, factor),
      discard: this.#discards.discard.bind(this.#discards),
      closed: (driver: PollerDriver, ended: boolean) => void this.#closed(driver, ended, scope),
    };
    const poller = new PollerDriver(context, name, this.#config());
    this.#pollers.set(name, poller);
    this.#orders.set(name, { ...one, allowance });
    if (allowance !== this.#policy.batchesPerPoller) poller.tell({ what: 'allowanceChanged', batches: allowance });
    this.#begin(poller, one, scope);
    this.#watch.start();
    return poller;
  }

  #scopeOf(name: string, owner: Owner | undefined): Scope {
    const { uuid: mapping, source } = this.#options;
    const shared = source.scopeOf?.(name);
    // What several pollers share is fenced by its source: a consumer group refuses the commits of former members.
    return shared === undefined ? { mapping, name, owner } : { mapping, name: shared };
  }

  #begin(poller: PollerDriver, one: OpenPoller, scope: Scope): void {
    const { name, from } = one;
    const { source, checkpoints, clock } = this.#options;
    const events = this.#events(poller, one);
    const [signal, settings] = [poller.signal, this.#settings];
    const laneIdle = (lanes: ReadonlySet<string>) => this.#attempts.laneIdle(lanes);
    const troubled = (problem: string) => this.#troubles.set(poller, problem);
    const places = { poller: name, from, scope, source, settings, checkpoints };
    const opening = { ...places, events, troubled, laneIdle, clock, signal };
    const now = openNow(opening);
    if (now) poller.open(now);
    else void this.#open(poller, opening);
  }

  async #open(poller: PollerDriver, opening: OpeningOptions): Promise<void> {
    const opened = await openFrom(opening);
    this.#troubles.set(poller, undefined);
    if (opened.kind !== 'open') {
      poller.closeUnopened(opened.kind === 'ended');
      return;
    }
    const { source, saved } = opened;
    // Of several processes another one may have begun it: the trace says why its records come again.
    if (saved && poller.owner) this.traceOpened(poller.name, 'start', 'checkpoint.saved-cut-is-ordered-again');
    poller.open(source, saved);
  }

  /** Every poller loses all that it knew and begins again, as if this process had died and another had come. */
  crash(): void {
    for (const before of [...this.#pollers.values()]) {
      const { name } = before;
      const one = this.#orders.get(name);
      if (!one || before.signal.aborted) continue;
      const over = this.#attempts.runningFor(before).map((attempt) => attempt.over);
      this.#attempts.abandon(before);
      before.kill();
      this.traceOpened(name, 'start', 'checkpoint.saved-cut-is-ordered-again');
      const again = () => {
        if (this.#pollers.get(name) !== before || this.#progress.isClosed) return;
        const after = this.open(this.#orders.get(name) ?? one);
        if (before.draining) after.tell({ what: 'drainRequested' });
      };
      // Where order is kept, nothing begins before what ran has ended.
      if (isQueue(this.#settings.kind)) again();
      else void Promise.allSettled(over).then(again);
    }
  }

  /** What a poller reads has changed: it drops what it holds, and begins again at its checkpoint. */
  #regroup(poller: PollerDriver, one: OpenPoller): void {
    if (this.#pollers.get(one.name) !== poller || poller.draining || poller.signal.aborted) return;
    this.#attempts.abandon(poller);
    poller.kill();
    this.trace('opened', 'kafka.rebalance-drops-what-is-held', { from: one.from }, one.name);
    this.open(this.#orders.get(one.name) ?? one);
  }

  allow(name: string, batches: number): void {
    const order = this.#orders.get(name);
    if (!order) return;
    this.#orders.set(name, { ...order, allowance: batches });
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

  /** The source as a whole cannot be looked at, or can be again. */
  lookTroubled(problem: string | undefined): void {
    this.#troubles.set('look', problem);
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
    this.#options.onOutcome?.(outcome);
    if (outcome.kind === 'throttled') this.#reports.throttled();
    if (outcome.kind === 'error' || outcome.kind === 'timeout') this.#reports.told({ what: 'batchFailed' });
  }

  #events(poller: PollerDriver, one: OpenPoller): PollerEvents {
    const { tracer, clock, name: mapping } = this.#options;
    return pollerEvents({
      mapping,
      poller,
      tracer,
      clock,
      meter: this.meter,
      tell: (fact) => this.#reports.told(fact),
      isQueue: isQueue(this.#settings.kind),
      troubled: (problem) => this.#troubles.set('read', problem),
      regrouped: () => this.#regroup(poller, one),
    });
  }

  async #closed(poller: PollerDriver, ended: boolean, scope: Scope): Promise<void> {
    const isEnded = ended && (await this.#progress.end(poller.name, scope));
    // Another one may have its name by now.
    if (this.#pollers.get(poller.name) !== poller) return;
    this.#pollers.delete(poller.name);
    this.#orders.delete(poller.name);
    if (this.#pollers.size === 0) {
      this.#watch.stop();
      // Whoever has no poller left cannot find out that the source can be read again.
      this.#troubles.set('read', undefined);
    }
    this.#reports.closed(poller, isEnded);
  }

  /** Nothing is tried again any more. */
  close(): void {
    this.#watch.stop();
    this.#progress.close();
    this.#discards.close();
  }

  #config(): PollerConfig {
    const { gate, source, choices } = this.#options;
    const around = { ...source.surroundings, functionTimeoutMs: gate.definition.timeoutMs };
    return pollerConfig(this.#settings, this.#policy, around, choices);
  }
}
