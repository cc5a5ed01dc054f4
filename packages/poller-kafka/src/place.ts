/**
 * One partition of a poller: what was read of it and not yet given to the poller, and what the poller holds.
 *
 * 1. `#records` is in the order of offsets: up to `#held` there is nothing any more, from there to `#given` the poller has
 *    it, after that it waits.
 * 2. `next` is the offset that is to be read next.
 */
import type { Millis } from '@millrace/semantics';
import type { TopicPolled } from './polled.ts';

/** So many that are done with are kept before they are cut off, so that cutting costs little for each. */
const SLACK = 1024;

export class Place {
  readonly partition: number;
  readonly lane: string;
  next: number;
  /** Since when the poller wants nothing of it; undefined: it does. */
  exceptedSinceMs: Millis | undefined;
  /** The member was told not to read it. */
  paused = false;
  /** Encoded bytes of what waits. */
  waitingBytes = 0;
  readonly #records: (TopicPolled | undefined)[] = [];
  #held = 0;
  #given = 0;
  #isSettled = true;

  constructor(partition: number, lane: string, next: number) {
    this.partition = partition;
    this.lane = lane;
    this.next = next;
  }

  get excepted(): boolean {
    return this.exceptedSinceMs !== undefined;
  }

  get waiting(): number {
    return this.#records.length - this.#given;
  }

  /** How many the poller holds. */
  get held(): number {
    return this.#given - this.#held;
  }

  /** The offset of the oldest that the poller holds. */
  get oldestHeld(): number | undefined {
    return this.held > 0 ? this.#records[this.#held]?.index : undefined;
  }

  put(records: readonly TopicPolled[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.waitingBytes += record.encodedBytes;
    }
    this.#isSettled = false;
    const last = records.at(-1);
    if (last) this.next = last.index + 1;
  }

  /** Gives up to so many. */
  give(max: number, into: TopicPolled[]): void {
    const end = Math.min(this.#records.length, this.#given + max);
    for (; this.#given < end; this.#given += 1) {
      const record = this.#records[this.#given] as TopicPolled;
      this.waitingBytes -= record.encodedBytes;
      into.push(record);
    }
  }

  /** What waits is forgotten: it will be read again, by whoever has the partition then. */
  dropWaiting(): void {
    this.#records.length = this.#given;
    this.waitingBytes = 0;
  }

  /** Nothing moves here for a while: what is kept lets go of the memory of others. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (let at = this.#held; at < this.#records.length; at += 1) this.#records[at]?.settle();
  }

  /** Everything up to this offset is finished. */
  finish(offset: number): void {
    for (; this.#held < this.#given; this.#held += 1) {
      if ((this.#records[this.#held] as TopicPolled).index > offset) break;
      this.#records[this.#held] = undefined;
    }
    if (this.#held < SLACK || this.#held * 2 < this.#records.length) return;
    this.#records.splice(0, this.#held);
    this.#given -= this.#held;
    this.#held = 0;
  }

  /** A record that the poller holds. */
  find(offset: number): TopicPolled | undefined {
    const first = this.#records[this.#held];
    if (!first) return undefined;
    // Offsets without gaps: it stands where it should.
    const guess = this.#records[this.#held + offset - first.index];
    if (guess?.index === offset) return guess;
    let [low, high] = [this.#held, this.#given];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle] as TopicPolled).index < offset) low = middle + 1;
      else high = middle;
    }
    const found = this.#records[low];
    return found?.index === offset ? found : undefined;
  }
}
