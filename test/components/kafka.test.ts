/** infra/components/kafka.mjs: a real Kafka starts, is spoken with, loses brokers and gets them back, and leaves nothing. */
import { existsSync } from 'node:fs';
import { Kafka, type KafkaConfig, logLevel, Partitioners, type Producer } from 'kafkajs';
import { afterEach, describe, expect, test } from 'vitest';
import { ensureAnyKafka } from '../../infra/components/ensure.mjs';
import { ensureKafka, type KafkaOptions, kafkaAnswers, startKafka } from '../../infra/components/kafka.mjs';
import { freePort, isPortFree } from '../../infra/components/process.mjs';
import { describeWith, sharedKafka } from './available.ts';
import { makeTopic } from './kafkaTopics.ts';
import { isAlive, untilTrue } from './processes.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function kafka(options?: KafkaOptions) {
  const started = await startKafka(options);
  cleanups.push(() => started.stop());
  return started;
}

function client(config: KafkaConfig): Kafka {
  return new Kafka({ logLevel: logLevel.NOTHING, clientId: 'components-test', ...config });
}

async function admin(config: KafkaConfig) {
  const connected = client({ retry: { retries: 3 }, ...config }).admin();
  await connected.connect();
  cleanups.push(() => connected.disconnect());
  return connected;
}

async function producer(config: KafkaConfig): Promise<Producer> {
  const connected = client(config).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await connected.connect();
  cleanups.push(() => connected.disconnect());
  return connected;
}

/** The values of a topic's first `count` records, as a consumer group of its own reads them. */
async function read(config: KafkaConfig, topic: string, count: number): Promise<readonly (string | undefined)[]> {
  const consumer = client(config).consumer({ groupId: `${topic}-readers` });
  await consumer.connect();
  cleanups.push(() => consumer.disconnect());
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const values: (string | undefined)[] = [];
  await new Promise<void>((resolve, reject) => {
    // It restarts by itself after what passes, such as a coordinator that still loads.
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || reject(payload.error));
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      values.push(message.value?.toString());
      if (values.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  return values;
}

describeWith(['kafka-private'], 'a private Kafka', () => {
  test('takes records and gives them back, and is gone after stop with its folder', async () => {
    const { brokers, url, port, pids, dir, isGone, stop } = await kafka();
    expect({ brokers, url }).toEqual({ brokers: [`127.0.0.1:${port}`], url: `127.0.0.1:${port}` });
    await makeTopic(await admin({ brokers }), { topic: 'orders', numPartitions: 1 });
    await (await producer({ brokers })).send({ topic: 'orders', messages: [{ value: 'first' }, { value: 'second' }] });
    expect(await read({ brokers }, 'orders', 2)).toEqual(['first', 'second']);
    for (const cleanup of cleanups.splice(1).reverse()) await cleanup();
    await stop();
    await stop();
    expect(pids.map(isAlive)).toEqual([false]);
    expect({ gone: isGone(), portFree: await isPortFree(port), folder: existsSync(dir) }).toEqual({
      gone: true,
      portFree: true,
      folder: false,
    });
  });

  test('keeps what it acknowledged over kill -9 and a restart on the same port', async () => {
    const { brokers, port, pids, kill, restart } = await kafka();
    const before = await producer({ brokers });
    await makeTopic(await admin({ brokers }), { topic: 'kept', numPartitions: 1 });
    await before.send({ topic: 'kept', acks: -1, messages: [{ value: 'acknowledged' }] });
    const [first] = pids;
    await kill();
    expect(await kafkaAnswers(port)).toBe(false);
    await restart();
    expect(await kafkaAnswers(port)).toBe(true);
    expect(await read({ brokers }, 'kept', 1)).toEqual(['acknowledged']);
    expect(isAlive(first ?? 0)).toBe(false);
  });

  test('takes properties: retention removes closed segments within seconds', async () => {
    const { brokers } = await kafka({
      properties: { 'log.retention.ms': 500, 'log.retention.check.interval.ms': 200, 'log.roll.ms': 300 },
    });
    const there = await admin({ brokers });
    await makeTopic(there, { topic: 'short', numPartitions: 1 });
    const sender = await producer({ brokers });
    for (const value of ['1', '2', '3']) await sender.send({ topic: 'short', messages: [{ value }] });
    await untilTrue('the oldest record is trimmed', async () => {
      const [{ low } = { low: '0' }] = await there.fetchTopicOffsets('short');
      return Number(low) > 0;
    });
  });

  test('refuses a port that another program has, properties that Kafka refuses, and listeners that it does not know', async () => {
    const [broker = ''] = await sharedKafka();
    const port = Number(broker.split(':').at(-1));
    await expect(startKafka({ port })).rejects.toMatchObject({
      code: 'KAFKA_PORT_TAKEN',
      message: `port ${port} of 127.0.0.1 is taken by another program; choose another one.`,
    });
    await expect(startKafka({ properties: { 'num.partitions': 'many' } })).rejects.toMatchObject({
      code: 'KAFKA_NOT_READY',
      message: expect.stringMatching(/num\.partitions/),
    });
    const users = [{ name: 'a user', password: 'with"quotes' }];
    await expect(startKafka({ users })).rejects.toMatchObject({
      code: 'KAFKA_OPTIONS_INVALID',
      message: expect.not.stringContaining('with"quotes'),
    });
  });
});

describeWith(['kafka-private'], 'a Kafka with logins and TLS', () => {
  const users = [
    { name: 'reader', password: 'of.orders-1' },
    { name: 'writer', password: 'of.orders-2' },
  ];

  /** How many brokers a client sees there, or why it sees none. */
  async function seen(config: KafkaConfig): Promise<number | string> {
    const asking = client({ retry: { retries: 0 }, ...config }).admin();
    try {
      await asking.connect();
      return (await asking.describeCluster()).brokers.length;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await asking.disconnect();
    }
  }

  test('lets in who knows a password or has a certificate, and nobody else', async () => {
    const { endpoints, tls } = await kafka({ listeners: ['SASL_PLAINTEXT', 'SASL_SSL', 'SSL'], users });
    const { ca = '', cert = '', key = '', encryptedKey = '', keyPassword = '' } = tls ?? {};
    const refused = expect.stringMatching(/authentication failed/i);
    const listeners = [
      { brokers: endpoints.SASL_PLAINTEXT ?? [] },
      { brokers: endpoints.SASL_SSL ?? [], ssl: { ca: [ca] } },
    ];
    for (const at of listeners) {
      for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
        const login = (username: string, password: string) =>
          seen({ ...at, sasl: { mechanism: mechanism as 'plain', username, password } });
        expect(await login('writer', 'of.orders-2')).toBe(1);
        expect(await login('writer', 'of.orders-1')).toEqual(refused);
      }
    }
    const brokers = endpoints.SSL ?? [];
    expect(await seen({ brokers, ssl: { ca: [ca], cert, key } })).toBe(1);
    expect(await seen({ brokers, ssl: { ca: [ca], cert, key: encryptedKey, passphrase: keyPassword } })).toBe(1);
    expect(await seen({ brokers, ssl: { ca: [ca] } })).toMatch(/certificate|alert/);
    expect(await seen({ brokers, ssl: { cert, key } })).toMatch(/unable to verify|self.signed/);
  });
});

describeWith(['kafka-private'], 'a Kafka of three brokers', () => {
  test('bears the loss of one: leaders change, records stay, and it comes back in sync', async () => {
    const { brokers, kill, restart, pids } = await kafka({ brokers: 3 });
    expect(new Set(brokers).size).toBe(3);
    expect(new Set(pids).size).toBe(3);
    // Long enough for the client to find a broker that is there, whichever it asked last.
    const patient = { retries: 10, maxRetryTime: 2000 };
    const there = await admin({ brokers, retry: patient });
    await makeTopic(there, { topic: 'copied', numPartitions: 3 });
    const partitions = async () => (await there.fetchTopicMetadata({ topics: ['copied'] })).topics[0]?.partitions ?? [];
    await untilTrue('three leaders', async () => new Set((await partitions()).map(({ leader }) => leader)).size === 3);
    const sender = await producer({ brokers, retry: patient });
    const toAll = (value: string) => [0, 1, 2].map((partition) => ({ partition, value }));
    await sender.send({ topic: 'copied', acks: -1, messages: toAll('before') });
    await kill(2);
    await untilTrue('others lead', async () => (await partitions()).every(({ leader }) => leader !== 2), 20_000);
    await sender.send({ topic: 'copied', acks: -1, messages: toAll('after') });
    await restart(2);
    await untilTrue('in sync', async () => (await partitions()).every(({ isr }) => isr.length === 3), 20_000);
    expect((await read({ brokers }, 'copied', 6)).toSorted()).toEqual([
      ...Array(3).fill('after'),
      ...Array(3).fill('before'),
    ]);
  }, 180_000);
});

describeWith(['kafka'], 'the Kafka of a test run', () => {
  test('is one for all who ask, and answers', async () => {
    const [first, second] = await Promise.all([sharedKafka(), sharedKafka()]);
    expect(second).toEqual(first);
    expect((await (await admin({ brokers: first })).describeCluster()).brokers.length).toBeGreaterThan(0);
  });
});

describe('a Kafka that KAFKA_BROKERS names', () => {
  const env = { MILLRACE_INSTALL: 'never' };

  test('that does not answer is one sentence, and no other is taken for it', async () => {
    const named = `127.0.0.1:${await freePort()},127.0.0.1:1`;
    expect(await ensureAnyKafka({ env: { ...env, KAFKA_BROKERS: named } })).toEqual({
      problem: `KAFKA_BROKERS names no Kafka that answers in clear text: ${named}`,
    });
    expect(await ensureAnyKafka({ env: { ...env, KAFKA_BROKERS: 'nonsense' } })).toEqual({
      problem: 'KAFKA_BROKERS names no Kafka that answers in clear text: nonsense',
    });
  });
});

describeWith(['kafka'], 'a Kafka that KAFKA_BROKERS names', () => {
  test('is used as it is named, without Java or jars here', async () => {
    const named = (await sharedKafka()).join(', ');
    const env = { PATH: '/nowhere', MILLRACE_INSTALL: 'never', KAFKA_BROKERS: named };
    expect(await ensureAnyKafka({ env })).toEqual({ url: named });
  });
});

describe('a Kafka that cannot be had', () => {
  test('is one sentence that says what is missing and why it was not installed', async () => {
    const env = { PATH: '/nowhere', MILLRACE_INSTALL: 'never' };
    expect(await ensureKafka({ env })).toBe(
      'Java 17 or newer was not found, and MILLRACE_INSTALL=never forbids to install it',
    );
  });
});
