/** Processes that read a topic are killed, in the middle of what they do. Every record is accounted for. */
import { afterAll, beforeAll, test } from 'vitest';
import { type RunningKafka, startKafka } from '../../infra/components/kafka.mjs';
import { describeWith } from '../components/available.ts';
import type { TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { isDeep } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 900_000 : 90_000;
const COUNT = isDeep ? 20_000 : 1600;
const ROUNDS = isDeep ? 20 : 2;
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

describeWith(['redis', 'kafka-private'], 'kill -9 under a topic', () => {
  let kafka: RunningKafka;

  beforeAll(async () => {
    kafka = await startKafka();
  }, 180_000);
  afterAll(() => kafka?.stop(), 30_000);

  test.concurrent('in the middle of batches, again and again, while others join', { timeout: PATIENCE_MS }, () =>
    inArena(kafka, [PROVISIONED], async (arena) => {
      const ups = await arena.startAll('all', 'all');
      arena.load({ count: COUNT, perSecond: PER_SECOND, says });
      await arena.seeCalls(10);
      for (let rounds = ROUNDS; rounds > 0; rounds -= 1) {
        const [eldest, next] = [ups.shift(), arena.start('all')];
        await next.ready;
        if (eldest) await arena.killInCall(eldest);
        await arena.seeCalls(10);
        ups.push(next);
      }
      await topicEndsWell(arena, 'again and again', PATIENCE_MS);
    }),
  );

  test.concurrent('of everything that reads, and a new start', () =>
    inArena(kafka, [ON_DEMAND], async (arena) => {
      const ups = await arena.startAll('all', 'poller', 'worker');
      arena.load({ count: 600, perSecond: PER_SECOND, says });
      await arena.seeCalls(10);
      await arena.kill(...ups);
      await arena.startAll('poller', 'worker');
      await topicEndsWell(arena, 'everything');
    }));
});
