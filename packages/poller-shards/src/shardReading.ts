/**
 * Carries out the fetches of a poller, one at a time, on one shard.
 *
 * 1. A fetch is answered once: with records, with the end of the shard, with a refusal of the stream (`throttled`), or
 *    never when it was withdrawn. What a read brought that nobody waits for any more is kept for the next fetch.
 * 2. While there is nothing, it looks again at the times that the order names. Where the source tells of records, nothing
 *    is asked before it has; the times are kept all the same.
 * 3. A source that cannot be read is told once, and asked again with growing pauses.
 * 4. A shard that is gone although it was not read to its end has ended, once a listing shows the others without it.
 */
import { type Clock, type PollerEvents, within } from '@millrace/runtime';
import { causeText, type FetchOrder, GET_RECORDS_LIMITS, type Millis } from '@millrace/semantics';
import { ShardProblem, type ShardReader } from './client.ts';
import { type ReadShard, ShardPolled } from './polledRecord.ts';
import type { StreamHealth } from './streamHealth.ts';

/** What one fetch brings at most: what one GetRecords of Kinesis does. */
const FETCH_BYTES = GET_RECORDS_LIMITS.kinesis.bytes;
/** The longest that the source is asked to tell of records. */
const READY_MS = 20_000;
/** Between reads of which none waits, whatever the order says. */
const LEAST_PAUSE_MS = 100;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** The longest that closing waits for a source that does not answer. */
const CLOSES_WITHIN_MS = 1000;

export interface ReadingOptions {
  readonly shard: ReadShard;
  readonly reader: ShardReader;
  readonly clock: Clock;
  /** All shards of the stream share it. */
  readonly health: StreamHealth;
  readonly events: PollerEvents;
  /** The stream still lists others, but not this shard. */
  readonly isUnlisted: (signal: AbortSignal) => Promise<boolean>;
  /** Told of each record before the poller is. */
  readonly hold: (record: ShardPolled) => void;
}

export class ShardReading {
  readonly #options: ReadingOptions;
  readonly #closing = new AbortController();
  #order: FetchOrder | undefined;
  /** Aborted when the order that is served is not wanted any more. */
  #unwanted = new AbortController();
  #serving: Promise<void> | undefined;
  #kept: ShardPolled[] = [];
  /** When the read began that brought what is kept. */
  #askedMs: Millis = 0;
  #ended = false;
  #failures = 0;
  #notBeforeMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  fetch(order: FetchOrder): void {
    this.#order = order;
    this.#serving ??= this.#serve();
  }

  withdraw(id: number): void {
    if (this.#order?.id === id) this.#drop();
  }

  async close(): Promise<void> {
    const { clock, reader } = this.#options;
    this.#closing.abort();
    this.#drop();
    this.#recovered();
    reader.close();
    if (this.#serving) await within(this.#serving, CLOSES_WITHIN_MS, clock);
  }

  #drop(): void {
    this.#order = undefined;
    this.#unwanted.abort();
  }

  /** Also what is ordered while it is answered is served here. A poller that cannot take an answer does not end it. */
  async #serve(): Promise<void> {
    await undefined;
    for (let order = this.#order; order; order = this.#order) {
      this.#unwanted = new AbortController();
      try {
        await this.#serveOne(order, this.#unwanted.signal);
      } catch (error) {
        this.#troubled(error);
      }
    }
    this.#serving = undefined;
  }

  async #serveOne(order: FetchOrder, signal: AbortSignal): Promise<void> {
    const { clock, reader } = this.#options;
    const untilMs = order.untilMs ?? Number.POSITIVE_INFINITY;
    let dueMs = order.notBefore;
    while (this.#order === order) {
      const atMs = Math.max(dueMs, this.#notBeforeMs);
      if (clock.now() < Math.min(atMs, untilMs)) {
        await clock.until(Math.min(atMs, untilMs), signal);
        continue;
      }
      const isTried = await this.#look(order);
      if (this.#order !== order) return;
      if (clock.now() >= untilMs) this.#answer(order);
      else if (isTried && reader.ready) {
        await this.#untilReady(Math.min(READY_MS, untilMs - clock.now()), signal);
        dueMs = nextTick(dueMs, order.everyMs, clock.now());
      } else dueMs = nextTick(dueMs + Math.max(order.everyMs, LEAST_PAUSE_MS), order.everyMs, clock.now());
    }
  }

  async #untilReady(waitMs: Millis, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.reader.ready?.(waitMs, signal);
    } catch (error) {
      if (!signal.aborted) this.#troubled(error);
    }
  }

  /** Answers the order if there is something. False when the source could not be read. */
  async #look(order: FetchOrder): Promise<boolean> {
    try {
      if (this.#kept.length === 0) await this.#read(order);
    } catch (error) {
      if (!this.#closing.signal.aborted) await this.#failed(order, error);
      return false;
    }
    if (this.#order !== order) return true;
    if (this.#kept.length > 0 || this.#ended) this.#answer(order);
    else this.#options.events.waits();
    return true;
  }

  /** Reads page after page, as long as pages are full and there is room. */
  async #read(order: FetchOrder): Promise<void> {
    const { shard, reader, clock, events, hold } = this.#options;
    this.#askedMs = clock.now();
    let bytes = 0;
    for (let more = !this.#ended; more; more = more && bytes < FETCH_BYTES && this.#kept.length < order.maxRecords) {
      const wanted = order.maxRecords - this.#kept.length;
      const read = await reader.read(wanted, this.#closing.signal).catch((error: unknown) => this.#laterIfAny(error));
      if (!read) return;
      this.#recovered();
      if (read.missed !== undefined) events.missed(read.missed);
      for (const one of read.records) {
        const record = new ShardPolled(one, shard);
        bytes += record.encodedBytes;
        hold(record);
        this.#kept.push(record);
      }
      this.#ended = read.ended;
      more = read.more && !read.ended && this.#order === order;
    }
  }

  /** What was read before is delivered first; the problem will come again. */
  #laterIfAny(error: unknown): undefined {
    if (this.#kept.length === 0) throw error;
  }

  #answer(order: FetchOrder): void {
    const { events } = this.#options;
    const records = this.#kept.splice(0, order.maxRecords);
    this.#order = undefined;
    events.tell({ what: 'fetched', id: order.id, records, askedMs: this.#askedMs });
    if (!this.#ended || this.#kept.length > 0) return;
    this.#order = undefined;
    events.tell({ what: 'endOfShard' });
  }

  async #failed(order: FetchOrder, error: unknown): Promise<void> {
    const kind = error instanceof ShardProblem ? error.kind : 'unreachable';
    if (kind === 'throttled') {
      if (this.#order !== order) return;
      this.#order = undefined;
      this.#options.events.tell({ what: 'fetchFailed', id: order.id, reason: 'throttled' });
    } else if (kind === 'gone' && (await this.#isUnlisted())) {
      this.#options.events.missed('unknown');
      this.#ended = true;
      if (this.#order === order) this.#answer(order);
    } else this.#troubled(error);
  }

  async #isUnlisted(): Promise<boolean> {
    try {
      return await this.#options.isUnlisted(this.#closing.signal);
    } catch {
      return false;
    }
  }

  #troubled(error: unknown): void {
    const { clock, events, health } = this.#options;
    if (this.#closing.signal.aborted) return;
    health.troubled(this, events, causeText(error));
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#notBeforeMs = clock.now() + pauseMs;
  }

  #recovered(): void {
    const { events, health } = this.#options;
    this.#failures = 0;
    health.recovered(this, events);
  }
}

/** The next of the times `fromMs`, `fromMs + everyMs`, … that is not over. */
function nextTick(fromMs: Millis, everyMs: Millis, nowMs: Millis): Millis {
  if (nowMs <= fromMs || everyMs === 0) return Math.max(nowMs, fromMs);
  return fromMs + Math.ceil((nowMs - fromMs) / everyMs) * everyMs;
}
