/**
 * The group of a topic divides its partitions anew, again and again; partitions are added; retention takes what was not read
 * yet. Nothing is lost, out of order, or committed too soon.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { beforeAll, expect, test } from 'vitest';
import { rangeAssigner } from '../../packages/poller-kafka/src/kafka/assigner.ts';
import { describeWith, sharedKafka } from '../components/available.ts';
import type { KafkaArena, TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { isDeep } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 300_000 : 90_000;
const LASTS_MS = isDeep ? 60_000 : 8000;
const STAYS_MS = 1500;
const PER_SECOND = 200;
const COUNT = (PER_SECOND * LASTS_MS) / 1000;

const LINE: TopicLine = {
  name: 'orders',
  partitions: 6,
  parameters: { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 } },
};
const GROWN_COUNT = isDeep ? 4000 : 600;
const GROWING: TopicLine = { ...LINE, partitions: 2, parameters: { ...LINE.parameters, StartingPosition: 'LATEST' } };
/** One poller, so that all that is missing is said in one sentence. */
const SHORT: TopicLine = { name: 'orders', partitions: 2 };
const quick = () => ({ ms: 5 });
/** Batches last long enough for a rebalance to come in between. */
const says = (at: number) => ({ ms: at % 10 === 3 ? 120 : 5 });

describeWith(['redis', 'kafka'], 'groups and topics that change', () => {
  let brokers: readonly string[];

  beforeAll(async () => {
    brokers = await sharedKafka();
  }, 180_000);

  test.concurrent('every few seconds a stranger joins and leaves', { timeout: PATIENCE_MS }, () =>
    inArena(brokers, [LINE], async (arena) => {
      await arena.startAll('all', 'all');
      arena.load({ count: COUNT, perSecond: PER_SECOND, says });
      await arena.seeCalls(5);
      const untilMs = performance.now() + LASTS_MS;
      let visits = 0;
      for (; performance.now() < untilMs; visits += 1) {
        const stranger = await joined(arena);
        await sleep(STAYS_MS);
        await stranger.disconnect();
        await sleep(STAYS_MS);
      }
      expect(visits).toBeGreaterThan(1);
      await topicEndsWell(arena, `${visits} visits`, PATIENCE_MS);
    }),
  );

  test.concurrent('every few seconds processes come and go', { timeout: PATIENCE_MS }, () =>
    inArena(brokers, [LINE], async (arena) => {
      await arena.startAll('all');
      arena.load({ count: COUNT, perSecond: PER_SECOND, says });
      await arena.seeCalls(5);
      const untilMs = performance.now() + LASTS_MS;
      let visits = 0;
      for (; performance.now() < untilMs; visits += 1) {
        const visitor = arena.start('all');
        await visitor.ready;
        await arena.until('the visitor is in the group', async () => arena.line().watch.members > 1, 30_000);
        await sleep(STAYS_MS);
        await visitor.stop();
      }
      await topicEndsWell(arena, `${visits} processes`, PATIENCE_MS);
    }),
  );

  test.concurrent(
    'partitions are added: their records are read from the first one, LATEST or not',
    {
      timeout: PATIENCE_MS,
    },
    () =>
      inArena(brokers, [GROWING], async (arena) => {
        await arena.startAll('all', 'all');
        const { watch } = arena.line();
        // LATEST is the place where it is when the group begins.
        await arena.until('the group has begun', async () => watch.commits.length >= GROWING.partitions, 30_000);
        const old = arena.load({ count: GROWN_COUNT, perSecond: PER_SECOND, says: quick });
        await arena.seeCalls(5);
        await arena.addPartitions(5);
        arena.load({ count: GROWN_COUNT, perSecond: PER_SECOND, from: GROWN_COUNT, says: quick });
        await old.sent;
        await topicEndsWell(arena, 'added partitions', PATIENCE_MS);
      }),
  );

  test.concurrent(
    'retention overtakes who was away: it goes on at the oldest record there is, and says so',
    {
      timeout: PATIENCE_MS,
    },
    () =>
      inArena(brokers, [SHORT], async (arena) => {
        const [first] = await arena.startAll('all');
        await arena.load({ count: 200, perSecond: PER_SECOND, says: quick }).sent;
        await arena.drained(PATIENCE_MS);
        await first?.stop();
        await arena.load({ count: 200, perSecond: 1000, from: 200, says: quick }).sent;
        const { topic } = arena.line();
        // Each partition has 200; 100 were handled, 60 expire now.
        const partitions = [0, 1].map((partition) => ({ partition, offset: '160' }));
        await arena.brokers.admin.deleteTopicRecords({ topic, partitions });
        const [again] = await arena.startAll('all');
        const account = await topicEndsWell(arena, 'retention', PATIENCE_MS);
        expect(account.expired).toBe(120);
        expect(again?.said).toMatch(/120 records had expired before they were read/);
      }),
  );
});

/** Somebody else in the group, who holds partitions and reads nothing of them. */
async function joined(arena: KafkaArena): Promise<Consumer> {
  const { topic, groupId } = arena.line();
  const partitionAssigners = [rangeAssigner(() => {})];
  const consumer = arena.brokers.kafka.consumer({ groupId, partitionAssigners, heartbeatInterval: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic });
  const isIn = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} });
  await isIn;
  return consumer;
}
