/**
 * Checks the invariants of every run while it goes on, from the same events that the trace shows. Checkers know no
 * rule of the core: they hold the run against what must be true of any event source mapping.
 */
import type { MappingSettings, Millis } from '@millrace/semantics';
import type { ResultContext } from '../result/builder.ts';
import type { Plan } from '../scenario/plan.ts';
import type { Observer, Recorder, TraceEvent } from '../trace/event.ts';
import { MappingChecks } from './mappingChecks.ts';
import type { Report } from './report.ts';

/** A run that breaks an invariant breaks it often; the first ones tell enough. */
const MOST_VIOLATIONS = 20;

/** What checkers know of a run besides its trace. */
export interface CheckedWorld {
  readonly plan: Plan;
  /** In the order in which they were created. */
  readonly mappings: readonly { readonly settings: MappingSettings; readonly running: boolean }[];
  now(): Millis;
}

export class CheckerSuite implements Observer {
  readonly #context: ResultContext;
  readonly #byName = new Map<string, MappingChecks>();
  readonly #byIndex: (MappingChecks | undefined)[] = [];
  readonly #bySource = new Map<string, MappingChecks[]>();
  readonly #tolerant: boolean;
  #world: CheckedWorld | undefined;
  #recorder: Recorder | undefined;
  #violations = 0;

  /** `tolerant`: timers fire late on purpose, so that windows may be longer than configured. */
  constructor(context: ResultContext, tolerant = false) {
    this.#context = context;
    this.#tolerant = tolerant;
  }

  attach(world: CheckedWorld, recorder: Recorder): void {
    this.#world = world;
    this.#recorder = recorder;
    for (const { name, source } of world.plan.mappings) {
      const plan = world.plan.sources[source];
      if (!plan) continue;
      const checks = new MappingChecks(plan, this.#report, this.#tolerant);
      this.#byName.set(name, checks);
      this.#bySource.set(plan.name, [...(this.#bySource.get(plan.name) ?? []), checks]);
    }
  }

  readonly #report: Report = (event, invariant, records, message) => {
    this.#violations += 1;
    if (this.#violations > MOST_VIOLATIONS) return;
    const { at, mapping, attempt, lanes } = event;
    const startMs = this.#context.startMs;
    this.#recorder?.emit({
      at,
      what: 'violation',
      ...(mapping !== undefined && { mapping }),
      ...(attempt !== undefined && { attempt }),
      ...(lanes && { lanes }),
      records,
      data: { invariant, message, atMs: [at - startMs] },
    });
  };

  observe(event: TraceEvent): void {
    if (event.what === 'violation') return;
    if (event.mapping !== undefined) this.#checksOf(event.mapping)?.observe(event, this.#settingsOf(event.mapping));
    else if (event.what === 'arrived') this.#arrived(event);
    else if (event.data?.fate !== undefined) this.#closedBySource(event);
  }

  #checksOf(index: number): MappingChecks | undefined {
    this.#byIndex[index] ??= this.#byName.get(this.#context.mappingName(index));
    return this.#byIndex[index];
  }

  #settingsOf(index: number) {
    return this.#world?.mappings[index]?.settings;
  }

  #arrived(event: TraceEvent): void {
    if (event.data?.fate !== undefined) this.#closedBySource(event);
    const source = event.data?.source;
    if (typeof source !== 'string') return;
    for (const checks of this.#bySource.get(source) ?? []) checks.arrived(event);
  }

  /** The source took records away: whoever reads it is done with them. Dead letters arrive where they went. */
  #closedBySource(event: TraceEvent): void {
    const letters = event.what === 'dead-lettered' ? this.#bySource.get(String(event.data?.queue)) : undefined;
    for (const checks of this.#byName.values()) {
      if (letters?.includes(checks)) checks.arrived(event);
      else checks.closed(event);
    }
  }

  /** `complete`: the run ended because nothing could happen any more. */
  finish(complete: boolean): void {
    const world = this.#world;
    if (!world) return;
    for (const [index, mapping] of world.mappings.entries()) {
      if (complete && mapping.running) this.#checksOf(index)?.finish(index, world.now());
    }
  }
}
