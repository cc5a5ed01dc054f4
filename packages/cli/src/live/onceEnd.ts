/**
 * Whether anything can still happen in a run in which everything was sent and every event has happened: not when every
 * queue that is read is empty, nothing runs, and no mapping is in a transition.
 */
import type { Clock } from '@millrace/runtime';
import type { LiveRun } from './liveRun.ts';
import type { OnceBook } from './onceBook.ts';
import type { PlayedQueue } from './onceQueues.ts';

export interface EndOptions {
  readonly live: LiveRun;
  readonly book: OnceBook;
  readonly queues: readonly PlayedQueue[];
  readonly clock: Clock;
}

/** Messages that left their queue are waited for so long: what became of them may still be told. */
const TOLD_WITHIN_MS = 1000;

export class OnceEnd {
  readonly #options: EndOptions;
  #emptySinceMs: number | undefined;

  constructor(options: EndOptions) {
    this.#options = options;
  }

  /** Whether every record's fate is told: a queue behind an endpoint does not say what it gives up. */
  get knowsAll(): boolean {
    return this.#options.queues.every(({ isOurs }) => isOurs);
  }

  async isReached(): Promise<boolean> {
    this.expire();
    const { live, book, clock } = this.#options;
    if (!book.isIdle || live.control.control.nextTransitionMs() !== undefined || !(await this.#isEmpty())) {
      this.#emptySinceMs = undefined;
      return false;
    }
    if (!book.isIdle) return false;
    this.#emptySinceMs ??= clock.now();
    const isAllTold = this.#read().every(({ source }) => book.open(source.name).size === 0);
    return isAllTold || clock.now() - this.#emptySinceMs >= TOLD_WITHIN_MS;
  }

  /** Says what retention has taken: the queue itself lets go of it in silence. */
  expire(): void {
    const { book, clock } = this.#options;
    const now = clock.now();
    for (const { source, isOurs } of this.#read()) {
      if (!isOurs || !Number.isFinite(source.retentionMs)) continue;
      const records: string[] = [];
      for (const { record, sentMs } of book.open(source.name).values()) {
        if (sentMs + source.retentionMs > now) break;
        records.push(record);
      }
      if (records.length === 0) continue;
      const data = { fate: 'expired', source: source.name };
      book.say({ at: now, what: 'expired', records, rule: 'source.retention-expired', data });
    }
  }

  async #isEmpty(): Promise<boolean> {
    for (const queue of this.#read()) if ((await queue.left()) > 0) return false;
    return true;
  }

  /** Queues that a mapping reads, or still has messages of. */
  #read(): PlayedQueue[] {
    const { live, queues } = this.#options;
    const arns = new Set<string | undefined>();
    for (const { name, running, settings } of live.control.mappings) {
      if (running || (live.mappings.get(name)?.pollers().open ?? 0) > 0) arns.add(settings.eventSourceArn);
    }
    return queues.filter(({ source }) => arns.has(source.arn));
  }
}
