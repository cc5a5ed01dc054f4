/** Processes are killed, in the middle of what they do. Every message is accounted for. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena } from './support/arena.ts';
import { endsWell } from './support/ends.ts';
import { isDeep, sendToBoth, twoLines } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 900_000 : 60_000;

describeWith(['redis'], 'kill -9', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  test.each(isDeep ? (['worker', 'isolated'] as const) : (['isolated'] as const))(
    'of a worker in the middle of a batch (%s)',
    async (run) => {
      arena = await Arena.open(twoLines({ run }));
      const [, worker] = await arena.startAll('poller', 'worker', 'worker');
      sendToBoth(arena);
      if (worker) await arena.killInCall(worker);
      expect((await endsWell(arena)).dead).toBeGreaterThan(0);
    },
  );

  test('of a poller, whose jobs go on', async () => {
    arena = await Arena.open(twoLines());
    const [poller] = await arena.startAll('poller', 'poller', 'worker');
    sendToBoth(arena);
    await arena.seeCalls(10);
    if (poller) await arena.kill(poller);
    await endsWell(arena);
  });

  test('of a process that does everything', async () => {
    arena = await Arena.open(twoLines());
    const [one] = await arena.startAll('all', 'all');
    sendToBoth(arena);
    if (one) await arena.killInCall(one);
    await endsWell(arena);
  });

  test('of everything at once, and a new start', async () => {
    arena = await Arena.open(twoLines({}, isDeep ? 'permits' : 'slots'));
    const all = await arena.startAll('all', 'poller', 'worker');
    sendToBoth(arena);
    await arena.seeCalls(10);
    await arena.withoutRedis(async (redis) => {
      await Promise.all([arena.kill(...all), redis.kill()]);
      await redis.restart();
    });
    await arena.startAll('all', 'worker');
    await endsWell(arena);
  });

  test('of one after the other, while others join', { timeout: PATIENCE_MS }, async () => {
    arena = await Arena.open(twoLines({}, isDeep ? 'permits' : 'slots'));
    const ups = await arena.startAll('all', 'all');
    sendToBoth(arena, isDeep ? 2 : 1);
    for (let rounds = isDeep ? 40 : 2; rounds > 0; rounds -= 1) {
      const [eldest, next] = [ups.shift(), arena.start('all')];
      await next.ready;
      if (eldest) await (rounds % 2 === 0 ? eldest.stop() : arena.kill(eldest));
      ups.push(next);
    }
    await endsWell(arena, PATIENCE_MS);
  });

  if (isDeep)
    test('of processes and of Redis, again and again', { timeout: PATIENCE_MS }, async () => {
      arena = await Arena.open(twoLines());
      const ups = await arena.startAll('all', 'poller', 'worker');
      sendToBoth(arena, 2);
      for (let round = 0; round < 30; round += 1) {
        const [eldest] = ups.splice(0, 1);
        if (eldest) await arena.kill(eldest);
        if (round % 3 === 0) {
          await arena.withoutRedis(async (redis) => {
            await redis.kill();
            await redis.restart();
          });
        }
        const next = arena.start(eldest?.role ?? 'all');
        await next.ready;
        ups.push(next);
      }
      await endsWell(arena, PATIENCE_MS);
    });
});
