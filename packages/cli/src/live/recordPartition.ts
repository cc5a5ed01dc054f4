/** A partition as a lane of a recording: the consumer puts in what comes, the merge takes out. */
import type { Millis } from '@millrace/semantics';
import type { LaneRead, RecordLane } from './recordMerge.ts';
import type { ReadEntry } from './recordSource.ts';

/** From so many entries on nothing more is fetched until they are taken. */
const FULL = 20_000;

export class PartitionLane implements RecordLane {
  readonly #end: bigint | undefined;
  readonly #hold: (isFull: boolean) => void;
  /** The next offset that is wanted. */
  #wanted: bigint;
  #entries: ReadEntry[] = [];
  #upToMs: Millis = Number.NEGATIVE_INFINITY;
  #ended: boolean;
  #isFull = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  /** `end`: the first offset that is not wanted any more; undefined: all are. `hold`: asks for nothing more, or again. */
  constructor(begin: bigint, end: bigint | undefined, hold: (isFull: boolean) => void) {
    this.#wanted = begin;
    this.#end = end;
    this.#hold = hold;
    this.#ended = end !== undefined && begin >= end;
  }

  get wanted(): bigint {
    return this.#wanted;
  }

  /** Whether a record at this offset was not put in yet, and is to be. */
  wants(offset: bigint): boolean {
    return offset >= this.#wanted && (this.#end === undefined || offset < this.#end);
  }

  /** All that is wanted before the offset `next`: if it is brought again, it is not wanted any more. */
  put(entries: readonly ReadEntry[], next: bigint): void {
    for (const entry of entries) this.#entries.push(entry);
    if (!this.#isFull && this.#entries.length >= FULL) this.#setFull(true);
    this.passed(next);
  }

  /** Everything before this offset was put in, or holds no record. */
  passed(next: bigint): void {
    if (next > this.#wanted) this.#wanted = next;
    if (this.#end !== undefined && this.#wanted >= this.#end) this.#ended = true;
    this.#wake();
  }

  /** The partition was asked for its end at this time. */
  looked(high: bigint, atMs: Millis): void {
    if (this.#wanted < high || this.#entries.length > 0) return;
    this.#upToMs = atMs;
    this.#wake();
  }

  fail(failure: Error): void {
    this.#failure = failure;
    this.#wake();
  }

  async read(signal: AbortSignal): Promise<LaneRead> {
    const saidMs = this.#upToMs;
    const isNews = () => this.#entries.length > 0 || this.#ended || this.#failure || this.#upToMs > saidMs;
    while (!isNews() && !signal.aborted) await this.#change(signal);
    if (this.#failure && this.#entries.length === 0) throw this.#failure;
    const entries = this.#entries;
    this.#entries = [];
    if (this.#isFull) this.#setFull(false);
    return { entries, upToMs: entries.at(-1)?.atMs ?? this.#upToMs, ended: this.#ended };
  }

  next(): readonly RecordLane[] {
    return [];
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #setFull(isFull: boolean): void {
    this.#isFull = isFull;
    this.#hold(isFull);
  }
}
