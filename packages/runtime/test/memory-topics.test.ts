/** The topics in memory pass the suite of the port without Redis, and leave no timer behind. */
import { expect, test } from 'vitest';
import { topicCases } from '../src/conformance/index.ts';
import { type Clock, memoryTopics, type Timer } from '../src/index.ts';

/** A clock that a test moves. */
class HandClock implements Clock {
  nowMs = 1_000_000;
  readonly timers = new Map<Timer, { readonly atMs: number; readonly run: () => void }>();

  now(): number {
    return this.nowMs;
  }

  at(atMs: number, run: () => void): Timer {
    const timer: Timer = { cancel: () => void this.timers.delete(timer) };
    this.timers.set(timer, { atMs, run });
    return timer;
  }

  until(atMs: number): Promise<void> {
    return new Promise((resolve) => void this.at(atMs, resolve));
  }

  forward(ms: number): void {
    this.nowMs += ms;
    for (const [timer, { atMs, run }] of [...this.timers]) {
      if (atMs > this.nowMs || !this.timers.delete(timer)) continue;
      run();
    }
  }
}

test.each(topicCases)('$name', async ({ run }) => {
  const clock = new HandClock();
  const topics = memoryTopics({ clock });
  await run({ topics, now: () => clock.now(), advance: async (ms) => clock.forward(ms) });
  await topics.close();
  expect(clock.timers.size).toBe(0);
});
