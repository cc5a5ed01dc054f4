/** Processes are killed, in the middle of what they do with shards. Every record is accounted for, in order. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { isDeep } from './support/lines.ts';
import { ShardArena } from './support/shardArena.ts';
import { endsWell } from './support/shardEnds.ts';
import { ENDLESS, putIntoAll, threeLines } from './support/shardLines.ts';
import type { Role } from './support/up.ts';

const PATIENCE_MS = isDeep ? 900_000 : 60_000;

describeWith(['redis'], 'shards: kill -9', () => {
  let arena: ShardArena;

  afterEach(() => arena.close());

  test('of nobody: no record comes twice, although owners change', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open(threeLines());
    await arena.startAll('all');
    putIntoAll(arena, ENDLESS);
    const guest = arena.start('all');
    await guest.ready;
    await arena.until('the guest has its part', async () => arena.callsOf(guest).length > 2, 20_000);
    await guest.stop();
    arena.stopPutting();
    const { duplicates, discarded } = await endsWell(arena, PATIENCE_MS);
    expect(duplicates).toEqual([]);
    expect(discarded).toBeGreaterThan(0);
  });

  test('of processes that do everything, one after the other', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open(threeLines());
    const ups = await arena.startAll('all', 'all');
    putIntoAll(arena, ENDLESS);
    for (let rounds = isDeep ? 30 : 2; rounds > 0; rounds -= 1) {
      const next = arena.start('all');
      await next.ready;
      await arena.seeCalls(5);
      const eldest = ups.shift();
      if (eldest) await arena.kill(eldest);
      ups.push(next);
    }
    arena.stopPutting();
    await endsWell(arena, PATIENCE_MS);
  });

  test.each(isDeep ? (['worker', 'isolated'] as const) : (['worker'] as const))(
    'of pollers and workers, again and again (%s)',
    { timeout: PATIENCE_MS },
    async (run) => {
      arena = await ShardArena.open(threeLines({ run }));
      const ups = await arena.startAll('poller', 'worker', 'poller', 'worker');
      putIntoAll(arena, ENDLESS);
      for (let round = 0; round < (isDeep ? 30 : 2); round += 1) {
        const [eldest] = ups.splice(0, 1);
        const role: Role = eldest?.role ?? 'poller';
        await arena.seeCalls(10);
        if (eldest) await (role === 'worker' ? arena.killInCall(eldest) : arena.kill(eldest));
        const next = arena.start(role);
        await next.ready;
        ups.push(next);
      }
      arena.stopPutting();
      await endsWell(arena, PATIENCE_MS);
    },
  );
});
