/**
 * A scenario against the wall clock: its mappings are created by the same control plane as in virtual time, its queues and
 * functions are real. Everything that is opened here is closed here.
 */
import {
  type Checkpoints,
  FleetMapping,
  FunctionGate,
  type Journal,
  MappingDriver,
  type Outbox,
  type Permits,
  partsOfTurn,
  type RunningMapping,
  systemClock,
  Tracer,
  type Turn,
  within,
} from '@millrace/runtime';
import { causeText, type MappingPolicy, type MappingSettings, mappingPolicy, type Outcome } from '@millrace/semantics';
import { Account, FunctionCounts, isFunctionOf, isSourceOf, type Plan } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { type CreatedMapping, LiveControl } from './control.ts';
import type { Fleet } from './fleet.ts';
import { definitionOf, type InvokerChoice, invokerFor } from './functions.ts';
import { mappingSource } from './mappingSource.ts';
import { makeSources, type Substrate } from './substrate.ts';

export interface LiveOptions extends Omit<InvokerChoice, 'region'> {
  readonly substrate: Substrate;
  readonly checkpoints: Checkpoints;
  /** Brings failure records to their destinations. */
  readonly outbox: Outbox;
  readonly permits: Permits;
  readonly journal?: Journal | undefined;
  /** Told what is worth a line of a log. */
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** The processes that this one is one of; absent: it is alone and has everything. */
  readonly fleet?: Fleet | undefined;
  /** The trace holds the exact event of each invocation. */
  readonly keepEvents?: boolean | undefined;
}

export interface LiveFunctionRun {
  readonly name: string;
  readonly gate: FunctionGate;
  readonly counts: FunctionCounts;
}

export class LiveRun {
  readonly plan: Plan;
  readonly tracer = new Tracer();
  readonly control: LiveControl;
  readonly account: Account;
  readonly mappings = new Map<string, RunningMapping>();
  readonly functions: readonly LiveFunctionRun[];
  readonly #options: LiveOptions;
  /** Mappings whose source is being reached. */
  readonly #making = new Map<string, Promise<RunningMapping>>();
  #isStopped = false;
  /** Why a mapping could not begin, where nobody waited for it. */
  failure: unknown;

  private constructor(plan: Plan, options: LiveOptions) {
    this.plan = plan;
    this.#options = options;
    this.tracer.keepsEvents = options.keepEvents === true;
    this.control = new LiveControl(plan, this.tracer, {
      started: (mapping) => this.#begin(mapping),
      configured: ({ name, settings }) => this.mappings.get(name)?.configure(settings, this.#policyOf(settings)),
      stopped: ({ name }) => void this.mappings.get(name)?.stop().catch(this.#failed),
      log: options.log,
    });
    this.account = new Account(plan.accountConcurrency);
    this.functions = plan.functions.map((_, index) => this.#function(index));
    this.followAccount();
  }

  /** @throws {UsageError} when a mapping is refused, or a source cannot be reached */
  static async prepare(plan: Plan, options: LiveOptions): Promise<LiveRun> {
    await makeSources(plan, options.substrate);
    return new LiveRun(plan, options);
  }

  #function(index: number): LiveFunctionRun {
    const { permits, fleet, inline, maxEnvironments } = this.#options;
    const one = this.plan.functions[index];
    if (!one) throw new RangeError(`the plan has no function ${index}`);
    const own = invokerFor(this.plan, index, { region: this.plan.region, inline, maxEnvironments });
    const invoker = fleet ? fleet.wrap(own, index) : own;
    const counts = new FunctionCounts(one.reservedConcurrency);
    this.account.functions.push(counts);
    const limits = this.account.limits(counts);
    const gate = new FunctionGate({ definition: definitionOf(one), invoker, permits, limits, clock: systemClock });
    return { name: one.name, gate, counts };
  }

  /** What the account leaves to each function now. */
  followAccount(): void {
    for (const { gate, counts } of this.functions) gate.limits = this.account.limits(counts);
  }

  /**
   * Creates every mapping of the file and lets it poll.
   * @throws {UsageError} with AWS's own words, when one is refused
   */
  async start(): Promise<void> {
    const { fleet } = this.#options;
    if (fleet?.role === 'worker') return;
    for (const mapping of this.plan.mappings) {
      const refused = await this.control.create(mapping);
      if (refused)
        throw new UsageError(`mapping \`${mapping.name}\` is refused with ${refused.code}: ${refused.message}`);
    }
    fleet?.turns.serve((turn) => this.#serve(turn));
  }

  /** A turn of a mapping that this file does not have (any more) is given back. */
  async #serve(turn: Turn): Promise<void> {
    const name = this.control.nameOf(partsOfTurn(turn.name).uuid);
    const mapping = name === undefined ? undefined : this.mappings.get(name);
    if (mapping instanceof FleetMapping) await mapping.serve(turn);
  }

  #policyOf(settings: MappingSettings): MappingPolicy {
    return mappingPolicy(settings, this.plan.choices.sqsScaling);
  }

  /** Reaching its source may take long: what the mapping is then is what counts. */
  async #begin(mapping: CreatedMapping): Promise<void> {
    const there = this.mappings.get(mapping.name);
    const { settings } = mapping;
    const running = there ?? (await this.#made(mapping));
    if (this.#isStopped) await running.close();
    if (this.#isStopped || !mapping.running) return;
    if (there || mapping.settings !== settings) running.configure(mapping.settings, this.#policyOf(mapping.settings));
    running.start();
  }

  async #made({ name, uuid, settings }: CreatedMapping): Promise<RunningMapping> {
    const making = this.#making.get(name) ?? this.#driver(name, uuid, settings);
    this.#making.set(name, making);
    try {
      const running = await making;
      this.mappings.set(name, running);
      return running;
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      this.#making.delete(name);
    }
  }

  async #driver(name: string, uuid: string, settings: MappingSettings): Promise<RunningMapping> {
    const { plan } = this;
    const source = plan.sources.find((one) => isSourceOf(one, settings));
    const run = this.functions[plan.functions.findIndex((one) => isFunctionOf(one, settings))];
    if (!source || !run) throw new RangeError(`mapping ${name} has no source or no function`);
    const { substrate, checkpoints, outbox } = this.#options;
    const options = {
      name,
      uuid,
      settings,
      policy: this.#policyOf(settings),
      choices: plan.choices,
      source: await mappingSource({ plan, source, name, uuid, settings, substrate }),
      checkpoints,
      outbox,
      gate: run.gate,
      clock: systemClock,
      tracer: this.tracer,
      journal: this.#options.journal,
      onLogs: (logs: string) => this.#logged(run.name, logs),
      onOutcome: (outcome: Outcome) => this.control.processed(uuid, outcome),
    };
    const { fleet } = this.#options;
    if (!fleet) return new MappingDriver(options);
    const { turns, board, register, onError } = fleet;
    return new FleetMapping({ ...options, turns, board, register, onError });
  }

  /** What a function writes is shown as it comes, line by line. */
  #logged(name: string, logs: string): void {
    for (const line of logs.trimEnd().split('\n')) this.#options.log('info', `${name}: ${line}`);
  }

  /** Stops polling and lets running invocations finish for so long; true when all of them did. */
  async stop(graceMs: number): Promise<boolean> {
    this.#isStopped = true;
    this.control.close();
    const { fleet } = this.#options;
    const drained = fleet ? fleet.drain(graceMs) : Promise.resolve();
    const stopped = drained
      .then(() => Promise.all([...this.mappings.values()].map((mapping) => mapping.stop())))
      .then(() => true, this.#failed);
    const clean = (await within(stopped, graceMs, systemClock)) ?? false;
    await Promise.all([...this.mappings.values()].map((mapping) => mapping.close().catch(this.#failed)));
    await Promise.all(this.functions.map(({ gate }) => gate.invoker.close(clean ? 1000 : 0).catch(this.#failed)));
    return clean;
  }

  /** Something could not be ended as it should have been; the rest is ended all the same. */
  readonly #failed = (error: unknown): false => {
    this.#options.log('warn', causeText(error));
    return false;
  };
}
