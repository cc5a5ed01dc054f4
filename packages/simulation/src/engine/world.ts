/**
 * The world of a run: sources, functions, the account, the control plane and the mappings, on one agenda. It carries
 * out what the core orders and tells it what happened; no rule lives here.
 */

import type { MappingSettings, Outcome, RuleId, Shard } from '@millrace/semantics';
import type { CallLine, ControlStage } from '../control/calls.ts';
import { ControlPlane } from '../control/control-plane.ts';
import { lastResult } from '../control/last-result.ts';
import { worldOfPlan } from '../control/plan-world.ts';
import type { ControlEffect } from '../control/state.ts';
import { roleArn } from '../scenario/arns.ts';
import { isFunctionOf } from '../scenario/parties.ts';
import type { Plan } from '../scenario/plan.ts';
import type { Recorder } from '../trace/event.ts';
import { Agenda, type Entry } from './agenda.ts';
import { CountedIds } from './countedIds.ts';
import { Account } from './functions/account.ts';
import { FunctionRun } from './functions/functionRun.ts';
import type { Patience } from './functions/handler.ts';
import { MappingRun } from './mappings/mappingRun.ts';
import { Random } from './random.ts';
import type { ShardRecord } from './sources/shardFormat.ts';
import type { SourceRun } from './sources/sourceRun.ts';
import type { StreamRun } from './sources/stream.ts';
import type { TopicRun } from './sources/topic.ts';
import { Sources } from './sources.ts';

export interface WorldOptions {
  readonly keepEvents: boolean;
  readonly patience?: Patience | undefined;
  /** For tests of the core: an order among equals, how late timers fire, whether a step is woken once more. */
  readonly shuffle?: ((n: number) => number) | undefined;
  readonly lateness?: (() => number) | undefined;
  readonly extraWakes?: (() => boolean) | undefined;
}

export class World implements ControlStage {
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly requestIds: CountedIds;
  readonly startMs: number;
  readonly keepEvents: boolean;
  readonly sources: Sources;
  readonly functions: readonly FunctionRun[];
  readonly account: Account;
  readonly control: ControlPlane;
  readonly mappings: MappingRun[] = [];
  readonly lateness: () => number;
  readonly extraWakes: (() => boolean) | undefined;
  readonly #byUuid = new Map<string, MappingRun>();
  /** Destinations that refuse everything, until when; `*` is every one. */
  readonly #failing = new Map<string, number>();
  #invocations = 0;
  #transition: Entry | undefined;
  /** Nobody can begin to read anew, so what is finished may be forgotten. */
  readonly #forgets: boolean;

  constructor(plan: Plan, recorder: Recorder, options: WorldOptions) {
    this.plan = plan;
    this.recorder = recorder;
    this.startMs = plan.startMs;
    this.keepEvents = options.keepEvents;
    this.lateness = options.lateness ?? (() => 0);
    this.extraWakes = options.extraWakes;
    this.agenda = new Agenda(plan.startMs);
    if (options.shuffle) this.agenda.shuffle = options.shuffle;
    this.random = new Random(plan.seed);
    this.requestIds = new CountedIds(this.random);
    this.sources = new Sources(this);
    this.account = new Account(plan.accountConcurrency);
    this.functions = plan.functions.map((each, index) => {
      return new FunctionRun(each, this.account, new Random(plan.seed, index + 1), plan.region, options.patience);
    });
    this.control = new ControlPlane({
      world: worldOfPlan(plan),
      newUuid: () => this.random.uuid(),
      transitionMs: plan.transitionMs,
    });
    this.#forgets = plan.events.length === 0 && plan.mappings.every((mapping) => mapping.createdAtMs === 0);
  }

  get roleArn(): string {
    return roleArn(this.plan);
  }

  nextInvocation(): number {
    this.#invocations += 1;
    return this.#invocations;
  }

  sourceOf(settings: MappingSettings): SourceRun {
    return this.sources.forSettings(settings);
  }

  functionOf(settings: MappingSettings): FunctionRun {
    const run = this.functions.find(({ plan }) => isFunctionOf(plan, settings));
    if (!run) throw new Error(`no function ${settings.functionArn}`);
    return run;
  }

  /** A mapping of the plan, or one that a call of the file creates: under its name, or its UUID. */
  adopt(uuid: string, settings: MappingSettings, name: string): MappingRun {
    const mapping = new MappingRun(this, this.mappings.length, { name, uuid }, settings);
    this.mappings.push(mapping);
    this.#byUuid.set(uuid, mapping);
    return mapping;
  }

  mappingByUuid(uuid: string): MappingRun | undefined {
    return this.#byUuid.get(uuid);
  }

  now(): number {
    return this.agenda.nowMs;
  }

  say(line: CallLine): void {
    this.recorder.emit({ at: this.agenda.nowMs, ...line });
  }

  partiesOf(settings: MappingSettings): { readonly source: string; readonly function: string } {
    return { source: this.sourceOf(settings).run.plan.name, function: this.functionOf(settings).plan.name };
  }

  /** Carries out what the control plane says has changed; names new mappings by `nameOf`. */
  apply(effects: readonly ControlEffect[], nameOf: (uuid: string) => string): void {
    for (const effect of effects) {
      if (effect.kind === 'created') this.adopt(effect.uuid, effect.settings, nameOf(effect.uuid));
      const mapping = this.#byUuid.get(effect.uuid);
      if (!mapping) continue;
      if (effect.kind === 'state') this.#traceState(mapping, effect);
      mapping.apply(effect);
    }
    this.#followTransitions();
  }

  #traceState(mapping: MappingRun, effect: ControlEffect & { kind: 'state' }): void {
    const { state, reason, rule } = effect;
    this.recorder.emit({ at: effect.atMs, what: 'state', mapping: mapping.index, rule, data: { state, reason } });
  }

  #followTransitions(): void {
    const atMs = this.control.nextTransitionMs();
    if (this.#transition) this.agenda.cancel(this.#transition);
    this.#transition = undefined;
    if (atMs === undefined) return;
    if (atMs <= this.agenda.nowMs) this.apply(this.control.advance(this.agenda.nowMs), (uuid) => uuid);
    else this.#transition = this.agenda.at(atMs, () => this.#transitionsDue());
  }

  #transitionsDue(): void {
    this.#transition = undefined;
    this.apply(this.control.advance(this.agenda.nowMs), (uuid) => uuid);
  }

  /** An invocation was answered: the mapping's LastProcessingResult. */
  processed(mapping: MappingRun, outcome: Outcome): void {
    const result = lastResult(outcome);
    if (mapping.lastResult === result) return;
    mapping.lastResult = result;
    this.control.processed(mapping.uuid, result);
  }

  /** Retention removed records before a mapping came to them. */
  missed(mapping: MappingRun, records: readonly number[]): void {
    const rule: RuleId = 'source.retention-expired';
    this.recorder.emit({
      at: this.agenda.nowMs,
      what: 'expired',
      mapping: mapping.index,
      records,
      rule,
      data: { fate: 'expired' },
    });
  }

  skipped(
    mapping: MappingRun,
    records: readonly number[],
    rule: RuleId = 'source.skipped-before-starting-position',
  ): void {
    this.recorder.emit({
      at: this.agenda.nowMs,
      what: 'skipped',
      mapping: mapping.index,
      records,
      rule,
      data: { fate: 'skipped' },
    });
  }

  failDestination(destination: string | undefined, untilMs: number): void {
    this.#failing.set(destination ?? '*', untilMs);
  }

  /** Whether a destination takes a failure record now. FIFO queues and topics never do. */
  accepts(arn: string): boolean {
    if (arn.endsWith('.fifo')) return false;
    const name = arn.slice(arn.lastIndexOf(':') + 1);
    const untilMs = Math.max(...[arn, name, '*'].map((key) => this.#failing.get(key) ?? Number.NEGATIVE_INFINITY));
    return this.agenda.nowMs >= untilMs;
  }

  /** Gives back what every mapping has finished with. */
  forget<R extends ShardRecord>(stream: StreamRun<R>, shard: Shard): void {
    if (!this.#forgets) return;
    const before = Math.min(...stream.readers.map((reader) => reader.finishedBefore(shard)));
    stream.forget(shard, before - 1);
  }

  forgetPartition(topic: TopicRun, partition: number): void {
    if (!this.#forgets) return;
    topic.forget(partition, Math.min(...topic.readers.map((reader) => reader.finishedBefore(partition))) - 1);
  }

  isQueueRead(arn: string): boolean {
    return this.mappings.some((mapping) => mapping.running && mapping.settings.eventSourceArn === arn);
  }
}
