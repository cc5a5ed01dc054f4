/** Redis is killed and comes back with what it had kept, is paused, or is away when somebody starts or stops. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena } from './support/arena.ts';
import { endsWell } from './support/ends.ts';
import { isDeep, sendToBoth, twoLines } from './support/lines.ts';
import { GRACE_MS } from './support/up.ts';

/** Longer than a turn's or a job's lock lasts, and than what was received stays hidden. */
const PAUSED_MS = isDeep ? 10_000 : 3500;
const AWAY_MS = isDeep ? 60_000 : 3000;

describeWith(['redis'], 'Redis', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  test('is killed and starts again', { timeout: 200_000 }, async () => {
    arena = await Arena.open(twoLines());
    await arena.startAll('all', 'poller', 'worker');
    sendToBoth(arena);
    await arena.seeCalls(10);
    await arena.withoutRedis(async (redis) => {
      await redis.kill();
      await sleep(AWAY_MS);
      await redis.restart();
    });
    await endsWell(arena, 100_000);
  });

  test.each([
    ['a fleet', ['all', 'poller', 'worker']],
    ...(isDeep ? ([['a process that is alone', ['all']]] as const) : []),
  ] as const)('is paused for longer than locks last, under %s', async (_title, roles) => {
    arena = await Arena.open(twoLines());
    await arena.startAll(...roles);
    sendToBoth(arena);
    await arena.seeCalls(10);
    await arena.withoutRedis(async (redis) => {
      redis.pause();
      await sleep(PAUSED_MS);
      redis.resume();
    });
    await endsWell(arena);
  });

  test.each(isDeep ? (['pause', 'kill'] as const) : (['pause'] as const))(
    'is away (%s) when everybody is told to stop: all end in time',
    async (how) => {
      arena = await Arena.open(twoLines());
      const ups = await arena.startAll('all', 'poller', 'worker');
      sendToBoth(arena);
      await arena.seeCalls(10);
      await arena.withoutRedis(async (redis) => {
        await redis[how]();
        await Promise.all(ups.map((up) => up.stop(GRACE_MS + 5000)));
        await redis.restart();
      });
      await arena.startAll('all');
      await endsWell(arena);
    },
  );

  test('is away when a process starts: it says so in one sentence', async () => {
    arena = await Arena.open(twoLines());
    await arena.redis.kill();
    const up = arena.start('all');
    await expect(up.ready).rejects.toThrow(/Redis/);
  });
});
