/**
 * A scenario against the wall clock: its mappings are created by the same control plane as in virtual time, its queues and
 * functions are real. Everything that is opened here is closed here.
 */
import { createHash } from 'node:crypto';
import { queueSource } from '@millrace/poller-sqs';
import {
  FleetMapping,
  FunctionGate,
  type Journal,
  MappingDriver,
  type Permits,
  partsOfTurn,
  type Queues,
  type RunningMapping,
  systemClock,
  type Timer,
  Tracer,
  type Turn,
} from '@millrace/runtime';
import { type FunctionLimits, type MappingSettings, mappingPolicy } from '@millrace/semantics';
import { type ControlEffect, ControlPlane, type MappingPlan, type Plan, worldOfPlan } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import type { Fleet } from './fleet.ts';
import { definitionOf, type InvokerChoice, invokerFor } from './functions.ts';
import { clientFor, makeQueues, queuePlanOf } from './sources.ts';

export interface LiveOptions extends Omit<InvokerChoice, 'region'> {
  readonly queues: Queues;
  readonly permits: Permits;
  readonly journal?: Journal | undefined;
  /** Told what is worth a line of a log. */
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** The processes that this one is one of; absent: it is alone and has everything. */
  readonly fleet?: Fleet | undefined;
}

export interface LiveFunctionRun {
  readonly name: string;
  readonly gate: FunctionGate;
  readonly limits: { -readonly [K in keyof FunctionLimits]: FunctionLimits[K] };
}

export class LiveRun {
  readonly plan: Plan;
  readonly tracer = new Tracer();
  readonly control: ControlPlane;
  readonly mappings = new Map<string, RunningMapping>();
  readonly functions: readonly LiveFunctionRun[];
  readonly #options: LiveOptions;
  readonly #uuids = new Map<string, string>();
  readonly #timers = new Set<Timer>();

  private constructor(plan: Plan, options: LiveOptions) {
    this.plan = plan;
    this.#options = options;
    this.control = new ControlPlane({
      world: worldOfPlan(plan),
      newUuid: () => this.#nextUuid(),
      transitionMs: plan.transitionMs,
    });
    this.functions = plan.functions.map((_, index) => this.#function(index));
  }

  /** @throws {UsageError} when a mapping is refused, or a source cannot be reached */
  static async prepare(plan: Plan, options: LiveOptions): Promise<LiveRun> {
    for (const source of plan.sources) queuePlanOf(source);
    await makeQueues(plan, options.queues);
    return new LiveRun(plan, options);
  }

  #nextUuid(): string {
    const next = this.plan.mappings[this.#uuids.size];
    const uuid = uuidOf(this.plan, next?.name ?? `mapping ${this.#uuids.size}`);
    this.#uuids.set(uuid, next?.name ?? uuid);
    return uuid;
  }

  #function(index: number): LiveFunctionRun {
    const { permits, fleet, inline, maxEnvironments } = this.#options;
    const one = this.plan.functions[index];
    if (!one) throw new RangeError(`the plan has no function ${index}`);
    const own = invokerFor(this.plan, index, { region: this.plan.region, inline, maxEnvironments });
    const invoker = fleet ? fleet.wrap(own, index) : own;
    const limits = limitsOf(this.plan, index);
    const gate = new FunctionGate({ definition: definitionOf(one), invoker, permits, limits, clock: systemClock });
    return { name: one.name, gate, limits };
  }

  /** Creates every mapping of the file and lets it poll. */
  async start(): Promise<void> {
    const { fleet } = this.#options;
    if (fleet?.role === 'worker') return;
    for (const mapping of this.plan.mappings) await this.create(mapping);
    fleet?.turns.serve((turn) => this.#serve(turn));
  }

  /** A turn of a mapping that this file does not have (any more) is given back. */
  async #serve(turn: Turn): Promise<void> {
    const name = this.#uuids.get(partsOfTurn(turn.name).uuid);
    const mapping = name === undefined ? undefined : this.mappings.get(name);
    if (mapping instanceof FleetMapping) await mapping.serve(turn);
  }

  /** @throws {UsageError} with AWS's own words, when it is refused */
  async create({ name, request }: MappingPlan): Promise<void> {
    const answer = this.control.call('CreateEventSourceMapping', request, systemClock.now());
    if (answer.error) {
      const { code, message } = answer.error;
      throw new UsageError(`mapping \`${name}\` is refused with ${code}: ${message}`);
    }
    await this.apply(answer.effects);
  }

  /** Carries out what the control plane says has changed, and what will have changed once its transitions are over. */
  async apply(effects: readonly ControlEffect[]): Promise<void> {
    for (const effect of effects) await this.#applyOne(effect);
    const nextMs = this.control.nextTransitionMs();
    if (nextMs === undefined) return;
    const now = systemClock.now();
    if (nextMs <= now) await this.apply(this.control.advance(now));
    else this.#timers.add(systemClock.at(nextMs, () => void this.apply(this.control.advance(systemClock.now()))));
  }

  async #applyOne(effect: ControlEffect): Promise<void> {
    const name = this.#uuids.get(effect.uuid) ?? effect.uuid;
    switch (effect.kind) {
      case 'created':
        break;
      case 'state':
        this.#options.log('info', `mapping ${name} is ${effect.state}`);
        break;
      case 'started':
        await this.#begin(name, effect.uuid, effect.settings);
        break;
      case 'configured':
        this.mappings
          .get(name)
          ?.configure(effect.settings, mappingPolicy(effect.settings, this.plan.choices.sqsScaling));
        break;
      case 'stopped':
      case 'deleted':
        void this.mappings.get(name)?.stop();
        break;
    }
  }

  async #begin(name: string, uuid: string, settings: MappingSettings): Promise<void> {
    const running = this.mappings.get(name);
    if (running) {
      running.configure(settings, mappingPolicy(settings, this.plan.choices.sqsScaling));
      running.start();
      return;
    }
    const driver = await this.#driver(name, uuid, settings);
    this.mappings.set(name, driver);
    driver.start();
  }

  async #driver(name: string, uuid: string, settings: MappingSettings): Promise<RunningMapping> {
    const { plan } = this;
    const mapping = plan.mappings.find((one) => one.name === name) ?? plan.mappings[0];
    const source = plan.sources[mapping?.source ?? 0];
    const run = this.functions[mapping?.function ?? 0];
    if (!source || !run) throw new RangeError(`mapping ${name} has no source or no function`);
    const client = await clientFor(queuePlanOf(source), plan, this.#options.queues);
    const options = {
      name,
      uuid,
      settings,
      policy: mappingPolicy(settings, plan.choices.sqsScaling),
      choices: plan.choices,
      source: await queueSource({
        client,
        arn: source.arn,
        region: plan.region,
        batchWindowMs: settings.batchWindowMs,
        clock: systemClock,
      }),
      gate: run.gate,
      clock: systemClock,
      tracer: this.tracer,
      journal: this.#options.journal,
    };
    const { fleet } = this.#options;
    if (!fleet) return new MappingDriver(options);
    return new FleetMapping({ ...options, turns: fleet.turns, board: fleet.board });
  }

  /** Stops polling and lets running invocations finish for so long; true when all of them did. */
  async stop(graceMs: number): Promise<boolean> {
    for (const timer of this.#timers) timer.cancel();
    const { fleet } = this.#options;
    const drained = fleet ? fleet.drain(graceMs) : Promise.resolve();
    const stopped = drained
      .then(() => Promise.all([...this.mappings.values()].map((mapping) => mapping.stop())))
      .then(() => true);
    const giveUp = new AbortController();
    const late = systemClock.until(systemClock.now() + graceMs, giveUp.signal).then(() => false);
    const clean = await Promise.race([stopped, late]);
    giveUp.abort();
    await Promise.all(this.functions.map(({ gate }) => gate.invoker.close(clean ? 1000 : 0)));
    return clean;
  }
}

/** The same mapping of the same file has the same id in every process and after every restart. */
function uuidOf(plan: Plan, mapping: string): string {
  const hex = createHash('sha256').update(`${plan.accountId}/${plan.region}/${plan.name}/${mapping}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What the account leaves to one function. */
function limitsOf(plan: Plan, index: number): LiveFunctionRun['limits'] {
  let reserved = 0;
  for (const { reservedConcurrency = 0 } of plan.functions) reserved += reservedConcurrency;
  const own = plan.functions[index]?.reservedConcurrency;
  const unreservedPool = Math.max(0, plan.accountConcurrency - reserved);
  return own === undefined ? { unreservedPool } : { unreservedPool, reservedConcurrency: own };
}
