/**
 * Plays a scenario on the wall clock: its mappings, arrivals and events at their time, until nothing can happen any more
 * or `until` has come. What comes out is the same kind of run as in virtual time.
 */
import { type Checkpoints, type Clock, type Journal, type Permits, systemClock } from '@millrace/runtime';
import { type ArrivalFeed, headerOf, isQueue, type Plan, type Run, startedData, TracedRun } from '@millrace/simulation';
import type { RunOptions } from '../engine.ts';
import { LiveRun } from './liveRun.ts';
import { OnceArrivals } from './onceArrivals.ts';
import { OnceBeginnings } from './onceBeginnings.ts';
import { OnceBook } from './onceBook.ts';
import { OnceEnd } from './onceEnd.ts';
import { happenLive } from './onceEvents.ts';
import { OnceFeed } from './onceFeed.ts';
import { OnceOutbox } from './onceOutbox.ts';
import { type PlayedSource, playedSource } from './oncePlayed.ts';
import type { Substrate } from './substrate.ts';

export interface PlayOptions {
  /** Where sources live that the file does not place elsewhere; nobody else uses them. */
  readonly substrate: Substrate;
  readonly checkpoints: Checkpoints;
  readonly permits: Permits;
  readonly inline: boolean;
  readonly maxEnvironments: number;
  readonly journal?: Journal | undefined;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** What still runs at the end belongs to nobody. */
const STOP_WITHIN_MS = 500;
/** A consumer group takes some seconds to form. */
const BEGINS_WITHIN_MS = 15_000;

/** @throws {UsageError} for a source that cannot be reached, or a record that its queue refuses */
export async function playOnce(plan: Plan, feed: ArrivalFeed, play: PlayOptions, options: RunOptions): Promise<Run> {
  const outbox = new OnceOutbox(systemClock);
  const beginnings = new OnceBeginnings(play.checkpoints, systemClock);
  const { checkpoints } = beginnings;
  const live = await LiveRun.prepare(plan, { ...play, checkpoints, outbox, keepEvents: keepsEvents(plan, options) });
  const sources = new Map<number, PlayedSource>();
  try {
    for (const [index, source] of plan.sources.entries()) {
      sources.set(index, await playedSource(source, plan, play.substrate));
    }
    return await new Play({ live, feed: new OnceFeed(feed), sources, outbox, beginnings, options }).run();
  } finally {
    await live.stop(STOP_WITHIN_MS);
    for (const source of sources.values()) source.close();
    await feed.close?.();
  }
}

function keepsEvents({ expect }: Plan, { events }: RunOptions): boolean {
  return events === true || expect?.invocationsAt?.some(({ event }) => event !== undefined) === true;
}

/** Something that happens at its time and is no arrival. */
interface Happening {
  readonly atMs: number;
  readonly run: () => Promise<void>;
}

interface PlayParts {
  readonly live: LiveRun;
  readonly feed: OnceFeed;
  readonly sources: ReadonlyMap<number, PlayedSource>;
  readonly outbox: OnceOutbox;
  readonly beginnings: OnceBeginnings;
  readonly options: RunOptions;
}

class Play {
  readonly #live: LiveRun;
  readonly #beginnings: OnceBeginnings;
  readonly #feed: OnceFeed;
  readonly #sources: ReadonlyMap<number, PlayedSource>;
  readonly #outbox: OnceOutbox;
  readonly #options: RunOptions;
  readonly #clock: Clock = systemClock;
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #run: TracedRun;
  readonly #book: OnceBook;
  readonly #arrivals: OnceArrivals;
  readonly #end: OnceEnd;

  constructor({ live, feed, sources, outbox, beginnings, options }: PlayParts) {
    this.#live = live;
    this.#beginnings = beginnings;
    this.#feed = feed;
    this.#sources = sources;
    this.#outbox = outbox;
    this.#options = options;
    this.#startMs = this.#clock.now();
    this.#endMs = this.#startMs + (options.untilMs ?? live.plan.untilMs ?? Number.POSITIVE_INFINITY);
    const { plan, control } = live;
    const header = { ...headerOf(plan), startMs: this.#startMs };
    const { summary = false, onLine } = options;
    this.#run = new TracedRun({ plan, header, summary, mappings: control.mappings, onLine });
    this.#book = new OnceBook({
      startMs: this.#startMs,
      run: this.#run,
      sourceOf: (name) => {
        const mapping = control.mappings.find((one) => one.name === name);
        return mapping && control.partiesOf(mapping.settings).source;
      },
      lettersOf: (name) => {
        const played = [...sources.values()].find(({ source }) => source.name === name);
        return played?.isOurs && isQueue(played.source) ? played.source.redrive?.deadLetterQueue : undefined;
      },
    });
    for (const { source } of sources.values()) if (!isQueue(source)) this.#book.ordered.enter(source.name);
    const now = () => this.#clock.now();
    this.#arrivals = new OnceArrivals({ book: this.#book, sources, startMs: this.#startMs, now });
    const played = [...sources.values()];
    this.#end = new OnceEnd({ live, book: this.#book, beginnings, sources: played, clock: this.#clock });
    options.onHeader?.(header);
  }

  async run(): Promise<Run> {
    const stopListening = this.#live.tracer.listen((line) => this.#book.hear(line));
    try {
      this.#book.say({ at: this.#startMs, what: 'started', data: startedData(this.#live.plan, this.#startMs) });
      const how = (await this.#createAtStart()) ? await this.#play() : 'complete';
      this.#book.close();
      const now = this.#clock.now();
      const atMs = how === 'complete' ? this.#book.lastMs : Math.min(now, this.#endMs) - this.#startMs;
      return { ...this.#run.finish(atMs, how === 'complete' && this.#end.knowsAll), live: true };
    } finally {
      stopListening();
    }
  }

  /** False when nothing can come of the run: its only mapping was refused. */
  async #createAtStart(): Promise<boolean> {
    const { mappings, events } = this.#live.plan;
    let refused = 0;
    for (const mapping of mappings) {
      if (mapping.createdAtMs === 0 && (await this.#live.control.create(mapping))) refused += 1;
    }
    await this.#fixLatest();
    return refused === 0 || refused < mappings.length || events.length > 0;
  }

  /** LATEST is where the run begins: nothing is sent before the mappings that begin there know where that is. */
  async #fixLatest(): Promise<void> {
    const { mappings } = this.#live.control;
    const latest = mappings.filter(({ running, settings }) => running && settings.startingPosition === 'LATEST');
    const uuids = latest.map(({ uuid }) => uuid);
    await this.#beginnings.wait(uuids, BEGINS_WITHIN_MS, this.#options.signal);
  }

  async #play(): Promise<'complete' | 'stopped'> {
    const happenings = this.#happenings();
    for (;;) {
      const arrivalMs = (await this.#feed.nextMs()) ?? Number.POSITIVE_INFINITY;
      const happeningMs = happenings[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const nextMs = Math.min(arrivalMs, happeningMs);
      if (nextMs === Number.POSITIVE_INFINITY) return this.#rest();
      if (!(await this.#reaches(this.#startMs + nextMs))) return 'stopped';
      // At one instant arrivals come first.
      if (arrivalMs <= happeningMs) {
        await this.#arrivals.send(await this.#feed.takeUntil(Math.min(this.#passedMs(), happeningMs)));
      } else await happenings.shift()?.run();
      this.#end.expire();
      this.#tell();
    }
  }

  /** Everything was sent and has happened: what is there is let come to its end. */
  async #rest(): Promise<'complete' | 'stopped'> {
    while (!(await this.#end.isReached())) {
      this.#tell();
      if (!(await this.#reaches(this.#clock.now() + LOOK_EVERY_MS))) return 'stopped';
    }
    return 'complete';
  }

  /** Waits for a time; false when the run is over before. */
  async #reaches(atMs: number): Promise<boolean> {
    const { signal } = this.#options;
    await this.#clock.until(Math.min(atMs, this.#endMs), signal);
    if (this.#live.failure !== undefined) throw this.#live.failure;
    return signal?.aborted !== true && atMs <= this.#endMs;
  }

  #happenings(): Happening[] {
    const { plan, control } = this.#live;
    const parts = {
      live: this.#live,
      book: this.#book,
      sources: this.#sources,
      outbox: this.#outbox,
      now: () => this.#clock.now(),
    };
    const events = plan.events.map((event) => ({ atMs: event.atMs, run: () => happenLive(parts, event) }));
    const creations = plan.mappings.flatMap((mapping) => {
      const run = async () => void (await control.create(mapping));
      return mapping.createdAtMs === 0 ? [] : [{ atMs: mapping.createdAtMs, run }];
    });
    return [...events, ...creations].sort((a, b) => a.atMs - b.atMs);
  }

  #passedMs(): number {
    return this.#clock.now() - this.#startMs;
  }

  #tell(): void {
    const { total, count } = this.#feed;
    this.#options.onProgress?.({
      records: count,
      ...(total !== undefined && { total }),
      virtualMs: this.#passedMs(),
    });
  }
}

const LOOK_EVERY_MS = 50;
