/**
 * Runs a plan in virtual time. One loop: arrivals of an instant first, then the file's events, then everything else;
 * it ends when nothing can happen any more, or at `until`.
 */

import type { TraceHeader, TraceLine } from '@millrace/semantics';
import { CheckerSuite } from '../checkers/suite.ts';
import { ResultBuilder } from '../result/builder.ts';
import { conclude, type Run } from '../result/conclude.ts';
import { needsLists } from '../result/expect.ts';
import type { Arrival, ArrivalFeed, Plan } from '../scenario/plan.ts';
import { type Observer, Recorder } from '../trace/event.ts';
import { LineMaker } from '../trace/lines.ts';
import { Cadence } from './cadence.ts';
import { happen } from './events.ts';
import type { Patience } from './functions/handler.ts';
import { RecordNames } from './names.ts';
import { RefusedEvent } from './refusedEvent.ts';
import { contextOf, headerOf, startedData, startMappings } from './setup.ts';
import { World } from './world.ts';

export interface RunOptions {
  /** Keep the exact event of every invocation. */
  readonly events?: boolean;
  /** Instead of the plan's own. */
  readonly seed?: number;
  readonly untilMs?: number;
  /**
   * Answer counts instead of invocations and records, and keep neither, so that memory stays small however many there
   * are. A plan that expects something of them has them kept until that was checked.
   */
  readonly summary?: boolean;
  /** The trace, line by line, and what stands before its first line. */
  readonly onLine?: (line: TraceLine) => void;
  readonly onHeader?: (header: TraceHeader) => void;
  readonly onProgress?: (progress: { records: number; total?: number; virtualMs: number }) => void;
  readonly signal?: AbortSignal;
  /** How long, in real time, handlers are waited for; without it, as long as it takes. */
  readonly patience?: Patience;
  /** For tests: without the checkers; an order among equals; how late timers fire; extra wake-ups. */
  readonly checkers?: boolean;
  readonly shuffle?: (n: number) => number;
  readonly lateness?: () => number;
  readonly extraWakes?: () => boolean;
}

/** Runs a plan with its arrivals. Never rejects for what a scenario does; a handler's exception is an outcome. */
export async function runPlan(given: Plan, feed: ArrivalFeed, options: RunOptions = {}): Promise<Run> {
  const plan = { ...given, ...(options.seed !== undefined && { seed: options.seed }) };
  const countsOnly = options.summary === true && !needsLists(plan.expect);
  const names = new RecordNames();
  const context = contextOf(plan, names, countsOnly, () => world.mappings);
  const builder = new ResultBuilder(context);
  const checkers = options.checkers === false ? undefined : new CheckerSuite(context, options.lateness !== undefined);
  const observers: Observer[] = [builder, ...(checkers ? [checkers] : []), ...lineObservers(context, options)];
  const recorder = new Recorder(observers);
  const world: World = new World(plan, recorder, {
    keepEvents:
      options.events === true || plan.expect?.invocationsAt?.some(({ event }) => event !== undefined) === true,
    patience: options.patience,
    shuffle: options.shuffle,
    lateness: options.lateness,
    extraWakes: options.extraWakes,
  });
  checkers?.attach(world, recorder);
  options.onHeader?.(headerOf(plan));
  try {
    const untilMs = options.untilMs ?? plan.untilMs;
    const loop = new Loop(world, feed, names, { ...options, ...(untilMs !== undefined && { untilMs }) });
    await loop.run(() => checkers?.finish(loop.complete));
  } finally {
    await feed.close?.();
  }
  return conclude(plan, builder, options.summary === true);
}

function lineObservers(context: ConstructorParameters<typeof LineMaker>[0], { onLine }: RunOptions): Observer[] {
  if (!onLine) return [];
  const maker = new LineMaker(context);
  return [{ observe: (event) => onLine(maker.line(event)) }];
}

class Loop {
  readonly #world: World;
  readonly #feed: ArrivalFeed;
  readonly #names: RecordNames;
  readonly #options: RunOptions;
  readonly #cadence: Cadence;
  #chunk: readonly Arrival[] | undefined;
  #at = 0;
  /** Nothing could happen any more. */
  complete = false;

  constructor(world: World, feed: ArrivalFeed, names: RecordNames, options: RunOptions) {
    this.#world = world;
    this.#feed = feed;
    this.#names = names;
    this.#options = options;
    this.#cadence = new Cadence(options, () => this.#progress());
  }

  /** Runs to the end; `before` looks at the world before the run is declared finished. */
  async run(before: () => void): Promise<void> {
    const { agenda, recorder, plan } = this.#world;
    this.#chunk = await this.#feed.next();
    recorder.emit({ at: agenda.nowMs, what: 'started', data: startedData(plan, agenda.nowMs) });
    for (const event of plan.events) {
      agenda.at(this.#world.startMs + event.atMs, () => this.#event(() => happen(this.#world, event)), { urgency: 0 });
    }
    if (startMappings(this.#world)) await this.#loop();
    before();
    recorder.emit({ at: agenda.nowMs, what: 'finished', data: {} });
  }

  /** An event that AWS refuses changes nothing, and stands among the errors of the run. */
  #event(happens: () => void): void {
    try {
      happens();
    } catch (error) {
      if (!(error instanceof RefusedEvent)) throw error;
      const data = { code: error.code, message: error.message };
      this.#world.recorder.emit({ at: this.#world.agenda.nowMs, what: 'refused', data });
    }
  }

  async #loop(): Promise<void> {
    const { agenda, startMs } = this.#world;
    const endMs = this.#options.untilMs === undefined ? Number.POSITIVE_INFINITY : startMs + this.#options.untilMs;
    agenda.settle();
    for (;;) {
      if (this.#cadence.isDue() && (await this.#cadence.pause())) return;
      const arrivalMs = this.#nextArrivalMs();
      const eventMs = agenda.peek(arrivalMs !== undefined);
      const nextMs = Math.min(arrivalMs ?? Number.POSITIVE_INFINITY, eventMs ?? Number.POSITIVE_INFINITY);
      if (nextMs === Number.POSITIVE_INFINITY) {
        this.complete = true;
        return;
      }
      if (nextMs > endMs) {
        agenda.nowMs = endMs;
        return;
      }
      if (arrivalMs !== undefined && arrivalMs <= nextMs) await this.#arrive(arrivalMs);
      else {
        const running = agenda.take()?.();
        if (running) await running;
      }
      agenda.settle();
    }
  }

  #nextArrivalMs(): number | undefined {
    const arrival = this.#chunk?.[this.#at];
    return arrival && Math.max(this.#world.agenda.nowMs, this.#world.startMs + arrival.atMs);
  }

  /** Everything that arrives at one instant arrives in one call. */
  async #arrive(atMs: number): Promise<void> {
    const { agenda, sources, startMs } = this.#world;
    const first = this.#names.count;
    const dueMs = atMs - startMs;
    agenda.nowMs = Math.max(agenda.nowMs, atMs);
    let together = this.#takeUntil(dueMs);
    while (this.#chunk && this.#at >= this.#chunk.length) {
      await this.#nextChunk();
      const more = this.#takeUntil(dueMs);
      if (more.length > 0) together = together.concat(more);
    }
    this.#names.add(together);
    sources.arrive(together, first);
  }

  /** What of this chunk has arrived by then. */
  #takeUntil(dueMs: number): readonly Arrival[] {
    const from = this.#at;
    for (let next = this.#chunk?.[from]; next && next.atMs <= dueMs; next = this.#chunk?.[this.#at]) this.#at += 1;
    return this.#chunk?.slice(from, this.#at) ?? [];
  }

  async #nextChunk(): Promise<void> {
    const next = this.#feed.next();
    this.#chunk = next instanceof Promise ? await next : next;
    this.#at = 0;
  }

  #progress(): { records: number; total?: number; virtualMs: number } {
    const { agenda, startMs } = this.#world;
    const { total } = this.#feed;
    return { records: this.#names.count, ...(total !== undefined && { total }), virtualMs: agenda.nowMs - startMs };
  }
}
