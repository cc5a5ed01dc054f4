/** What a consumer group does to pollers, on Apache Kafka. */
import { kafkaClient, topicSource } from '@millrace/poller-kafka';
import { type MappingSource, newId, systemClock } from '@millrace/runtime';
import type { StartingPosition } from '@millrace/semantics';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { Brokers } from './support/kafka.ts';
import { eventually, HandPoller, later, NOTHING_READ } from './support/poller.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);

describeWith(['kafka'], 'a consumer group', () => {
  let brokers: Brokers;
  const sources: MappingSource[] = [];

  beforeAll(async () => {
    brokers = await Brokers.connect(await sharedKafka());
  }, 120_000);

  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close?.()));
  });

  afterAll(() => brokers.close());

  async function open(
    topic: string,
    groupId: string,
    startingPosition: StartingPosition = 'TRIM_HORIZON',
    sessionTimeoutMs = 6_000,
  ) {
    const source = await topicSource({
      client: await kafkaClient({ brokers: brokers.urls, topic, groupId, clock: systemClock, sessionTimeoutMs }),
      kind: 'msk',
      eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/c/1',
      bootstrapServers: brokers.urls,
      startingPosition,
      clock: systemClock,
    });
    sources.push(source);
    return source;
  }

  async function closed(source: MappingSource): Promise<void> {
    sources.splice(sources.indexOf(source), 1);
    await source.close?.();
  }

  test('each partition belongs to one poller, in runs', async () => {
    const topic = await brokers.topic(5);
    for (let partition = 0; partition < 5; partition += 1) {
      await brokers.putTo(topic, partition, [`a${partition}`, `b${partition}`]);
    }
    const source = await open(topic, newId());
    const pollers = [new HandPoller(source, 'poller-0'), new HandPoller(source, 'poller-1')];
    await Promise.all(pollers.map((poller) => poller.open()));
    for (const poller of pollers) {
      // Whoever came first had all of them; it is opened anew in the generation of both.
      await eventually('the group has formed', async () => {
        if (poller.lanes().length < 4) return true;
        if (poller.regroupings > 0) await poller.open();
        return false;
      });
    }
    const lanes = pollers.map((poller) => poller.lanes());
    expect(lanes).toEqual([
      [`${topic}-0`, `${topic}-1`, `${topic}-2`],
      [`${topic}-3`, `${topic}-4`],
    ]);
    const values = () => new Set(pollers.flatMap((poller) => poller.values));
    await eventually('all came', () => values().size === 10);
    expect(await source.partitions?.(new AbortController().signal)).toBe(5);
  }, 60_000);

  test('a rebalance while a batch runs: its commit is refused, its records come again to whoever has them then', async () => {
    const topic = await brokers.topic(2);
    const groupId = newId();
    await brokers.putTo(topic, 0, numbers(0, 5));
    await brokers.putTo(topic, 1, numbers(10, 15));
    const one = await new HandPoller(await open(topic, groupId)).open();
    await eventually('the batch is there', () => one.got.length === 10);

    // Another process joins while the function of the first has the batch.
    const other = new HandPoller(await open(topic, groupId), 'poller-1');
    const opening = other.open();
    await eventually('the first is told', () => one.regroupings === 1);
    expect(await one.commit()).toBe(false);
    await one.place.close();
    await Promise.all([one.open(), opening]);

    expect([...one.lanes(), ...other.lanes()].sort()).toEqual([`${topic}-0`, `${topic}-1`]);
    await eventually('nothing is lost', () => other.got.length === 5 && one.got.length === 15);
    expect(await Promise.all([one.commit(), other.commit()])).toEqual([true, true]);
    await Promise.all([one.stop(), other.stop()]);
    expect(await brokers.committed(groupId, topic)).toEqual(
      new Map([
        [0, 5],
        [1, 5],
      ]),
    );
    expect(one.regroupings).toBe(1);
  }, 60_000);

  test('after a restart it goes on at the committed offset, with the same positions', async () => {
    const topic = await brokers.topic(1);
    const groupId = newId();
    await brokers.putTo(topic, 0, numbers(0, 6));
    const source = await open(topic, groupId);
    const first = await new HandPoller(source).open();
    await eventually('all came', () => first.got.length === 6);
    const [, , third] = first.got;
    const ledger = { lane: `${topic}-0`, checkpoint: third?.position ?? 0, completed: [] };
    expect(await first.place.commit?.([ledger])).toBe(true);
    await closed(source);
    const second = await new HandPoller(await open(topic, groupId)).open();
    await eventually('the rest came', () => second.got.length === 3);
    expect(second.got).toEqual(first.got.slice(3));
  }, 60_000);

  test('our checkpoint goes on after our own commit, but not after a reset', async () => {
    const topic = await brokers.topic(1);
    const groupId = newId();
    await brokers.putTo(topic, 0, numbers(0, 6));
    const source = await open(topic, groupId);
    const first = await new HandPoller(source).open();
    await eventually('all came', () => first.got.length === 6);
    await closed(source);
    // It died between its save and its commit: the group has 0.
    const [, , third, fourth] = first.got;
    const lane = `${topic}-0`;
    const progress = {
      ...NOTHING_READ,
      checkpoints: new Map([[lane, third?.position ?? 0]]),
      saved: { parallelizationFactor: 1, ahead: [fourth?.position ?? 0], lanes: [] },
    };
    const again = await open(topic, groupId);
    const second = await new HandPoller(again).open({ progress });
    await eventually('the rest came', () => second.got.length === 3);
    expect(second.values).toEqual(['3', '4', '5']);
    expect(second.place.saved?.ahead).toEqual([fourth?.position]);
    await closed(again);
    await brokers.admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] });
    const third3 = await new HandPoller(await open(topic, groupId)).open({ progress });
    await eventually('all from the reset on came', () => third3.got.length === 5);
    expect(third3.values).toEqual(numbers(1, 6));
    expect(third3.place.saved?.ahead).toEqual([]);
  }, 60_000);

  test('AT_TIMESTAMP begins at the first record of that time, and a commit wins over it', async () => {
    const topic = await brokers.topic(2);
    const groupId = newId();
    const now = systemClock.now();
    for (const [index, value] of numbers(0, 5).entries()) {
      await brokers.putTo(topic, 0, [value], now - 100_000 + index * 10_000);
    }
    const source = await open(topic, groupId, { atMs: now - 75_000 });
    const first = await new HandPoller(source).open();
    await eventually('the later ones came', () => first.got.length === 2);
    expect(first.values).toEqual(['3', '4']);
    await closed(source);
    expect(await brokers.committed(groupId, topic)).toEqual(
      new Map([
        [0, 3],
        [1, 0],
      ]),
    );
    const second = await new HandPoller(await open(topic, groupId, { atMs: now - 200_000 })).open();
    await eventually('it goes on there', () => second.got.length === 2);
    expect(second.values).toEqual(['3', '4']);
  }, 60_000);

  test('LATEST is pinned for all partitions; one that is added later is read from its beginning', async () => {
    const topic = await brokers.topic(2);
    const groupId = newId();
    await brokers.putTo(topic, 1, numbers(0, 3));
    const source = await open(topic, groupId, 'LATEST');
    const poller = await new HandPoller(source).open();
    expect(await brokers.committed(groupId, topic)).toEqual(
      new Map([
        [0, 0],
        [1, 3],
      ]),
    );
    const counts: number[] = [];
    const unsubscribe = source.onPartitions?.((count) => counts.push(count));
    await later(500);
    await brokers.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    // The test's own producer would not see the new partition, and drop what is for it.
    const producer = brokers.kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'new', partition: 2 }] });
    await producer.disconnect();
    await eventually('the group forms anew', () => poller.regroupings === 1);
    await poller.open();
    await eventually('the record is there', () => poller.values.includes('new'));
    expect(poller.lanes()).toHaveLength(3);
    expect(poller.values).not.toContain('0');
    await eventually('the mapping is told', () => counts.length > 0);
    expect(counts).toEqual([3]);
    unsubscribe?.();
  }, 90_000);

  test('retention that overtakes a commit, and a reader', async () => {
    const topic = await brokers.topic(1);
    const groupId = newId();
    const values = numbers(0, 20_000).map((value) => value.padEnd(150, '.'));
    await brokers.putTo(topic, 0, values.slice(0, 10));
    const source = await open(topic, groupId);
    const first = await new HandPoller(source).open();
    await eventually('all came', () => first.got.length === 10);
    await closed(source);
    await brokers.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    // What waits here holds the member back: the rest is gone before it gets there.
    const second = await new HandPoller(await open(topic, groupId)).open({ fetches: false });
    expect(second.missed).toBe(4);
    for (let from = 10; from < values.length; from += 5_000)
      await brokers.putTo(topic, 0, values.slice(from, from + 5_000));
    await later(1_500);
    await brokers.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '19500' }] });
    second.start();
    await eventually('the newest came', () => second.values.at(-1) === values.at(-1));
    const offsets = second.got.map(({ offset }) => offset);
    expect(second.got.length + second.missed).toBe(20_000);
    expect(second.missed).toBeGreaterThan(4);
    expect(offsets).toEqual([...offsets].sort((one, other) => one - other));
  }, 90_000);

  test('a poller that fetches nothing for longer than its session stays a member', async () => {
    const topic = await brokers.topic(2);
    await brokers.putTo(topic, 0, numbers(0, 8_000));
    await brokers.putTo(topic, 1, numbers(0, 8_000));
    const poller = await new HandPoller(await open(topic, newId(), 'TRIM_HORIZON', 1_500)).open({ fetches: false });
    await later(5_000);
    expect(poller.regroupings).toBe(0);
    poller.start();
    await eventually('all came', () => poller.got.length === 16_000);
    expect(await poller.commit()).toBe(true);
  }, 60_000);

  test('a partition that is not wanted is paused, and read on in its order', async () => {
    const topic = await brokers.topic(2);
    const poller = new HandPoller(await open(topic, newId()));
    poller.except = [`${topic}-0`];
    await poller.open();
    for (let round = 0; round < 4; round += 1) {
      await brokers.putTo(topic, 0, numbers(round * 1_000, (round + 1) * 1_000));
      await brokers.putTo(topic, 1, [`other ${round}`]);
      await eventually('the other one goes on', () => poller.values.includes(`other ${round}`));
    }
    expect(poller.got).toHaveLength(4);
    poller.except = undefined;
    await brokers.putTo(topic, 1, ['end']);
    await eventually('all came', () => poller.got.length === 4_005);
    expect(poller.got.filter(({ lane }) => lane === `${topic}-0`).map(({ value }) => value)).toEqual(numbers(0, 4_000));
  }, 60_000);

  test('the lag is what was not committed yet', async () => {
    const topic = await brokers.topic(2);
    await brokers.putTo(topic, 0, numbers(0, 5));
    await brokers.putTo(topic, 1, numbers(0, 3));
    const source = await open(topic, newId());
    const look = () => source.look?.({ do: 'measureLag', notBefore: 0 }, new AbortController().signal);
    expect(await look()).toEqual({ what: 'lagMeasured', lag: 8, partitions: 2, throttled: false });
    const poller = await new HandPoller(source).open();
    await eventually('all came', () => poller.got.length === 8);
    await poller.commit();
    await poller.stop();
    expect(await look()).toEqual({ what: 'lagMeasured', lag: 0, partitions: 2, throttled: false });
  }, 60_000);
});
