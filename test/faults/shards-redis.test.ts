/** Redis, which holds streams, checkpoints and turns alike, is killed and comes back with what it had kept, or is paused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { isDeep } from './support/lines.ts';
import { ShardArena } from './support/shardArena.ts';
import { endsWell } from './support/shardEnds.ts';
import { ENDLESS, putIntoAll, threeLines } from './support/shardLines.ts';

/** Longer than a turn's or a job's lock lasts. */
const PAUSED_MS = isDeep ? 10_000 : 3500;
const AWAY_MS = isDeep ? 30_000 : 2000;
const PATIENCE_MS = isDeep ? 600_000 : 60_000;

describeWith(['redis'], 'shards: Redis', () => {
  let arena: ShardArena;

  afterEach(() => arena.close());

  test('is killed and starts again, and is paused for longer than locks last', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open(threeLines());
    await arena.startAll('all', 'poller', 'worker');
    putIntoAll(arena, ENDLESS);
    await arena.seeCalls(10);
    await arena.withoutRedis(async (redis) => {
      await redis.kill();
      await sleep(AWAY_MS);
      await redis.restart();
    });
    await arena.seeCalls(10);
    await arena.withoutRedis(async (redis) => {
      redis.pause();
      await sleep(PAUSED_MS);
      redis.resume();
    });
    await arena.seeCalls(10);
    arena.stopPutting();
    await endsWell(arena, PATIENCE_MS);
  });

  if (isDeep)
    test('is killed again and again, while processes are', { timeout: PATIENCE_MS }, async () => {
      arena = await ShardArena.open(threeLines());
      const ups = await arena.startAll('all', 'poller', 'worker');
      putIntoAll(arena, ENDLESS);
      for (let round = 0; round < 20; round += 1) {
        const [eldest] = ups.splice(0, 1);
        if (eldest) await arena.kill(eldest);
        await arena.withoutRedis(async (redis) => {
          await redis.kill();
          await redis.restart();
        });
        const next = arena.start(eldest?.role ?? 'all');
        await next.ready;
        ups.push(next);
      }
      arena.stopPutting();
      await endsWell(arena, PATIENCE_MS);
    });
});
