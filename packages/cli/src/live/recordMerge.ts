/**
 * Merges lanes (shards, partitions) into one row of entries by the time of their arrival.
 *
 * 1. The entries of a lane keep their order, whatever their times say.
 * 2. An entry comes out once every other lane has an entry too, or has said that it has nothing older.
 * 3. A lane that has ended is followed by its next ones only when all of it came out.
 * 4. When it is ended early, everything that was read comes out.
 */
import type { Millis } from '@millrace/semantics';
import type { ReadEntry } from './recordSource.ts';

export interface LaneRead {
  readonly entries: readonly ReadEntry[];
  /** Nothing that arrived before this comes any more, as far as the source can say. */
  readonly upToMs: Millis;
  /** Nothing comes any more at all. */
  readonly ended: boolean;
}

export interface RecordLane {
  /** Waits until there is something to say; answers early, with nothing, once the signal is aborted. */
  read(signal: AbortSignal): Promise<LaneRead>;
  /** The lanes that begin where this one has ended. */
  next(): readonly RecordLane[];
}

/** A lane, what was read of it and has not come out, and what it does. */
class Merged {
  readonly lane: RecordLane;
  entries: readonly ReadEntry[] = [];
  at = 0;
  upToMs = Number.NEGATIVE_INFINITY;
  ended = false;

  constructor(lane: RecordLane) {
    this.lane = lane;
  }

  get head(): ReadEntry | undefined {
    return this.entries[this.at];
  }
}

/** `untilMs`: ends when every lane has been read up to this time, or has ended; what is younger stays out. @throws what a lane throws, after what was read */
export async function* mergeLanes(
  first: readonly RecordLane[],
  signal: AbortSignal,
  untilMs?: Millis,
): AsyncGenerator<readonly ReadEntry[]> {
  const lanes = first.map((lane) => new Merged(lane));
  const ending = new AbortController();
  const reads = new Reads(AbortSignal.any([signal, ending.signal]));
  const lastMs = untilMs ?? Number.POSITIVE_INFINITY;
  const isOver = () => lanes.every((one) => (one.head ? one.head.atMs > lastMs : one.upToMs >= lastMs));
  try {
    while (lanes.length > 0 && !signal.aborted && !isOver()) {
      await reads.next(lanes);
      const out = release(lanes, lastMs, false);
      if (out.length > 0) yield out;
    }
  } finally {
    ending.abort();
    await reads.end();
    yield release(lanes, lastMs, true);
  }
}

/** The reads that are on their way: one for each lane of which nothing is left. */
class Reads {
  readonly #signal: AbortSignal;
  readonly #open = new Map<Merged, Promise<void>>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Waits until one of them was answered. */
  async next(lanes: readonly Merged[]): Promise<void> {
    for (const one of lanes) if (!one.head && !one.ended && !this.#open.has(one)) this.#read(one);
    await Promise.race(this.#open.values());
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#open.values());
  }

  #read(one: Merged): void {
    const reading = one.lane.read(this.#signal).then(({ entries, upToMs, ended }) => {
      this.#open.delete(one);
      one.entries = entries;
      one.at = 0;
      one.upToMs = Math.max(one.upToMs, upToMs);
      one.ended = ended;
    });
    // It is heard of when it is waited for.
    reading.catch(() => {});
    this.#open.set(one, reading);
  }
}

/** Takes out what may come out: in runs, so that many lanes cost little. */
function release(lanes: Merged[], lastMs: Millis, all: boolean): ReadEntry[] {
  const out: ReadEntry[] = [];
  for (;;) {
    follow(lanes);
    const lane = earliest(lanes);
    if (!lane) return out;
    const boundMs = Math.min(lastMs, bound(lanes, lane, all));
    if ((lane.head?.atMs ?? 0) > boundMs) return out;
    for (let head = lane.head; head && head.atMs <= boundMs; head = lane.head) {
      out.push(head);
      lane.at += 1;
    }
  }
}

/** Lanes that are over give way to the next ones. */
function follow(lanes: Merged[]): void {
  for (let at = lanes.length - 1; at >= 0; at -= 1) {
    const one = lanes[at];
    if (!one?.ended || one.head) continue;
    lanes.splice(at, 1, ...one.lane.next().map((lane) => new Merged(lane)));
  }
}

function earliest(lanes: readonly Merged[]): Merged | undefined {
  let best: Merged | undefined;
  for (const one of lanes) if (one.head && !(best?.head && best.head.atMs <= one.head.atMs)) best = one;
  return best;
}

/** Up to when the entries of a lane may come out. */
function bound(lanes: readonly Merged[], lane: Merged, all: boolean): Millis {
  let boundMs = Number.POSITIVE_INFINITY;
  for (const one of lanes) {
    if (one === lane) continue;
    if (one.head) boundMs = Math.min(boundMs, one.head.atMs);
    else if (!all && !one.ended) boundMs = Math.min(boundMs, one.upToMs);
  }
  return boundMs;
}
