/** Processes are killed, in the middle of what they do. Every message is accounted for. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena } from './support/arena.ts';
import { sendToBoth, twoLines } from './support/lines.ts';

describeWith(['redis'], 'kill -9', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  async function accounted(): Promise<void> {
    await arena.drained();
    const account = await arena.account();
    console.info(account.summary);
    expect(account.violations).toEqual([]);
    expect(account.dead).toBeGreaterThan(0);
  }

  test.each(['worker', 'isolated'] as const)('of a worker in the middle of a batch (%s)', async (run) => {
    arena = await Arena.open(twoLines({ run }));
    const [, worker] = await arena.startAll('poller', 'worker', 'worker');
    sendToBoth(arena);
    if (worker) await arena.killInCall(worker);
    await accounted();
  });

  test('of a poller, whose jobs go on', async () => {
    arena = await Arena.open(twoLines());
    const [poller] = await arena.startAll('poller', 'poller', 'worker');
    sendToBoth(arena);
    await arena.seeCalls(20);
    if (poller) await arena.kill(poller);
    await accounted();
  });

  test('of a process that does everything', async () => {
    arena = await Arena.open(twoLines());
    const [one] = await arena.startAll('all', 'all');
    sendToBoth(arena);
    if (one) await arena.killInCall(one);
    await accounted();
  });

  test('of everything at once, and a new start', async () => {
    arena = await Arena.open(twoLines());
    const all = await arena.startAll('all', 'poller', 'worker');
    sendToBoth(arena);
    await arena.seeCalls(20);
    await arena.withoutRedis(async (redis) => {
      await Promise.all([arena.kill(...all), redis.kill()]);
      await redis.restart();
    });
    await arena.startAll('all', 'poller', 'worker');
    await accounted();
  });
});
