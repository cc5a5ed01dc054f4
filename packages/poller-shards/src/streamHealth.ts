/**
 * Which readings of a stream's shards, and openings of them, are in trouble. It is told once for all of them, and again
 * when the last one is over.
 */
import type { PollerEvents } from '@millrace/runtime';

export class StreamHealth {
  readonly #troubled = new Set<object>();

  troubled(one: object, events: PollerEvents, problem: string): void {
    const isNew = this.#troubled.size === 0;
    this.#troubled.add(one);
    if (isNew) events.troubled(problem);
  }

  /** It works, or nobody wants it any more. */
  recovered(one: object, events: PollerEvents): void {
    if (this.#troubled.delete(one) && this.#troubled.size === 0) events.recovered();
  }
}
