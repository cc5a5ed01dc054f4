/** What the brokers remove, and when: never by the poller's own clock, but also from under what the poller holds. */
import { kafkaClient, topicSource } from '@millrace/poller-kafka';
import { type Clock, newId, systemClock } from '@millrace/runtime';
import type { PartitionOffsets } from '@millrace/semantics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { type Holder, watchRemovals } from '../src/removals.ts';
import { FakeTopic } from './support/fake.ts';
import { Brokers } from './support/kafka.ts';
import { eventually, HandPoller, later } from './support/poller.ts';

const YEAR_MS = 365 * 86_400_000;

/** Looks come when the test says so. */
function looking(topic: FakeTopic, holders: readonly Holder[]) {
  const over = new AbortController();
  let look = () => {};
  const clock: Clock = {
    now: () => 0,
    at: () => ({ cancel: () => {} }),
    until: () => new Promise((resolve) => (look = resolve)),
  };
  void watchRemovals({ client: topic, holders: () => holders, clock, signal: over.signal });
  return async () => {
    look();
    await later(1);
  };
}

class Hand implements Holder {
  oldest = new Map<number, number>();
  readonly told: number[] = [];

  oldestHeld = () => new Map(this.oldest);

  reaches(offsets: readonly PartitionOffsets[]): void {
    this.told.push(...offsets.map(({ earliest }) => earliest));
  }
}

test('whoever stands still is told where the topic begins; whoever goes on costs no question', async () => {
  const topic = new FakeTopic([[4, 10]]);
  const [stuck, busy] = [new Hand(), new Hand()];
  const look = looking(topic, [stuck, busy]);
  stuck.oldest.set(0, 3);
  busy.oldest.set(0, 3);
  await look();
  expect([stuck.told, busy.told]).toEqual([[], []]);
  busy.oldest.set(0, 4);
  await look();
  expect([stuck.told, busy.told]).toEqual([[4], []]);
  stuck.oldest.clear();
  busy.oldest.set(0, 5);
  await look();
  expect(stuck.told).toEqual([4]);
  topic.isDown = true;
  for (let looks = 0; looks < 2; looks += 1) await look();
  expect(busy.told).toEqual([]);
  topic.isDown = false;
  await look();
  expect(busy.told).toEqual([4]);
});

describeWith(['kafka'], 'brokers that remove records', () => {
  let brokers: Brokers;

  beforeAll(async () => {
    brokers = await Brokers.connect(await sharedKafka());
  }, 120_000);

  afterAll(() => brokers.close());

  const open = async (topic: string) =>
    topicSource({
      client: await kafkaClient({ brokers: brokers.urls, topic, groupId: newId(), clock: systemClock }),
      kind: 'self-managed-kafka',
      bootstrapServers: brokers.urls,
      startingPosition: 'TRIM_HORIZON',
      clock: systemClock,
    });

  test.each(['compact', 'delete'])(
    'as long as they have a record it is not too old (%s)',
    async (policy) => {
      const topic = await brokers.topic(1, { 'cleanup.policy': policy, 'retention.ms': '60000' });
      const source = await open(topic);
      expect(source.surroundings.retentionMs).toBeGreaterThan(30 * YEAR_MS);
      await source.close?.();
    },
    60_000,
  );

  test('a poller is told that what it holds was removed', async () => {
    const topic = await brokers.topic(2);
    for (const partition of [0, 1]) await brokers.putTo(topic, partition, ['a', 'b', 'c', 'd']);
    const source = await open(topic);
    const poller = await new HandPoller(source).open();
    await eventually('all came', () => poller.got.length === 8);
    await brokers.admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '3' }] });
    await eventually('it is told', () => poller.removed.size > 0);
    expect([...poller.removed]).toEqual([[`${topic}-1`, 3]]);
    await source.close?.();
  }, 60_000);
});
