/**
 * What happens when, in virtual time. The agenda is the only clock of a run.
 *
 * 1. Events happen in the order of their time, then of their urgency, then in the order in which they were entered.
 * 2. Time never goes back; what is entered for the past happens now.
 * 3. Passive events (a look at the number of pollers, a new listing of shards) happen only while there are others:
 *    they never keep a run alive.
 */
import type { Millis } from '@millrace/semantics';

/** What comes first at the same instant: the file's own events, then everything else. */
export type Urgency = 0 | 1;

export interface Entry {
  readonly atMs: Millis;
  readonly urgency: Urgency;
  readonly seq: number;
  readonly passive: boolean;
  run: (() => void | Promise<void>) | undefined;
}

/** As many places as a shuffled order has for things of one instant. */
const MANY = 2 ** 30;

export class Agenda {
  readonly #heap: Entry[] = [];
  #soon: (() => void)[] = [];
  #soonHead = 0;
  #seq = 0;
  #active = 0;
  /** Now, in milliseconds since the epoch. */
  nowMs: Millis;
  /** Picks the next of `n` things that happen at the same instant; absent: the first. For tests of order. */
  shuffle?: (n: number) => number;

  constructor(startMs: Millis) {
    this.nowMs = startMs;
  }

  /** Enters an event. The entry it returns can be cancelled. */
  at(atMs: Millis, run: () => void | Promise<void>, options: { passive?: boolean; urgency?: Urgency } = {}): Entry {
    const { passive = false, urgency = 1 } = options;
    const seq = this.shuffle && urgency === 1 ? this.shuffle(MANY) : this.#seq;
    const entry: Entry = { atMs: Math.max(atMs, this.nowMs), urgency, seq, passive, run };
    this.#seq += 1;
    if (!passive) this.#active += 1;
    this.#push(entry);
    return entry;
  }

  /** At this instant, after what is being done. */
  soon(run: () => void): void {
    this.#soon.push(run);
  }

  cancel(entry: Entry): void {
    if (!entry.run) return;
    entry.run = undefined;
    if (!entry.passive) this.#active -= 1;
  }

  /** When the next event is; undefined when nothing but passive ones is left (unless those count too). */
  peek(passiveToo: boolean): Millis | undefined {
    if (this.#active === 0 && !passiveToo) return undefined;
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (top.run) return top.atMs;
      this.#pop();
    }
    return undefined;
  }

  /** Takes the next event, and moves time to it. */
  take(): (() => void | Promise<void>) | undefined {
    for (let entry = this.#pop(); entry; entry = this.#pop()) {
      const { run } = entry;
      if (!run) continue;
      entry.run = undefined;
      if (!entry.passive) this.#active -= 1;
      this.nowMs = Math.max(this.nowMs, entry.atMs);
      return run;
    }
    return undefined;
  }

  /** Does everything that was put off to the end of what was being done. */
  settle(): void {
    while (this.#soonHead < this.#soon.length) this.#takeSoon()();
    this.#soon = [];
    this.#soonHead = 0;
  }

  #takeSoon(): () => void {
    const waiting = this.#soon.length - this.#soonHead;
    const pick = this.shuffle ? this.#soonHead + this.shuffle(waiting) : this.#soonHead;
    const run = this.#soon[pick] as () => void;
    this.#soon[pick] = this.#soon[this.#soonHead] as () => void;
    this.#soonHead += 1;
    return run;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[hole] = heap[child] as Entry;
      hole = child;
    }
    heap[hole] = last;
    return top;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.urgency !== b.urgency) return a.urgency < b.urgency;
  return a.seq < b.seq;
}
