/**
 * Records on their way to their target, in batches as large as it takes.
 *
 * 1. Records of one lane are sent in order: lanes share some roads, and on each of these one batch is sent at a time. Records
 *    without a lane go their own road, with many batches at a time.
 * 2. A batch that fails is tried again for a while, before anything else goes on that road. A record that may be there
 *    twice because of that is counted.
 * 3. What the target refuses, or what cannot be sent for so long, ends the whole: nothing more is begun.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '@millrace/runtime';
import { causeText } from '@millrace/semantics';
import { type BatchLimit, type Parcel, SendFailed, type SendTarget, type Sent, wordsOf } from './sendTarget.ts';

const ORDERED_ROADS = 32;
const UNORDERED_BATCHES = 32;
/** What waits here at most. */
const MOST_WAITING = 4000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const PATIENCE_MS = 30_000;

export interface Outgoing<P extends Parcel = Parcel> {
  readonly parcel: P;
  /** Counted from 1. */
  readonly number: number;
  readonly id: string | undefined;
}

export interface SendCounts {
  sent: number;
  /** Taken by a FIFO queue as one that it already has. */
  deduplicated: number;
  /** Sent again after the connection was lost, so that they may be there twice. */
  perhapsTwice: number;
  /** Given up without an answer: they may be there. */
  unknown: number;
}

interface Road<P extends Parcel> {
  readonly atOnce: number;
  waiting: Outgoing<P>[];
  flying: number;
}

/** What one try left to be sent, and why. */
interface Left<P extends Parcel> {
  readonly left: readonly Outgoing<P>[];
  readonly because: string;
  /** Nobody answered. */
  readonly unreached?: boolean;
}

export class SendLanes<P extends Parcel> {
  readonly counts: SendCounts = { sent: 0, deduplicated: 0, perhapsTwice: 0, unknown: 0 };
  readonly #target: SendTarget<P>;
  readonly #clock: Clock;
  readonly #ordered: readonly Road<P>[];
  readonly #unordered: Road<P> = { atOnce: UNORDERED_BATCHES, waiting: [], flying: 0 };
  readonly #roads: readonly Road<P>[];
  readonly #stop = new AbortController();
  #waiting = 0;
  #waitingBytes = 0;
  #flying = 0;
  #unanswered = 0;
  #changed: (() => void) | undefined;
  /** Why nothing more is sent. */
  failure: string | undefined;

  constructor(target: SendTarget<P>, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    // Every batch that pauses listens.
    setMaxListeners(0, this.#stop.signal);
    this.#ordered = Array.from({ length: ORDERED_ROADS }, () => ({ atOnce: 1, waiting: [], flying: 0 }));
    this.#roads = [this.#unordered, ...this.#ordered];
  }

  get isFull(): boolean {
    return this.#waiting >= MOST_WAITING || this.#waitingBytes >= MOST_WAITING_BYTES;
  }

  /** Records that the target was given, and of which it has said nothing yet. */
  get unanswered(): number {
    return this.#unanswered;
  }

  add(outgoing: Outgoing<P>): void {
    const road = this.#roadOf(outgoing.parcel);
    road.waiting.push(outgoing);
    this.#waiting += 1;
    this.#waitingBytes += outgoing.parcel.bytes;
    // What waits on many roads may fill none of them, and yet be all that may wait.
    if (this.isFull) this.flush();
    else if (road.waiting.length >= this.#target.batch.records) this.#send(road);
  }

  /** Sends what waits, full batch or not. */
  flush(): void {
    for (const road of this.#roads) this.#send(road);
  }

  /** Resolves when something has been answered. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    this.flush();
    while (this.#flying > 0 || (this.#waiting > 0 && this.failure === undefined)) await this.change();
  }

  /** Begins nothing more, and tries nothing again. */
  stop(): void {
    this.#stop.abort();
    for (const road of this.#roads) road.waiting = [];
    this.#waiting = 0;
    this.#waitingBytes = 0;
    this.#changed?.();
  }

  #roadOf({ lane }: P): Road<P> {
    if (lane === undefined) return this.#unordered;
    let hash = 0;
    for (const letter of lane) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) | 0;
    return this.#ordered[Math.abs(hash) % ORDERED_ROADS] ?? this.#unordered;
  }

  #send(road: Road<P>): void {
    while (road.waiting.length > 0 && road.flying < road.atOnce && this.failure === undefined) {
      const { batch, rest } = cut(road.waiting, this.#target.batch);
      road.waiting = rest;
      this.#waiting -= batch.length;
      for (const { parcel } of batch) this.#waitingBytes -= parcel.bytes;
      road.flying += 1;
      this.#flying += 1;
      void this.#carry(road, batch);
    }
  }

  async #carry(road: Road<P>, batch: readonly Outgoing<P>[]): Promise<void> {
    try {
      await this.#insist(batch);
    } catch (error) {
      this.#fail(causeText(error));
    }
    road.flying -= 1;
    this.#flying -= 1;
    this.#send(road);
    this.#changed?.();
  }

  async #insist(batch: readonly Outgoing<P>[]): Promise<void> {
    const lost = new Set<Outgoing<P>>();
    let untilMs = this.#clock.now() + PATIENCE_MS;
    let left = batch;
    for (let tries = 0; ; tries += 1) {
      const before = left.length;
      const outcome = await this.#try(left, lost);
      left = outcome.left;
      if (left.length === 0) break;
      const now = this.#clock.now();
      if (left.length < before) {
        // Whoever takes some of it is only slow.
        untilMs = now + PATIENCE_MS;
        tries = 0;
      }
      if (now >= untilMs) this.#fail(outOfPatience(outcome));
      else {
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
        await this.#clock.until(now + pauseMs, this.#stop.signal);
      }
      if (!this.#stop.signal.aborted && this.failure === undefined) continue;
      this.counts.unknown += left.filter((one) => lost.has(one)).length;
      return;
    }
    if (!this.#target.knowsRepetitions) this.counts.perhapsTwice += lost.size;
  }

  async #try(batch: readonly Outgoing<P>[], lost: Set<Outgoing<P>>): Promise<Left<P>> {
    this.#unanswered += batch.length;
    try {
      const answers = await this.#target.send(batch.map(({ parcel }) => parcel));
      return this.#read(batch, answers, lost);
    } catch (error) {
      if (!(error instanceof SendFailed)) throw error;
      if (error.perhapsSent) for (const one of batch) lost.add(one);
      if (!error.passes) throw error;
      return { left: batch, because: error.message, unreached: true };
    } finally {
      this.#unanswered -= batch.length;
    }
  }

  #read(batch: readonly Outgoing<P>[], answers: readonly Sent[], lost: Set<Outgoing<P>>): Left<P> {
    const left: Outgoing<P>[] = [];
    let because = '';
    for (const [index, one] of batch.entries()) {
      const answer = answers[index] ?? { kind: 'again', because: 'it was not answered' };
      if (answer.kind === 'sent') this.counts.sent += 1;
      // The first try of this very message was lost on its way back only.
      else if (answer.kind === 'deduplicated' && lost.has(one)) this.counts.sent += 1;
      else if (answer.kind === 'deduplicated') this.counts.deduplicated += 1;
      else if (answer.kind === 'refused') this.#fail(`${this.#nameOf(one)} is refused: ${answer.because}`);
      else {
        left.push(one);
        because = answer.because;
        if (answer.perhapsSent) lost.add(one);
      }
    }
    return { left, because };
  }

  #fail(why: string): void {
    this.failure ??= why.replace(/\.$/, '');
  }

  #nameOf({ number, id }: Outgoing<P>): string {
    const { record } = wordsOf(this.#target.kind);
    return id === undefined ? `${record} ${number}` : `${record} ${number} (${id})`;
  }
}

function outOfPatience<P extends Parcel>({ because, unreached }: Left<P>): string {
  const seconds = PATIENCE_MS / 1000;
  return `${unreached ? 'it could not be reached' : 'it took nothing more'} for ${seconds} s: ${because}`;
}

/** The next batch: from the front, in order, as much as the target takes at once. */
function cut<P extends Parcel>(waiting: readonly Outgoing<P>[], { records, bytes: most, oncePerLane }: BatchLimit) {
  const batch: Outgoing<P>[] = [];
  const later: Outgoing<P>[] = [];
  const lanes = new Set<string | undefined>();
  let bytes = 0;
  let at = 0;
  for (; at < waiting.length && batch.length < records && later.length < records; at += 1) {
    const one = waiting[at];
    if (!one) break;
    const { lane } = one.parcel;
    if (oncePerLane && lanes.has(lane)) {
      later.push(one);
      continue;
    }
    bytes += one.parcel.bytes;
    if (bytes > most && batch.length > 0) break;
    lanes.add(lane);
    batch.push(one);
  }
  return { batch, rest: [...later, ...waiting.slice(at)] };
}
