/** Logins and certificates on Apache Kafka, from SourceAccessConfigurations and secrets of the environment. */
import { kafkaAccess, kafkaClient, TopicUnavailable, topicSource } from '@millrace/poller-kafka';
import { newId, systemClock } from '@millrace/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningKafka, startKafka } from '../../../infra/components/kafka.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { Brokers } from './support/kafka.ts';
import { eventually, HandPoller } from './support/poller.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka/login-AbCdEf';
const CA_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:ca';
const SECRET = 'MILLRACE_SECRET_KAFKA_LOGIN_ABCDEF';

describeWith(['kafka-private'], 'brokers that want a login', () => {
  let kafka: RunningKafka;
  let brokers: Brokers;
  let topic: string;
  let login: string;
  let ca: string;

  beforeAll(async () => {
    kafka = await startKafka({ listeners: ['SASL_SSL', 'SSL'] });
    brokers = await Brokers.connect(kafka.brokers);
    topic = await brokers.topic(1);
    await brokers.putTo(topic, 0, ['hello']);
    const [user] = kafka.users;
    login = JSON.stringify({ username: user?.name, password: user?.password });
    ca = JSON.stringify({ certificate: kafka.tls?.ca });
  }, 180_000);

  afterAll(async () => {
    await brokers?.close();
    await kafka?.stop();
  }, 30_000);

  async function clientAt(
    listener: 'SASL_SSL' | 'SSL',
    configurations: readonly (readonly [string, string])[],
    env: Readonly<Record<string, string>>,
  ) {
    const pairs = configurations.map(([Type, URI]) => ({ Type, URI }));
    const access = await kafkaAccess(pairs, env);
    const urls = kafka.endpoints[listener] ?? [];
    return kafkaClient({ brokers: urls, topic, groupId: newId(), access, clock: systemClock });
  }

  async function reads(client: Awaited<ReturnType<typeof clientAt>>): Promise<void> {
    const source = await topicSource({
      client,
      kind: 'self-managed-kafka',
      bootstrapServers: ['b:9092'],
      startingPosition: 'TRIM_HORIZON',
      clock: systemClock,
    });
    const poller = await new HandPoller(source).open();
    await eventually('the record came', () => poller.got.length === 1);
    expect(poller.values).toEqual(['hello']);
    expect(await poller.commit()).toBe(true);
    await source.close?.();
  }

  test.each(['BASIC_AUTH', 'SASL_SCRAM_256_AUTH', 'SASL_SCRAM_512_AUTH'])(
    '%s',
    async (type) => {
      const configurations = [
        [type, ARN],
        ['SERVER_ROOT_CA_CERTIFICATE', CA_ARN],
        ['VPC_SUBNET', 'subnet:subnet-1'],
      ] as const;
      await reads(await clientAt('SASL_SSL', configurations, { [SECRET]: login, MILLRACE_SECRET_CA: ca }));
    },
    60_000,
  );

  test('CLIENT_CERTIFICATE_TLS_AUTH, with a key under a password', async () => {
    const { cert: certificate, encryptedKey: privateKey, keyPassword: privateKeyPassword } = kafka.tls ?? {};
    const secret = JSON.stringify({ certificate, privateKey, privateKeyPassword });
    const configurations = [
      ['CLIENT_CERTIFICATE_TLS_AUTH', ARN],
      ['SERVER_ROOT_CA_CERTIFICATE', CA_ARN],
    ] as const;
    await reads(await clientAt('SSL', configurations, { [SECRET]: secret, MILLRACE_SECRET_CA: ca }));
  }, 60_000);

  test.each([
    ['BASIC_AUTH', /refuse the login/],
    ['SASL_SCRAM_512_AUTH', /refuse the login/],
  ])(
    '%s with a wrong password is one sentence without it',
    async (type, sentence) => {
      const wrong = JSON.stringify({ username: kafka.users[0]?.name, password: 'not-the-password' });
      const configurations = [
        [type, ARN],
        ['SERVER_ROOT_CA_CERTIFICATE', CA_ARN],
      ] as const;
      const client = await clientAt('SASL_SSL', configurations, { [SECRET]: wrong, MILLRACE_SECRET_CA: ca });
      const error = await client.facts().catch((problem: unknown) => problem);
      await client.close();
      expect(error).toBeInstanceOf(TopicUnavailable);
      expect((error as Error).message).toMatch(sentence);
      expect((error as Error).message).not.toContain('not-the-password');
    },
    60_000,
  );

  test('a server that nobody vouches for, and a client without its certificate', async () => {
    const stranger = await clientAt('SASL_SSL', [['BASIC_AUTH', ARN]], { [SECRET]: login });
    await expect(stranger.facts()).rejects.toThrow(/is not trusted.*SERVER_ROOT_CA_CERTIFICATE/);
    await stranger.close();
    const bare = await clientAt('SSL', [['SERVER_ROOT_CA_CERTIFICATE', CA_ARN]], { MILLRACE_SECRET_CA: ca });
    await expect(bare.facts()).rejects.toThrow(/CLIENT_CERTIFICATE_TLS_AUTH|cannot be reached/);
    await bare.close();
  }, 60_000);
});
