/** `millrace send` to topics of a real Kafka, also while it goes away. */
import kafkajs, { type Admin, type Kafka, type KafkaMessage } from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningKafka, startKafka } from '../../../infra/components/kafka.mjs';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { makeTopic } from '../../../test/components/kafkaTopics.ts';
import { byKey, expectInOrder, fixture, newName, send } from './send-support.ts';
import { session } from './support.ts';

/** What a topic of a real Kafka holds, read to its ends. */
async function readTopic(kafka: Kafka, admin: Admin, topic: string): Promise<(KafkaMessage & { partition: number })[]> {
  const ends = await admin.fetchTopicOffsets(topic);
  const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const consumer = kafka.consumer({ groupId: newName(), maxWaitTimeInMs: 100 });
  const messages: (KafkaMessage & { partition: number })[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve) => {
    if (total === 0) resolve();
    const eachMessage = async ({ message, partition }: { message: KafkaMessage; partition: number }) => {
      messages.push({ ...message, partition });
      if (messages.length === total) resolve();
    };
    void consumer.run({ eachMessage });
  });
  await consumer.disconnect();
  return messages;
}

const kafkaOf = (brokers: readonly string[]) =>
  new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20, maxRetryTime: 500 },
  });

const keysOf = (messages: readonly KafkaMessage[]) =>
  messages.map(({ key, value }) => [String(key), String(value)] as const);

describeWith(['kafka'], 'millrace send to Kafka', () => {
  let brokers: string[];
  let kafka: Kafka;
  let admin: Admin;

  beforeAll(async () => {
    brokers = await sharedKafka();
    kafka = kafkaOf(brokers);
    admin = kafka.admin();
    await admin.connect();
  }, 120_000);

  afterAll(() => admin?.disconnect());

  async function newTopic(numPartitions: number, configEntries: { name: string; value: string }[] = []) {
    const topic = newName();
    await makeTopic(admin, { topic, numPartitions, configEntries });
    return topic;
  }

  const toBrokers = (...args: string[]) => send(...args, '--brokers', brokers.join(','));

  test('key, value, headers and partition arrive; keys go where Java puts them; each partition in order', async () => {
    const topic = await newTopic(4);
    const own = [
      { key: 'gone', value: null, partition: 3, headers: [{ h: 'ü' }, { h: 'again' }], timestamp: 1_500_000_000_000 },
      { key: null, value: 'no key' },
    ];
    const keyed = Array.from({ length: 2000 }, (_, n) => ({ key: `k${n % 31}`, value: JSON.stringify({ n }) }));
    const { code, err, out } = await toBrokers(topic, fixture('msk', [...own, ...keyed]), '--speed', '10x');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^2,002 records sent to /);
    const messages = await readTopic(kafka, admin, topic);
    expect(messages).toHaveLength(2002);
    const gone = messages.find(({ key }) => String(key) === 'gone');
    expect(gone).toMatchObject({ partition: 3, value: null });
    expect([gone?.headers?.h].flat().map(String)).toEqual(['ü', 'again']);
    expect(Number(gone?.timestamp)).toBeGreaterThan(Date.now() - 60_000);
    expect(messages.filter(({ key }) => key === null).map(({ value }) => String(value))).toEqual(['no key']);
    const rest = messages.filter(({ key }) => String(key).startsWith('k'));
    expectInOrder(byKey(keysOf(rest)), 31, 2000);
    const partitionOf = (name: string) =>
      new Set(rest.filter(({ key }) => String(key) === name).map((one) => one.partition));
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    for (const key of ['k0', 'k1', 'k2', 'k3']) {
      const [written] = await producer.send({ topic, messages: [{ key, value: 'x' }] });
      expect([...partitionOf(key)], key).toEqual([written?.partition]);
    }
    await producer.disconnect();
  }, 60_000);

  test('a batch that is larger than the topic takes is halved; a record that is, is named', async () => {
    const topic = await newTopic(1, [{ name: 'max.message.bytes', value: '3000' }]);
    const records = Array.from({ length: 40 }, (_, n) => ({
      key: 'k',
      value: JSON.stringify({ n, x: 'x'.repeat(400) }),
    }));
    expect(await toBrokers(topic, fixture('msk', records))).toMatchObject({ code: 0, err: '' });
    expectInOrder(byKey(keysOf(await readTopic(kafka, admin, topic))), 1, 40);
    const large = await toBrokers(topic, fixture('msk', [{ id: 'huge', key: 'k', value: 'x'.repeat(5000) }]));
    expect(large.code).toBe(2);
    expect(large.err).toMatch(
      /: record 1 \(huge\) is refused: MESSAGE_TOO_LARGE, .*max\.message\.bytes says what it takes\.\n$/,
    );
  }, 60_000);

  test('a topic that is not there is refused by its name', async () => {
    const topic = await newTopic(1);
    const { code, err } = await toBrokers(`${topic}x`, 'x.jsonl');
    expect(err).toMatch(new RegExp(`^There is no topic ${topic}x on .*\\. Did you mean ${topic}\\b.*\\?\n$`));
    expect(code).toBe(2);
  }, 30_000);
});

describeWith(['kafka-private'], 'millrace send to a Kafka that goes away', () => {
  let own: RunningKafka;

  beforeAll(async () => {
    own = await startKafka({ listeners: ['SASL_PLAINTEXT'] });
  }, 180_000);

  afterAll(() => own?.stop(), 30_000);

  test('a login comes from the environment; a wrong one is refused without being told', async () => {
    const admin = kafkaOf(own.brokers).admin();
    await admin.connect();
    const topic = newName();
    await makeTopic(admin, { topic, numPartitions: 1 });
    const [user] = own.users;
    const at = ['--brokers', own.endpoints.SASL_PLAINTEXT?.join(',') ?? '', '--sasl', 'scram-sha-512'];
    const file = fixture('msk', [{ key: 'k', value: 'v' }]);
    const without = await send(topic, file, ...at);
    expect(without.err).toMatch(/^--sasl scram-sha-512 takes the login from the environment: set KAFKA_USERNAME and/);
    vi.stubEnv('KAFKA_USERNAME', user?.name ?? '');
    vi.stubEnv('KAFKA_PASSWORD', user?.password ?? '');
    expect(await send(topic, file, ...at)).toMatchObject({ code: 0, err: '' });
    vi.stubEnv('KAFKA_PASSWORD', 'wrong-and-secret');
    const wrong = await send(topic, file, ...at);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(
      new RegExp(`^The topic ${topic} cannot be used at \\S+: KafkaJSSASLAuthenticationError, .*\n$`),
    );
    expect(wrong.err).not.toContain('secret');
    vi.unstubAllEnvs();
    expect((await admin.fetchTopicOffsets(topic)).map(({ high }) => high)).toEqual(['1']);
    await admin.disconnect();
  }, 60_000);

  test('killed and started again: nothing lost, nothing out of order, and what may be there twice is told', async () => {
    const kafka = kafkaOf(own.brokers);
    const admin = kafka.admin();
    await admin.connect();
    const topic = newName();
    await makeTopic(admin, { topic, numPartitions: 4 });
    const file = fixture(
      'msk',
      Array.from({ length: 20_000 }, (_, n) => ({ key: `k${n % 40}`, value: JSON.stringify({ n }) })),
    );
    const shell = session();
    const running = shell.run('send', topic, file, '--rate', '5000/s', '--brokers', own.brokers.join(','));
    const written = async () => (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    const untilMs = Date.now() + 15_000;
    while (Date.now() < untilMs && (await written()) < 4000) await new Promise((go) => setTimeout(go, 20));
    await own.kill();
    await own.restart();
    expect(await running, shell.err).toBe(0);
    expect(shell.out).toMatch(/^20,000 records sent/);
    const twice = Number(
      /^([\d,]+) records? may be in the topic twice/m.exec(shell.err)?.[1]?.replaceAll(',', '') ?? 0,
    );
    const numbers = byKey(keysOf(await readTopic(kafka, admin, topic)));
    const all = [...numbers.values()].flat();
    expect(new Set(all).size).toBe(20_000);
    expect(all.length).toBeLessThanOrEqual(20_000 + twice);
    for (const [key, some] of numbers) {
      const once = [...new Set(some)];
      expect(once, key).toEqual(once.toSorted((a, b) => a - b));
    }
    await admin.disconnect();
  }, 120_000);
});
