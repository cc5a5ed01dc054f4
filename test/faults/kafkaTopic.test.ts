/** A topic changes while it is read: partitions are added, or retention takes what was not read yet. */
import { beforeAll, expect, test } from 'vitest';
import { describeWith, sharedKafka } from '../components/available.ts';
import type { TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { isDeep } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 300_000 : 90_000;
const COUNT = isDeep ? 4000 : 600;
const PER_SECOND = 200;

const LINE: TopicLine = {
  name: 'orders',
  partitions: 2,
  parameters: {
    StartingPosition: 'LATEST',
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 },
  },
};
/** One poller, so that all that is missing is said in one sentence. */
const ON_DEMAND: TopicLine = { name: 'orders', partitions: 2 };
const says = () => ({ ms: 5 });

describeWith(['redis', 'kafka'], 'a topic that changes', () => {
  let brokers: readonly string[];

  beforeAll(async () => {
    brokers = await sharedKafka();
  }, 180_000);

  test.concurrent(
    'partitions are added: their records are read from the first one, LATEST or not',
    {
      timeout: PATIENCE_MS,
    },
    () =>
      inArena(brokers, [LINE], async (arena) => {
        await arena.startAll('all', 'all');
        const { watch } = arena.line();
        // LATEST is the place where it is when the group begins.
        await arena.until('the group has begun', async () => watch.commits.length >= LINE.partitions, 30_000);
        const old = arena.load({ count: COUNT, perSecond: PER_SECOND, says });
        await arena.seeCalls(5);
        await arena.addPartitions(5);
        arena.load({ count: COUNT, perSecond: PER_SECOND, from: COUNT, says });
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
      inArena(brokers, [ON_DEMAND], async (arena) => {
        const [first] = await arena.startAll('all');
        await arena.load({ count: 200, perSecond: PER_SECOND, says }).sent;
        await arena.drained(PATIENCE_MS);
        await first?.stop();
        await arena.load({ count: 200, perSecond: 1000, from: 200, says }).sent;
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
