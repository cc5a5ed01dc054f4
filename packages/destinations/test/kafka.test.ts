/** Messages to topics of a real Kafka, and to a broker that is away, hangs, wants a password or comes back. */
import { createServer, type Server } from 'node:net';
import { type Destination, newId } from '@millrace/runtime';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RunningKafka, startKafka } from '../../../infra/components/kafka.mjs';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { makeTopic } from '../../../test/components/kafkaTopics.ts';
import { type KafkaAccess, kafkaDestination } from '../src/index.ts';
import { delivery, failureOf } from './support.ts';

type Messages = readonly { readonly key: string | null; readonly value: string }[];

interface Kept {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
}

const to = (topic: string, messages: Messages) =>
  delivery({ kind: 'kafka', arn: `kafka://${topic}` }, { kind: 'messages', messages });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const MESSAGES: Messages = [{ key: null, value: '{}' }];

const opened: Destination[] = [];

function open(access: KafkaAccess, timeoutMs = 10_000): Destination {
  const destination = kafkaDestination({ access, timeoutMs });
  opened.push(destination);
  return destination;
}

afterEach(async () => {
  for (const destination of opened.splice(0)) await destination.close();
});

function clientOf(brokers: string[]): Kafka {
  return new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING });
}

async function newTopic(kafka: Kafka, numPartitions: number): Promise<string> {
  const topic = `failures-${newId()}`;
  const admin = kafka.admin();
  await admin.connect();
  await makeTopic(admin, { topic, numPartitions });
  await admin.disconnect();
  return topic;
}

/** The first so many messages of a topic, partition by partition. */
async function readAll(kafka: Kafka, topic: string, count: number): Promise<Kept[]> {
  const consumer = kafka.consumer({ groupId: `test-${newId()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const kept: Kept[] = [];
  await new Promise<void>((resolve, reject) => {
    const run = consumer.run({
      async eachMessage({ partition, message }) {
        const { key, value } = message;
        kept.push({ partition, key: key ? key.toString('base64') : null, value: value?.toString() ?? '' });
        if (kept.length === count) resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return kept.sort((one, other) => one.partition - other.partition);
}

describeWith(['kafka'], 'topics of Kafka', () => {
  let brokers: string[] = [];
  let kafka: Kafka;

  beforeAll(async () => {
    brokers = await sharedKafka();
    kafka = clientOf(brokers);
  }, 120_000);

  test('one message for each record: keys byte for byte, values as they are, in order for a key', async () => {
    const topic = await newTopic(kafka, 1);
    const messages = [
      { key: Buffer.from([0, 255, 128]).toString('base64'), value: '{"payload":"ä"}' },
      { key: '', value: '{"n":2}' },
      { key: base64('k'), value: '{"n":3}' },
      { key: null, value: '{"n":4}' },
    ];
    await open({ brokers }).deliver(to(topic, messages));
    expect(await readAll(kafka, topic, 4)).toEqual(messages.map((message) => ({ partition: 0, ...message })));
  });

  test('keys go where the source had them: as the Java client chooses; messages without a key take turns', async () => {
    const topic = await newTopic(kafka, 3);
    const keys = Object.keys(JAVA_MURMUR2);
    const keyed = keys.map((key) => ({ key: base64(key), value: key }));
    const keyless = Array.from({ length: 6 }, (_, at) => ({ key: null, value: `none ${at}` }));
    await open({ brokers }).deliver(to(topic, [...keyed, ...keyless]));
    const kept = await readAll(kafka, topic, keyed.length + 6);
    const partitionOf = Object.fromEntries(kept.map(({ value, partition }) => [value, partition]));
    for (const key of keys) expect(partitionOf[key], key).toBe(((JAVA_MURMUR2[key] ?? 0) & 0x7fffffff) % 3);
    const turns = [0, 1, 2].map((partition) =>
      kept.filter((each) => each.key === null && each.partition === partition),
    );
    expect(turns.map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  test('a topic that is not there is named, is not made, and is found once it is made by others', async () => {
    const destination = open({ brokers });
    const topic = `failures-${newId()}`;
    expect(await failureOf(destination.deliver(to(topic, MESSAGES)))).toEqual({
      message: `There is no topic kafka://${topic}.`,
      code: 'DELIVERY_FAILED',
    });
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain(topic);
    await makeTopic(admin, { topic, numPartitions: 1 });
    await admin.disconnect();
    await destination.deliver(to(topic, MESSAGES));
    expect(await readAll(kafka, topic, 1)).toHaveLength(1);
  });

  test('a message that no broker takes is refused for good', async () => {
    const topic = await newTopic(kafka, 1);
    const failure = await failureOf(
      open({ brokers }).deliver(to(topic, [{ key: null, value: 'x'.repeat(3_000_000) }])),
    );
    expect(failure).toEqual({
      message: `A message is too large for the topic kafka://${topic}.`,
      code: 'DELIVERY_REFUSED',
    });
  });

  test('each mapping has its own cluster', async () => {
    const topic = await newTopic(kafka, 1);
    const destination = kafkaDestination({
      access: (mapping) => (mapping === 'known' ? { brokers } : undefined),
    });
    opened.push(destination);
    await destination.deliver({ ...to(topic, MESSAGES), mapping: 'known' });
    expect((await failureOf(destination.deliver({ ...to(topic, MESSAGES), mapping: 'other' }))).code).toBe(
      'DELIVERY_REFUSED',
    );
    expect(await readAll(kafka, topic, 1)).toHaveLength(1);
  });
});

/** As org.apache.kafka.common.utils.UtilsTest expects them. */
const JAVA_MURMUR2: Readonly<Record<string, number>> = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

describeWith(['kafka-private'], 'a broker that goes away, or wants a password', () => {
  let kafka: RunningKafka;

  beforeAll(async () => {
    kafka = await startKafka({ listeners: ['SASL_PLAINTEXT'] });
  }, 120_000);

  afterAll(() => kafka?.stop());

  test('killed and restarted: the same destination delivers again', async () => {
    const topic = await newTopic(clientOf(kafka.brokers), 1);
    const destination = open({ brokers: kafka.brokers }, 5000);
    await destination.deliver(to(topic, MESSAGES));
    await kafka.kill();
    const { message, code } = await failureOf(destination.deliver(to(topic, MESSAGES)));
    expect({ message, code }).toEqual({
      message: `The topic kafka://${topic} cannot be reached at ${kafka.brokers.join(', ')}.`,
      code: 'DELIVERY_FAILED',
    });
    await kafka.restart();
    await destination.deliver(to(topic, [{ key: null, value: '{"after":1}' }]));
    const kept = await readAll(clientOf(kafka.brokers), topic, 2);
    expect(kept.map(({ value }) => value)).toEqual(['{}', '{"after":1}']);
  }, 90_000);

  test('with a user and a password, which no sentence tells', async () => {
    const [user] = kafka.users;
    const brokers = kafka.endpoints.SASL_PLAINTEXT ?? [];
    const topic = await newTopic(clientOf(kafka.brokers), 1);
    const sasl = { mechanism: 'plain', username: user?.name ?? '', password: user?.password ?? '' } as const;
    await open({ brokers, sasl }).deliver(to(topic, MESSAGES));
    const wrong = open({ brokers, sasl: { ...sasl, password: 'wrong-secret' } });
    expect(await failureOf(wrong.deliver(to(topic, MESSAGES)))).toEqual({
      message: `The brokers of the topic kafka://${topic} refused the credentials.`,
      code: 'DELIVERY_FAILED',
    });
  });
});

describe('no broker at all', () => {
  let silent: Server;
  let port = 0;

  beforeAll(async () => {
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });

  afterAll(() => void silent.close());

  test('somebody who never answers', async () => {
    const beganMs = performance.now();
    const failure = await failureOf(open({ brokers: [`127.0.0.1:${port}`] }, 500).deliver(to('t', MESSAGES)));
    expect(failure.message).toBe('The topic kafka://t did not answer within 0.5 s.');
    expect(performance.now() - beganMs).toBeLessThan(3000);
  });

  test('nobody there', async () => {
    const failure = await failureOf(open({ brokers: ['127.0.0.1:1'] }).deliver(to('t', MESSAGES)));
    expect(failure.message).toBe('The topic kafka://t cannot be reached at 127.0.0.1:1.');
  });

  test('documents and names without a topic are refused', async () => {
    const destination = open({ brokers: ['127.0.0.1:1'] });
    const document = delivery({ kind: 'kafka', arn: 'kafka://t' });
    expect(await failureOf(destination.deliver(document))).toEqual({
      message: 'The topic kafka://t takes messages, and was handed document.',
      code: 'DELIVERY_REFUSED',
    });
    expect((await failureOf(destination.deliver(to('', MESSAGES)))).code).toBe('DELIVERY_REFUSED');
  });
});
