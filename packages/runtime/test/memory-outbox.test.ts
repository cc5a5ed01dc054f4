/** The outbox in memory passes the suite of the port, and survives a destination that is away for two minutes. */
import { type Clock, type DeliveryResult, memoryOutbox, outboxRules, pauseAfter } from '@millrace/runtime';
import { deliveryOf, outboxCases } from '@millrace/runtime/conformance';
import { expect, test } from 'vitest';

test.concurrent.each(outboxCases)('$name', ({ run }) => run({ open: (rules) => memoryOutbox(rules) }));

test('the pauses are two minutes in all', () => {
  const rules = outboxRules();
  const pausesMs = Array.from({ length: rules.attempts - 1 }, (_, at) => pauseAfter(at + 1, rules));
  expect(pausesMs).toEqual([500, 1000, 2000, 4000, 8000, ...Array.from({ length: 7 }, () => 15_000)]);
});

/** A clock whose timers run as soon as everything else has: two minutes pass at once. */
function hastyClock(): Clock {
  let nowMs = 0;
  const waiting = new Set<{ readonly atMs: number; readonly run: () => void }>();
  const runNext = () => {
    const [next] = [...waiting].sort((one, other) => one.atMs - other.atMs);
    if (!next) return;
    waiting.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.run();
  };
  const at: Clock['at'] = (atMs, run) => {
    const timer = { atMs, run };
    waiting.add(timer);
    setTimeout(runNext);
    return { cancel: () => void waiting.delete(timer) };
  };
  return {
    now: () => nowMs,
    at,
    until: (atMs, signal) =>
      new Promise((resolve) => {
        const timer = at(atMs, resolve);
        signal?.addEventListener('abort', () => timer.cancel(), { once: true });
      }),
  };
}

test.each([
  [119_000, true],
  [121_000, false],
])('a destination that is away for %i ms: delivered %s', async (awayMs, delivered) => {
  const clock = hastyClock();
  const outbox = memoryOutbox({ clock });
  outbox.serve(
    async () => {
      if (clock.now() < awayMs) throw new Error('It is away.');
    },
    { concurrency: 1 },
  );
  const result = new Promise<DeliveryResult>((resolve) => void outbox.onResult(resolve));
  await outbox.accept(deliveryOf());
  expect((await result).delivered).toBe(delivered);
  await outbox.close();
});

test('what became of a delivery is forgotten after a while: then the same id is another delivery', async () => {
  let nowMs = 0;
  const never: Clock = { now: () => nowMs, at: () => ({ cancel() {} }), until: () => new Promise(() => undefined) };
  const outbox = memoryOutbox({ clock: never, keepFinishedMs: 1000 });
  const delivered: string[] = [];
  outbox.serve(async ({ id }) => void delivered.push(id), { concurrency: 1 });
  const delivery = deliveryOf();
  for (const atMs of [0, 999, 1000]) {
    nowMs = atMs;
    await outbox.accept(delivery);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(delivered).toEqual([delivery.id, delivery.id]);
});
