/**
 * The wall clock, timers and ids: the only file of this package that reads them. Times are milliseconds since the epoch
 * and never go back, whatever the system's clock does.
 */
import { randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since the epoch; never less than what it answered before. */
  now(): number;
  /** Calls once, not before this time. */
  at(atMs: number, run: () => void): Timer;
  /** Resolves at this time, or when the signal says that nobody waits any more. */
  until(atMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Timer {
  cancel(): void;
}

/** Node fires timers beyond this at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

class SystemClock implements Clock {
  #lastMs = 0;

  now(): number {
    this.#lastMs = Math.max(this.#lastMs, Date.now());
    return this.#lastMs;
  }

  at(atMs: number, run: () => void): Timer {
    const waitMs = Math.max(0, atMs - this.now());
    let next: Timer | undefined;
    const fire = () => {
      // A timer may fire a millisecond early; whoever is told the time would then see that it is not yet due.
      if (this.now() < atMs) next = this.at(atMs, run);
      else run();
    };
    const timer = setTimeout(fire, Math.min(Math.ceil(waitMs), LONGEST_TIMER_MS));
    return {
      cancel: () => {
        clearTimeout(timer);
        next?.cancel();
      },
    };
  }

  until(atMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = () => {
        timer.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.at(atMs, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}

export const systemClock: Clock = new SystemClock();

/** A random id in the form of a UUID. */
export function newId(): string {
  return randomUUID();
}
