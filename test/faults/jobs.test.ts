/** An invocation that is a job is run once, in time, and for the current owner of its poller, or not at all. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena, type Line } from './support/arena.ts';
import { endsWell } from './support/ends.ts';
import { isDeep } from './support/lines.ts';

const LINE: Line = { name: 'plain', visibilityMs: 6000, timeoutMs: 1000, batchSize: 1, maximumConcurrency: 2 };

describeWith(['redis'], 'jobs', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  const received = async (count: number): Promise<boolean> =>
    (await arena.queues.open('plain').counts()).inFlight === count;

  test('one whose worker was killed is not run again, although there would be time', async () => {
    arena = await Arena.open([LINE]);
    const [, first] = await arena.startAll('poller', 'worker');
    arena.load({ queue: 'plain', count: 4, perSecond: 1000, says: () => ({ ms: 600, times: 1 }) });
    await arena.until('a call', async () => arena.calls().length > 0, 20_000);
    await arena.startAll('worker');
    arena.load({ queue: 'plain', from: 4, count: 4, perSecond: 10, says: () => ({ ms: 600, times: 1 }) });
    if (first) await arena.killInCall(first);
    await endsWell(arena);
  });

  test('one that waited until its message had come back is not run', async () => {
    arena = await Arena.open([{ ...LINE, visibilityMs: 2500, maximumConcurrency: 5 }]);
    await arena.startAll('poller');
    arena.load({ queue: 'plain', count: 2, perSecond: 1000 });
    await arena.until('both are received', () => received(2), 20_000);
    await arena.until('both have come back', async () => !(await received(2)), 20_000, 5);
    await arena.until('both are received again', () => received(2), 20_000);
    await arena.startAll('worker');
    const account = await endsWell(arena);
    expect([account.calls, account.duplicates]).toEqual([2, 0]);
  });

  if (isDeep) {
    test('those of a former owner that nobody has begun are not begun any more', { timeout: 120_000 }, async () => {
      arena = await Arena.open([{ ...LINE, visibilityMs: 40_000 }]);
      const [first] = await arena.startAll('poller');
      arena.load({ queue: 'plain', count: 8, perSecond: 1000, says: () => ({ ms: 800 }) });
      await arena.until('two are received', () => received(2), 20_000);
      await arena.startAll('poller');
      if (first) await arena.kill(first);
      await arena.until('the new owner has received two more', () => received(4), 40_000);
      await arena.startAll('worker');
      await endsWell(arena, 90_000);
    });
  }
});
