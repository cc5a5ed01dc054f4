/** A clock that a test moves. Timers run in order when their time has come. */
import type { Clock, Timer } from '@millrace/runtime';

/** Lets everything that is ready to run, run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export class HandClock implements Clock {
  #nowMs = 1_000_000;
  readonly #timers = new Map<Timer, { readonly atMs: number; readonly run: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  at(atMs: number, run: () => void): Timer {
    const timer: Timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { atMs, run });
    return timer;
  }

  until(atMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.at(atMs, resolve);
      const giveUp = () => {
        timer.cancel();
        resolve();
      };
      if (signal?.aborted) giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size;
  }

  async forward(ms: number): Promise<void> {
    const toMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].sort(([, one], [, other]) => one.atMs - other.atMs);
      if (!next || next[1].atMs > toMs) break;
      this.#nowMs = Math.max(this.#nowMs, next[1].atMs);
      this.#timers.delete(next[0]);
      next[1].run();
    }
    this.#nowMs = toMs;
    await settle();
  }
}
