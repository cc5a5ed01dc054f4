/**
 * Processes that read a topic are killed, in the middle of what they do; so is Redis, or it is paused. Every record is
 * accounted for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, test } from 'vitest';
import { describeWith, sharedKafka } from '../components/available.ts';
import type { TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { isDeep } from './support/lines.ts';
import type { Up } from './support/up.ts';

const PATIENCE_MS = isDeep ? 900_000 : 90_000;
const COUNT = isDeep ? 20_000 : 1200;
const ROUNDS = isDeep ? 20 : 2;
/** For each round the time in which a group misses a member, and a little more. */
const LASTS_S = ROUNDS * 12;
const REDIS_ROUNDS = isDeep ? 10 : 1;
/** Longer than the lock of a turn. */
const PAUSED_MS = 4500;
const PER_SECOND = 200;

/** One poller, which processes take in turns. */
const ON_DEMAND: TopicLine = { name: 'orders', partitions: 6 };
/** Several pollers, spread over the processes. */
const PROVISIONED: TopicLine = {
  ...ON_DEMAND,
  parameters: { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 3 } },
};

/** Some take long enough to be hit. */
const says = (at: number) => ({ ms: at % 50 === 3 ? 250 : 5 });

describeWith(['redis', 'kafka'], 'kill -9 under a topic', () => {
  let brokers: readonly string[];

  beforeAll(async () => {
    brokers = await sharedKafka();
  }, 180_000);

  test.concurrent('in the middle of batches, again and again, while others join', { timeout: PATIENCE_MS }, () =>
    inArena(brokers, [PROVISIONED], async (arena) => {
      await arena.startAll('all', 'all');
      // It goes on while the group waits for members that are gone.
      arena.load({ count: COUNT, perSecond: COUNT / LASTS_S, says });
      await arena.seeCalls(10);
      for (let rounds = ROUNDS; rounds > 0; rounds -= 1) {
        const next = arena.start('all');
        await next.ready;
        const isBusy = (up: Up) => !up.isGone && arena.callsOf(up).some(({ ended }) => !ended);
        await arena.until('somebody has a batch', async () => arena.ups.some(isBusy), 30_000, 5);
        await arena.kill(...arena.ups.filter(isBusy).slice(0, 1));
      }
      await topicEndsWell(arena, 'again and again', PATIENCE_MS);
    }),
  );

  test.concurrent('of everything that reads, and a new start', () =>
    inArena(brokers, [ON_DEMAND], async (arena) => {
      const ups = await arena.startAll('all', 'poller', 'worker');
      arena.load({ count: 600, perSecond: PER_SECOND, says });
      await arena.seeCalls(10);
      await arena.kill(...ups);
      await arena.startAll('poller', 'worker');
      await topicEndsWell(arena, 'everything');
    }));

  test.concurrent.each(isDeep ? (['killed', 'paused'] as const) : (['killed'] as const))(
    'of Redis, or worse: it is %s and comes back',
    { timeout: PATIENCE_MS },
    (how) =>
      inArena(brokers, [PROVISIONED], async (arena) => {
        await arena.startAll('all', 'poller', 'worker');
        arena.load({ count: isDeep ? 10_000 : 1000, perSecond: PER_SECOND, says });
        for (let round = 0; round < REDIS_ROUNDS; round += 1) {
          await arena.seeCalls(10, 60_000);
          await arena.withoutRedis(async (redis) => {
            if (how === 'killed') await redis.kill();
            else redis.pause();
            await sleep(how === 'killed' ? 1500 : PAUSED_MS);
            if (how === 'killed') await redis.restart();
            else redis.resume();
          });
        }
        await topicEndsWell(arena, `Redis ${how}`, PATIENCE_MS);
      }),
  );
});
