/** Redis is killed and starts again while a topic is read: what was committed and what was kept agree. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { type RunningKafka, startKafka } from '../../infra/components/kafka.mjs';
import { describeWith } from '../components/available.ts';
import type { TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { isDeep } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 600_000 : 90_000;
const ROUNDS = isDeep ? 10 : 1;
const PER_SECOND = 250;
/** Longer than the lock of a turn. */
const PAUSED_MS = 4500;

const LINE: TopicLine = {
  name: 'orders',
  partitions: 4,
  parameters: { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 } },
};
const says = (at: number) => ({ ms: at % 50 === 3 ? 250 : 5 });

describeWith(['redis', 'kafka-private'], 'Redis under a topic', () => {
  let kafka: RunningKafka;

  beforeAll(async () => {
    kafka = await startKafka();
  }, 180_000);
  afterAll(() => kafka?.stop(), 30_000);

  test.concurrent.each(isDeep ? (['killed', 'paused'] as const) : (['killed'] as const))(
    'is %s, and comes back',
    { timeout: PATIENCE_MS },
    (how) =>
      inArena(kafka, [LINE], async (arena) => {
        await arena.startAll('all', 'poller', 'worker');
        arena.load({ count: isDeep ? 10_000 : 1200, perSecond: PER_SECOND, says });
        for (let round = 0; round < ROUNDS; round += 1) {
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
