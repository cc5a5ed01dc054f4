/** `millrace record` of Kafka topics, from a real Apache Kafka; what it writes is replayed. */
import kafkajs, { type Admin, type Kafka, type Message, type Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { makeTopic } from '../../../test/components/kafkaTopics.ts';
import { record, replayed } from './record-support.ts';

let made = 0;

describeWith(['kafka'], 'millrace record kafka', () => {
  let brokers: string[];
  let kafka: Kafka;
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    brokers = await sharedKafka();
    kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    admin = kafka.admin();
    producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
  });

  afterAll(async () => {
    await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  });

  async function newTopic(numPartitions: number): Promise<string> {
    const topic = `record-${process.pid}-${Date.now()}-${++made}`;
    // The records here are years old: retention would take them.
    const configEntries = [{ name: 'retention.ms', value: '-1' }];
    await makeTopic(admin, { topic, numPartitions, configEntries });
    return topic;
  }

  const at = (...args: string[]) => [...args, '--brokers', brokers.join(',')];
  const put = (topic: string, messages: Message[]) => producer.send({ topic, messages });
  const BASE = 1_700_000_000_000;
  const numbered = (from: number, count: number, baseMs = BASE): Message[] =>
    Array.from({ length: count }, (_, n) => ({
      key: `k${n % 5}`,
      value: JSON.stringify({ n: from + n }),
      partition: n % 3,
      timestamp: String(baseMs + (from + n) * 10),
    }));

  test('records keep their partitions, times, keys, headers; the file replays; the group is gone', {
    timeout: 60_000,
  }, async () => {
    const topic = await newTopic(3);
    await put(topic, [
      ...numbered(0, 60),
      { key: null, value: 'no key', partition: 2, timestamp: String(BASE + 700) },
      { key: 'gone', value: null, partition: 1, timestamp: String(BASE + 710) },
      {
        key: Buffer.from([0, 255]),
        value: Buffer.from([255, 0]),
        partition: 0,
        timestamp: String(BASE + 720),
        headers: { trace: 'ü', bytes: Buffer.from([254]), twice: ['1', '2'] },
      },
    ]);
    const { code, err, header, entries, file } = await record(at(`kafka:${topic}`, '--once'));
    expect([code, err]).toEqual([
      0,
      `63 records of the topic ${topic} written to ${file}, which arrived within 720ms.\n`,
    ]);
    expect(header.source).toEqual({ type: 'self-managed-kafka', name: topic, partitions: 3 });
    expect(entries.map(({ at: time }) => time)).toEqual([
      ...Array.from({ length: 60 }, (_, n) => `${n * 10}ms`),
      '700ms',
      '710ms',
      '720ms',
    ]);
    expect(entries.slice(60)).toEqual([
      { at: '700ms', partition: 2, key: null, value: 'no key', timestamp: BASE + 700 },
      { at: '710ms', partition: 1, key: 'gone', value: null, timestamp: BASE + 710 },
      {
        at: '720ms',
        partition: 0,
        key: { base64: 'AP8=' },
        value: { base64: '/wA=' },
        headers: [{ trace: 'ü' }, { bytes: { base64: '/g==' } }, { twice: '1' }, { twice: '2' }],
        timestamp: BASE + 720,
      },
    ]);
    const events = await replayed(file, '--batch-size', '10');
    type KafkaRecord = { partition: number; offset: number; timestamp: number; value?: string };
    const seen = events.flatMap(({ records }) => Object.values(records as Record<string, KafkaRecord[]>).flat());
    expect(seen).toHaveLength(63);
    for (const partition of [0, 1, 2]) {
      const times = seen.filter((one) => one.partition === partition).map(({ timestamp }) => timestamp);
      expect(times).toEqual(entries.filter((one) => one.partition === partition).map(({ timestamp }) => timestamp));
    }
    await vi.waitFor(async () => {
      const { groups } = await admin.listGroups();
      expect(groups.filter(({ groupId }) => groupId.startsWith('millrace-record-'))).toEqual([]);
    }, 5000);
  });

  test('from now on until Ctrl-C; from a time on; so many', { timeout: 60_000 }, async () => {
    const topic = await newTopic(3);
    await put(topic, numbered(0, 30));
    const { code, entries } = await record(at(`kafka:${topic}`), async (shell) => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      // What is quiet holds nothing back that is older than the last look at it.
      await put(topic, numbered(100, 30, Date.now()));
      await new Promise((resolve) => setTimeout(resolve, 2500));
      shell.interrupt();
    });
    const numbers = (list: typeof entries) => list.map(({ value }) => (value as { n: number }).n);
    expect([code, numbers(entries)]).toEqual([0, Array.from({ length: 30 }, (_, n) => 100 + n)]);
    const time = new Date(BASE + 200).toISOString();
    const later = await record(at(`kafka:${topic}`, '--from', time, '--once'));
    expect(numbers(later.entries)).toEqual([...Array.from({ length: 10 }, (_, n) => 20 + n), ...numbers(entries)]);
    const few = await record(at(`kafka:${topic}`, '--from', 'trim-horizon', '--limit', '7'));
    expect(numbers(few.entries)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('many records, more than are held at once; keys and headers are hashed', { timeout: 60_000 }, async () => {
    const topic = await newTopic(2);
    for (let from = 0; from < 60_000; from += 10_000) {
      const messages = Array.from({ length: 10_000 }, (_, n) => ({
        key: `anna-${n % 7}`,
        value: JSON.stringify({ n: from + n, who: `anna-${n % 7}` }),
        headers: { who: 'anna-0' },
        partition: from < 30_000 ? 0 : 1,
        timestamp: String(BASE + ((from + n) % 30_000)),
      }));
      await put(topic, messages);
    }
    const args = at(`kafka:${topic}`, '--once', '--hash', 'key', '--hash', '$.who', '--hash', 'headers.who');
    const { code, entries } = await record(args, undefined, 'many.jsonl.gz');
    expect([code, entries.length]).toEqual([0, 60_000]);
    expect(JSON.stringify(entries)).not.toContain('anna');
    const values = entries.map(({ value }) => value as { n: number; who: string });
    expect(entries.every(({ key }, index) => key === values[index]?.who)).toBe(true);
    const first = values.filter(({ n }) => n < 30_000).map(({ n }) => n);
    expect(first).toEqual(Array.from({ length: 30_000 }, (_, n) => n));
    const times = entries.map((entry) => Number.parseInt(entry.at, 10));
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0))).toBe(true);
  });

  test('a topic that is not there, and a login without a name', { timeout: 60_000 }, async () => {
    const { code, err } = await record(at('kafka:nowhere-at-all', '--once'));
    expect([code, err]).toEqual([2, 'There is no topic nowhere-at-all on these brokers.\n']);
    const login = await record(at('kafka:t', '--sasl', 'plain'));
    expect([login.code, login.err]).toEqual([
      2,
      '--sasl plain takes the login from the environment: set KAFKA_USERNAME and KAFKA_PASSWORD.\n',
    ]);
  });
});
