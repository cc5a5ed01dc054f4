/**
 * Records that repeat, expanded one at a time: a record with `repeat: 1000000` costs no more memory than one.
 *
 * Invariant: arrivals come out by time, then by the order in which their records were put in, then by repetition.
 */
import type { Millis } from '@millrace/semantics';
import type { Arrival, ArrivalPayload } from '../scenario/plan.ts';

/** A record of the file with all its repetitions. */
export interface PlannedArrival {
  /** Arrival of the first. */
  readonly atMs: Millis;
  readonly source: number;
  /** Without one the engine names it by its place among all arrivals. */
  readonly id?: string;
  readonly payload: ArrivalPayload;
  /** How many there are; ids get `.1`, `.2`, … when `numbered`. */
  readonly repeat: number;
  readonly everyMs: Millis;
  readonly numbered: boolean;
  /** A FIFO message that says nothing about deduplication is never a duplicate: its own id is its deduplication id. */
  readonly dedupById: boolean;
}

interface Pending {
  readonly planned: PlannedArrival;
  readonly order: number;
  nextAtMs: Millis;
  done: number;
}

export class Repeats {
  /** A binary heap by time, then order. */
  #heap: Pending[] = [];
  #pushed = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Time of the next arrival. */
  get nextAtMs(): Millis | undefined {
    return this.#heap[0]?.nextAtMs;
  }

  push(planned: PlannedArrival): void {
    this.#heap.push({ planned, order: this.#pushed++, nextAtMs: planned.atMs, done: 0 });
    this.#rise(this.#heap.length - 1);
  }

  /** Appends to `out` what arrives up to and at `untilMs`, but only until `out` holds `most`. */
  drain(untilMs: Millis, out: Arrival[], most: number): void {
    while (out.length < most) {
      const first = this.#heap[0];
      if (first === undefined || first.nextAtMs > untilMs) return;
      out.push(expand(first.planned, first.done + 1, first.nextAtMs));
      this.#advance(first);
    }
  }

  #advance(first: Pending): void {
    first.done++;
    first.nextAtMs += first.planned.everyMs;
    if (first.done === first.planned.repeat) {
      const last = this.#heap.pop()!;
      if (last === first) return;
      this.#heap[0] = last;
    }
    this.#sink();
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(this.#heap[index]!, this.#heap[parent]!)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && before(this.#heap[right]!, this.#heap[left]!) ? right : left;
      if (!before(this.#heap[child]!, this.#heap[index]!)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}

function before(a: Pending, b: Pending): boolean {
  return a.nextAtMs === b.nextAtMs ? a.order < b.order : a.nextAtMs < b.nextAtMs;
}

/** The arrival of one repetition, counted from 1. */
function expand(planned: PlannedArrival, repetition: number, atMs: Millis): Arrival {
  const { source, id, payload, numbered, dedupById } = planned;
  const name = numbered && id !== undefined ? `${id}.${repetition}` : id;
  const held = dedupById && name !== undefined ? { ...payload, dedupId: name } : payload;
  return name === undefined ? { atMs, source, payload: held } : { atMs, source, id: name, payload: held };
}
