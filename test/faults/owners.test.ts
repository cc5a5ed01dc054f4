/** A poller has one owner: what a former one began is waited for, and what it begins is refused. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena, type Line } from './support/arena.ts';
import { endsWell } from './support/ends.ts';
import { isDeep } from './support/lines.ts';

const LINE: Line = { name: 'plain', visibilityMs: 9000, timeoutMs: 1000, batchSize: 1, maximumConcurrency: 2 };
/** Longer than it takes another process to take a poller over. */
const LONG_CALL_MS = 5000;
/** Longer than the lock of a turn. */
const STOPPED_MS = 4500;

describeWith(['redis'], 'owners of pollers', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  test('a new one waits for what a killed one has running elsewhere', async () => {
    arena = await Arena.open([{ ...LINE, timeoutMs: 6000, visibilityMs: 12_000 }]);
    const [poller] = await arena.startAll('poller', 'worker');
    const says = (at: number) => (at < 2 ? { ms: LONG_CALL_MS, times: 1 } : { ms: 100 });
    arena.load({ queue: 'plain', count: 8, perSecond: 1000, says });
    await arena.until('two long calls', async () => arena.calls().length === 2, 20_000);
    const next = arena.start('poller');
    await next.ready;
    if (poller) await arena.kill(poller);
    await endsWell(arena);
  });

  const fleets = [
    ['as jobs', ['poller', 'worker', 'poller']],
    ['itself', ['all', 'all']],
  ] as const;

  test.each(isDeep ? fleets : fleets.slice(1))(
    'one that was stopped and comes back starts nothing %s',
    async (_how, roles) => {
      arena = await Arena.open([LINE]);
      const [first] = await arena.startAll(...roles);
      arena.load({ queue: 'plain', count: 60, perSecond: 20, says: () => ({ ms: 200 }) });
      await arena.seeCalls(3);
      if (first) await arena.pause(first, STOPPED_MS);
      await endsWell(arena);
    },
  );

  const patience = { timeout: isDeep ? 300_000 : 60_000 };
  test('they change while processes join and leave, without a duplicate', patience, async () => {
    arena = await Arena.open([{ ...LINE, timeoutMs: 3000, visibilityMs: 20_000, maximumConcurrency: 6 }]);
    await arena.startAll('all');
    const says = (at: number) => ({ ms: at % 40 === 0 ? 1500 : 30 });
    arena.load({ queue: 'plain', count: isDeep ? 3000 : 400, perSecond: 40, says });
    for (let round = 0; round < (isDeep ? 10 : 2); round += 1) {
      const guest = arena.start('all');
      await guest.ready;
      // It gets its part when turns end.
      await arena.until('the guest has its part', async () => arena.callsOf(guest).length > 2, 20_000);
      await guest.stop();
    }
    expect((await endsWell(arena)).duplicates).toBe(0);
  });
});
