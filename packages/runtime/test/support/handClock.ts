/** A clock that stands still until the test lets time pass. */
import type { Clock, Timer } from '@millrace/runtime';
import { settled } from './ordered.ts';

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

export class HandClock implements Clock {
  #nowMs = 1_000_000;
  readonly #due = new Set<Due>();

  now(): number {
    return this.#nowMs;
  }

  at(atMs: number, run: () => void): Timer {
    const one = { atMs, run };
    this.#due.add(one);
    return { cancel: () => void this.#due.delete(one) };
  }

  until(atMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || atMs <= this.#nowMs) {
        resolve();
        return;
      }
      const done = () => {
        timer.cancel();
        resolve();
      };
      const timer = this.at(atMs, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** Everything that is due meanwhile happens at its time. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (let next = await this.#next(); next && next.atMs <= untilMs; next = await this.#next()) {
      this.#due.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  async #next(): Promise<Due | undefined> {
    await settled();
    return [...this.#due].sort((one, other) => one.atMs - other.atMs)[0];
  }
}
