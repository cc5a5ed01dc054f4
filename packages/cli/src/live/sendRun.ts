/** Sends a fixture to its target: at its own pace or at a rate, once or round after round, until it is told to stop. */
import { type Clock, within } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Arrival, ArrivalFeed } from '@millrace/simulation';
import { type SendCounts, SendLanes } from './sendLanes.ts';
import { type Pace, ratePace, recordedPace } from './sendPace.ts';
import type { Parcel, SendTarget } from './sendTarget.ts';

export interface SendOptions<P extends Parcel> {
  readonly target: SendTarget<P>;
  /** Opens the fixture from its beginning. */
  readonly open: () => Promise<ArrivalFeed>;
  /** Undefined: at the fixture's own times. */
  readonly perSecond: number | undefined;
  readonly limit: number;
  /** Begins anew at the end. */
  readonly loop: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (counts: Readonly<SendCounts>) => void;
}

export interface SendReport extends Readonly<SendCounts> {
  /** From the first to the last answer. */
  readonly tookMs: Millis;
  /** How far it fell behind at most. */
  readonly behindMs: Millis;
  readonly failure: string | undefined;
}

/** Waits are gathered to so much, so that batches fill. */
const GATHER_MS = 10;
/** A look at Ctrl-C and at the progress at least as often as this many records. */
const YIELD_EVERY = 500;
/** What is on its way when it is told to stop may be answered within. */
const ENDS_WITHIN_MS = 3000;

/** Rejects with what the fixture's feed rejects with; what the target says is in the report. */
export async function sendFixture<P extends Parcel>(options: SendOptions<P>): Promise<SendReport> {
  const { target, clock, signal } = options;
  const lanes = new SendLanes(target, clock);
  const sender = new Sender(options, lanes);
  let broken: unknown;
  try {
    await sender.run();
  } catch (error) {
    broken = error;
  }
  await ended(lanes, clock, signal);
  const { failure } = lanes;
  const counts = { ...lanes.counts, unknown: lanes.counts.unknown + lanes.unanswered };
  // What was read before the fixture broke has been sent; the caller says both.
  if (broken !== undefined) throw new BrokenFixture(counts, broken);
  return { ...counts, failure, tookMs: clock.now() - (sender.startMs ?? clock.now()), behindMs: sender.behindMs };
}

/** The fixture could not be read to its end. */
export class BrokenFixture extends Error {
  readonly code = 'BROKEN_FIXTURE';
  readonly counts: Readonly<SendCounts>;

  constructor(counts: Readonly<SendCounts>, cause: unknown) {
    super('the fixture could not be read to its end', { cause });
    this.counts = counts;
  }
}

async function ended<P extends Parcel>(lanes: SendLanes<P>, clock: Clock, signal: AbortSignal): Promise<void> {
  const idle = lanes.idle();
  if (!signal.aborted) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([idle, aborted]);
  }
  if (!signal.aborted) return;
  lanes.stop();
  await within(idle, ENDS_WITHIN_MS, clock);
}

class Sender<P extends Parcel> {
  readonly #options: SendOptions<P>;
  readonly #lanes: SendLanes<P>;
  #pace: Pace | undefined;
  readonly #aborted: Promise<undefined>;
  #count = 0;
  /** When the first record was due. */
  startMs: Millis | undefined;
  behindMs: Millis = 0;

  constructor(options: SendOptions<P>, lanes: SendLanes<P>) {
    this.#options = options;
    this.#lanes = lanes;
    this.#aborted = new Promise((resolve) => {
      options.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  get #isOver(): boolean {
    return this.#options.signal.aborted || this.#lanes.failure !== undefined || this.#count >= this.#options.limit;
  }

  async run(): Promise<void> {
    const { clock, loop } = this.#options;
    for (let round = 1; !this.#isOver; round += 1) {
      await this.#round(round, this.startMs === undefined ? 0 : clock.now() - this.startMs);
      if (!loop) return;
    }
  }

  #begin(now: Millis): Pace {
    const { perSecond } = this.#options;
    this.startMs = now;
    return perSecond === undefined ? recordedPace(now) : ratePace(perSecond, now);
  }

  async #round(round: number, offsetMs: Millis): Promise<void> {
    const feed = await this.#options.open();
    try {
      while (!this.#isOver) {
        const chunk = await this.#orAborted(feed.next());
        if (chunk === undefined) return;
        for (const arrival of chunk) {
          if (this.#isOver) return;
          await this.#one(arrival, round, offsetMs);
        }
      }
    } finally {
      await feed.close?.();
    }
  }

  /** Standard input may never bring anything more. */
  async #orAborted<T>(next: T | Promise<T>): Promise<T | undefined> {
    this.#lanes.flush();
    return this.#options.signal.aborted ? undefined : Promise.race([next, this.#aborted]);
  }

  async #one(arrival: Arrival, round: number, offsetMs: Millis): Promise<void> {
    const { target, clock, signal, onProgress, perSecond } = this.#options;
    const now = clock.now();
    this.#pace ??= this.#begin(now);
    const due = this.#pace.dueMs(now, arrival.atMs + offsetMs);
    if (due > now) {
      this.#lanes.flush();
      onProgress(this.#lanes.counts);
      await this.#until(Math.max(due, now + GATHER_MS));
    } else if (perSecond === undefined) {
      this.behindMs = Math.max(this.behindMs, now - due);
    }
    while (this.#lanes.isFull && !this.#isOver) await this.#lanes.change();
    if (this.#isOver || signal.aborted) return;
    this.#count += 1;
    const { payload, id } = arrival;
    const number = this.#count;
    this.#lanes.add({ parcel: target.parcel(payload, { number, round }), number, id });
    if (this.#count % YIELD_EVERY !== 0) return;
    onProgress(this.#lanes.counts);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #until(atMs: Millis): Promise<void> {
    const { clock, signal, onProgress } = this.#options;
    while (!signal.aborted && this.#lanes.failure === undefined && clock.now() < atMs) {
      await clock.until(Math.min(atMs, clock.now() + 1000), signal);
      onProgress(this.#lanes.counts);
    }
  }
}
