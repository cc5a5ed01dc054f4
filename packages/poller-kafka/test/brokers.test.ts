/** Brokers that go away and come back, and records that cannot be read. */
import { kafkaClient, topicSource } from '@millrace/poller-kafka';
import { type MappingSource, newId, systemClock } from '@millrace/runtime';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type RunningKafka, startKafka } from '../../../infra/components/kafka.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { Brokers } from './support/kafka.ts';
import { eventually, HandPoller, later } from './support/poller.ts';

describeWith(['kafka-private'], 'brokers that go away', () => {
  let kafka: RunningKafka;
  let brokers: Brokers;
  const sources: MappingSource[] = [];

  beforeAll(async () => {
    kafka = await startKafka();
    brokers = await Brokers.connect(kafka.brokers);
  }, 180_000);

  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close?.()));
    if (kafka.isGone()) await kafka.restart();
  });

  afterAll(async () => {
    await brokers?.close();
    await kafka?.stop();
  }, 30_000);

  async function open(topic: string, groupId = newId()): Promise<MappingSource> {
    const source = await topicSource({
      client: await kafkaClient({ brokers: kafka.brokers, topic, groupId, clock: systemClock }),
      kind: 'self-managed-kafka',
      bootstrapServers: kafka.brokers,
      startingPosition: 'TRIM_HORIZON',
      clock: systemClock,
    });
    sources.push(source);
    return source;
  }

  test('a broker that is killed and started again: told once, nothing lost, nothing skipped', async () => {
    const topic = await brokers.topic(2);
    const groupId = newId();
    const source = await open(topic, groupId);
    const poller = await new HandPoller(source).open();
    for (const partition of [0, 1]) await brokers.putTo(topic, partition, ['before']);
    await eventually('they came', () => poller.got.length === 2);
    expect(await poller.commit()).toBe(true);
    await eventually('the group has it', async () => {
      return [...(await brokers.committed(groupId, topic)).values()].every((offset) => offset === 1);
    });

    // A broker that has just started may have been loading its groups: what was told of that is over.
    const before = poller.problems.length;
    const recoveries = poller.recoveries;
    await kafka.kill();
    await eventually('it is told', () => poller.problems.length > before);
    await later(3_000);
    expect(poller.problems).toHaveLength(before + 1);
    expect(poller.problems[before]).toMatch(/cannot be reached/);
    await kafka.restart();
    // The group has formed anew by then, or the poller is told to come again.
    if (poller.regroupings > 0) await poller.open();
    await eventually('it is told', () => poller.recoveries > recoveries);
    for (const partition of [0, 1]) await brokers.putTo(topic, partition, ['after']);
    await eventually('they came', async () => {
      if (poller.regroupings > 1) await poller.open();
      return poller.values.filter((value) => value === 'after').length === 2;
    });
    expect(poller.values.filter((value) => value === 'before')).toHaveLength(2);
    expect(poller.recoveries).toBe(recoveries + 1);
    expect(await poller.commit()).toBe(true);
  }, 120_000);

  test.each(['gzip', 'uncompressed'])(
    'records that are %s are read',
    async (how) => {
      const topic = await brokers.topic(1, { 'compression.type': how });
      await brokers.putTo(topic, 0, ['some text', 'more text']);
      const poller = await new HandPoller(await open(topic)).open();
      await eventually('they came', () => poller.got.length === 2);
      expect(poller.values).toEqual(['some text', 'more text']);
    },
    60_000,
  );

  test.each(['snappy', 'lz4', 'zstd'])(
    'records in %s are refused by name',
    async (how) => {
      const topic = await brokers.topic(1, { 'compression.type': how });
      await brokers.putTo(topic, 0, ['some text', 'more text'.repeat(100)]);
      const poller = await new HandPoller(await open(topic)).open();
      await eventually('it is told', () => poller.problems.length > 0);
      expect(poller.problems[0]).toBe(
        `Topic ${topic} holds records compressed with ${how} that kafkajs cannot read without a plug-in: have its producers, or its compression.type, use gzip or none.`,
      );
      expect(poller.got).toEqual([]);
    },
    60_000,
  );

  test('a topic that does not exist', async () => {
    await expect(open('no-such-topic')).rejects.toThrow(/There is no topic no-such-topic on 127/);
  }, 60_000);
});
