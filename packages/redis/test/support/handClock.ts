/** A clock that a test moves; timers run when their time has come. */
import type { Clock, Timer } from '@millrace/runtime';

export class HandClock implements Clock {
  nowMs: number;
  readonly #timers = new Map<Timer, { readonly atMs: number; readonly run: () => void }>();

  constructor(nowMs = 1_000_000) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  at(atMs: number, run: () => void): Timer {
    const timer: Timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { atMs, run });
    return timer;
  }

  until(atMs: number): Promise<void> {
    return new Promise((resolve) => void this.at(atMs, resolve));
  }

  forward(ms: number): void {
    const toMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, one], [, other]) => one.atMs - other.atMs);
      if (!next || next[1].atMs > toMs) break;
      this.nowMs = Math.max(this.nowMs, next[1].atMs);
      this.#timers.delete(next[0]);
      next[1].run();
    }
    this.nowMs = toMs;
  }
}
