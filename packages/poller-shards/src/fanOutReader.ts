/**
 * Reads a shard through an enhanced fan-out consumer: the stream pushes events down one connection.
 *
 * 1. An event is taken from the connection only when a poller asks for it. While nobody asks, the connection fills up and
 *    the stream stops sending.
 * 2. The stream ends a subscription after 5 minutes. The next begins where it left off, by the continuation number of the
 *    last event, which moves although nothing is put.
 * 3. What retention has taken is passed, once a subscription at the oldest record has said something.
 * 4. A subscription that is silent, or does not begin, is given up: the stream says something every few seconds.
 */
import { type Clock, within } from '@millrace/runtime';
import type { Millis, Position } from '@millrace/semantics';
import { problem } from './calls.ts';
import { type ReadRecord, ShardProblem, type ShardRead, type ShardReader } from './client.ts';
import { HORIZON, type Place } from './place.ts';

const SILENT_MS = 30_000;
/** A subscription that ends sooner, with nothing said, is not begun anew at once. */
const TOO_SOON_MS = 1000;

/** What came down the connection. */
export interface PushedRecords {
  readonly records: readonly ReadRecord[];
  /** From where to go on. Undefined: the shard is closed, and this was the last of it. */
  readonly continuation: string | undefined;
}

export interface Subscriptions {
  /** Begins one. @throws {ShardProblem} */
  subscribe(place: Place, signal: AbortSignal): Promise<AsyncIterable<PushedRecords>>;
  /** Whether it is known that nothing comes after this place any more. @throws {ShardProblem} */
  isEnd(place: Place, signal: AbortSignal): Promise<boolean>;
}

interface Subscription {
  readonly events: AsyncIterator<PushedRecords>;
  readonly sinceMs: Millis;
  heard: boolean;
}

export class FanOutReader implements ShardReader {
  readonly #subscriptions: Subscriptions;
  readonly #clock: Clock;
  #place: Place;
  /** The next subscription begins at the oldest record, because the place was refused. */
  #atHorizon = false;
  #subscription: Subscription | undefined;
  #pulling: Promise<void> | undefined;
  #abort = new AbortController();
  #buffer: readonly ReadRecord[] = [];
  #ended = false;
  #missed: 'unknown' | undefined;
  #problem: unknown;

  constructor(from: Place, subscriptions: Subscriptions, clock: Clock) {
    this.#place = from;
    this.#subscriptions = subscriptions;
    this.#clock = clock;
  }

  async ready(waitMs: Millis, signal: AbortSignal): Promise<void> {
    if (this.#buffer.length > 0 || this.#ended || this.#problem !== undefined) return;
    this.#pulling ??= this.#pull();
    if (!signal.aborted) await within(this.#pulling, waitMs, this.#clock, signal);
  }

  async read(maxRecords: number): Promise<ShardRead> {
    const failed = this.#problem;
    if (failed !== undefined && this.#buffer.length === 0) {
      this.#problem = undefined;
      throw failed;
    }
    const records = this.#buffer.slice(0, maxRecords);
    this.#buffer = this.#buffer.slice(maxRecords);
    const missed = this.#missed;
    this.#missed = undefined;
    const ended = this.#ended && this.#buffer.length === 0;
    return { records, ended, more: false, ...(missed !== undefined && { missed }) };
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await this.#next();
      if (done) this.#over();
      else await this.#take(value);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#pulling = undefined;
    }
  }

  async #next(): Promise<IteratorResult<PushedRecords>> {
    const abort = this.#abort;
    const silent = this.#clock.at(this.#clock.now() + SILENT_MS, () => abort.abort());
    try {
      this.#subscription ??= await this.#begin();
      return await this.#subscription.events.next();
    } finally {
      silent.cancel();
    }
  }

  async #begin(): Promise<Subscription> {
    const place = this.#atHorizon ? HORIZON : this.#place;
    const events = await this.#subscriptions.subscribe(place, this.#abort.signal);
    return { events: events[Symbol.asyncIterator](), sinceMs: this.#clock.now(), heard: false };
  }

  async #take({ records, continuation }: PushedRecords): Promise<void> {
    if (this.#subscription) this.#subscription.heard = true;
    this.#buffer = records;
    this.#ended = continuation === undefined;
    const last = records.at(-1)?.position;
    const position = continuation ?? last;
    if (position !== undefined) this.#place = { kind: 'after', position };
    else if (this.#atHorizon) this.#place = HORIZON;
    this.#atHorizon = false;
    if (records.length === 0 && !this.#ended) {
      this.#ended = await this.#subscriptions.isEnd(this.#place, this.#abort.signal);
    }
    if (this.#ended) this.#drop();
  }

  #over(): void {
    const { sinceMs = 0, heard = true } = this.#subscription ?? {};
    this.#drop();
    if (heard || this.#clock.now() - sinceMs >= TOO_SOON_MS) return;
    this.#problem = new ShardProblem('unreachable', 'SubscribeToShard failed: the subscription ended at once');
  }

  #failed(error: unknown): void {
    const silent = this.#subscription !== undefined && this.#abort.signal.aborted;
    this.#drop();
    if (silent) return;
    const failure = problem('SubscribeToShard', error);
    this.#atHorizon = failure.kind === 'trimmed';
    if (this.#atHorizon) this.#missed = 'unknown';
    else this.#problem = failure;
  }

  #drop(): void {
    this.#subscription = undefined;
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  sequenceNumber(position: Position): string {
    return String(position);
  }

  close(): void {
    this.#drop();
  }
}
