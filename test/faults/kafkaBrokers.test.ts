/** Brokers are killed and start again while their topics are read. Every record is accounted for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { type RunningKafka, startKafka } from '../../infra/components/kafka.mjs';
import { describeWith } from '../components/available.ts';
import type { KafkaArena, TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { isDeep } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 600_000 : 120_000;
/** More than comes while the last broker is killed. */
const COUNT = isDeep ? 50_000 : 1500;
const ROUNDS = isDeep ? 8 : 1;
const AWAY_MS = isDeep ? 5000 : 1000;
const PER_SECOND = 200;

const LINE: TopicLine = {
  name: 'orders',
  partitions: 6,
  parameters: { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 } },
};
const says = (at: number) => ({ ms: at % 50 === 3 ? 250 : 5 });

describeWith(['redis', 'kafka-private'], 'kill -9 of a broker', () => {
  /** Brokers of its own, too. */
  async function onBrokers(
    count: number,
    doing: (arena: KafkaArena, kafka: RunningKafka) => Promise<void>,
  ): Promise<void> {
    const kafka = await startKafka({ brokers: count });
    try {
      await inArena(kafka.brokers, [LINE], (arena) => doing(arena, kafka));
    } finally {
      await kafka.stop();
    }
  }

  test.concurrent('that is the only one, and starts again', { timeout: PATIENCE_MS }, () =>
    onBrokers(1, async (arena, kafka) => {
      await arena.startAll('all', 'all');
      arena.load({ count: COUNT, perSecond: PER_SECOND, says });
      await arena.seeCalls(10);
      for (let round = 0; round < ROUNDS; round += 1) {
        await arena.withoutBrokers(async () => {
          await kafka.kill();
          await sleep(AWAY_MS);
          await kafka.restart();
        });
        const sinceMs = performance.now();
        await arena.seeCalls(1, 60_000);
        console.info(`a broker is back: the first call came ${(performance.now() - sinceMs).toFixed(0)} ms later`);
      }
      await topicEndsWell(arena, 'one broker', PATIENCE_MS);
    }),
  );

  test.concurrent('that leads partitions, and the others take over', { timeout: PATIENCE_MS }, () =>
    onBrokers(3, async (arena, kafka) => {
      await arena.startAll('all', 'all');
      arena.load({ count: COUNT, perSecond: PER_SECOND, says });
      await arena.seeCalls(10);
      for (let round = 0; round < ROUNDS; round += 1) {
        const victim = (await leadersOf(arena)).get(0) ?? 1;
        await arena.withoutBrokers(async () => {
          await kafka.kill(victim);
          const isTakenOver = async () => ![...(await leadersOf(arena)).values()].includes(victim);
          await arena.until('others lead', isTakenOver, 30_000);
        });
        // With two of three everything goes on.
        await arena.seeCalls(10, 60_000);
        await arena.withoutBrokers(() => kafka.restart(victim));
      }
      await topicEndsWell(arena, 'three brokers', PATIENCE_MS);
    }),
  );
});

/** By partition. */
async function leadersOf(arena: KafkaArena): Promise<ReadonlyMap<number, number>> {
  const { topics } = await arena.brokers.admin.fetchTopicMetadata({ topics: [arena.line().topic] });
  return new Map(topics[0]?.partitions.map(({ partitionId, leader }) => [partitionId, leader]));
}
