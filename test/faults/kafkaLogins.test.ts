/** Logins and certificates through `millrace up`. Secrets reach the brokers, and nothing that is written down. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningKafka, startKafka } from '../../infra/components/kafka.mjs';
import { describeWith } from '../components/available.ts';
import type { KafkaArena, TopicLine } from './support/kafkaArena.ts';
import { inArena, topicEndsWell } from './support/kafkaEnds.ts';
import { failuresInTopic } from './support/kafkaFailures.ts';

const USERS = [
  { name: 'plain-user', password: 'plain-pass-7f3a9c' },
  { name: 'scram-256-user', password: 'scram-256-pass-b21e44' },
  { name: 'scram-512-user', password: 'scram-512-pass-90dd17' },
];
const WRONG = 'wrong-pass-55ac01';
const PATIENCE_MS = 60_000;

const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`;
const variableOf = (name: string) => `MILLRACE_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
const access = (...pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([Type, name]) => ({ Type, URI: arnOf(name) }));
const CA = ['SERVER_ROOT_CA_CERTIFICATE', 'ca'] as const;

describeWith(['redis', 'kafka-private'], 'logins through millrace up', () => {
  let kafka: RunningKafka;
  let env: Record<string, string>;

  beforeAll(async () => {
    kafka = await startKafka({ listeners: ['SASL_SSL', 'SSL'], users: USERS });
    const { ca: certificate, cert, encryptedKey, keyPassword } = kafka.tls ?? {};
    const secrets = {
      ca: { certificate },
      client: { certificate: cert, privateKey: encryptedKey, privateKeyPassword: keyPassword },
      ...Object.fromEntries(USERS.map(({ name, password }) => [name, { username: name, password }])),
    };
    env = Object.fromEntries(Object.entries(secrets).map(([name, one]) => [variableOf(name), JSON.stringify(one)]));
  }, 180_000);
  afterAll(() => kafka?.stop(), 30_000);

  function lineOf(name: string, configurations: ReturnType<typeof access>, more = {}): TopicLine {
    const isMutual = configurations.some(({ Type }) => Type === 'CLIENT_CERTIFICATE_TLS_AUTH');
    const addresses = kafka.endpoints[isMutual ? 'SSL' : 'SASL_SSL'];
    return { name, partitions: 2, addresses, parameters: { SourceAccessConfigurations: configurations, ...more } };
  }

  /** Everything that is secret here, in pieces that would be recognised. */
  function secretsOf({ tls }: RunningKafka): string[] {
    const lines = [tls?.key, tls?.encryptedKey].map((pem) => pem?.split('\n')[3] ?? '');
    return [...USERS.map(({ password }) => password), WRONG, tls?.keyPassword ?? '', ...lines];
  }

  function expectNoSecret(arena: KafkaArena): void {
    const written = arena.written();
    const told = secretsOf(kafka).filter((secret) => secret === '' || written.includes(secret));
    expect(told).toEqual([]);
    // What is looked through is what was written.
    expect(written).toContain('millrace-trace');
  }

  test.concurrent('PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 over TLS, and mutual TLS', { timeout: 120_000 }, async () => {
    const lines = [
      lineOf('plain', access(['BASIC_AUTH', 'plain-user'], CA)),
      lineOf('scram-256', access(['SASL_SCRAM_256_AUTH', 'scram-256-user'], CA)),
      lineOf('mutual', access(['CLIENT_CERTIFICATE_TLS_AUTH', 'client'], CA)),
    ];
    await inArena(
      kafka.brokers,
      lines,
      async (arena) => {
        arena.start('all', ['--trace', join(arena.redis.dir, 'trace.jsonl')]);
        await Promise.all(arena.ups.map((up) => up.ready));
        for (const { name } of lines) arena.load({ count: 60, perSecond: 100 }, name);
        for (const { name } of lines) await topicEndsWell(arena, name, PATIENCE_MS, [], name);
        expectNoSecret(arena);
      },
      { env },
    );
  });

  test.concurrent('a failure record goes to a topic with the login of its mapping', { timeout: 120_000 }, async () => {
    let failures = '';
    const line = (topic: string) =>
      lineOf('scram-512', access(['SASL_SCRAM_512_AUTH', 'scram-512-user'], CA), {
        ProvisionedPollerConfig: { MinimumPollers: 1 },
        MaximumRetryAttempts: 0,
        BisectBatchOnFunctionError: true,
        DestinationConfig: { OnFailure: { Destination: `kafka://${topic}` } },
      });
    await withTopic(kafka, async (topic) => {
      failures = topic;
      await inArena(
        kafka.brokers,
        [line(failures)],
        async (arena) => {
          arena.start('all', ['--trace', join(arena.redis.dir, 'trace.jsonl')]);
          arena.load({ count: 60, perSecond: 100, says: (at) => (at === 30 ? { do: 'fail' } : {}) });
          await arena.drained(PATIENCE_MS);
          const told = () => failuresInTopic(arena.brokers, failures);
          await arena.until('it is told', async () => (await told()).length > 0, 20_000);
          const account = await topicEndsWell(arena, 'scram-512', PATIENCE_MS, await told());
          expect(account.givenUp).toBe(1);
          expectNoSecret(arena);
        },
        { env },
      );
    });
  });

  const wrongs = [
    [
      'a wrong password (PLAIN)',
      ['BASIC_AUTH', 'plain-user'],
      { [variableOf('plain-user')]: JSON.stringify({ username: 'plain-user', password: WRONG }) },
      /source `[\w-]+` cannot be read: The brokers at [\d.:]+ refuse the login: compare SourceAccessConfigurations/,
    ],
    [
      'a wrong password (SCRAM-SHA-512)',
      ['SASL_SCRAM_512_AUTH', 'scram-512-user'],
      { [variableOf('scram-512-user')]: JSON.stringify({ username: 'scram-512-user', password: WRONG }) },
      /source `[\w-]+` cannot be read: The brokers at [\d.:]+ refuse the login: compare SourceAccessConfigurations/,
    ],
    [
      'a missing variable',
      ['BASIC_AUTH', 'nobody-set-it'],
      {},
      /The secret arn:\S+:nobody-set-it is not known here: set MILLRACE_SECRET_NOBODY_SET_IT to its JSON/,
    ],
    [
      'a secret that is no JSON',
      ['BASIC_AUTH', 'plain-user'],
      { [variableOf('plain-user')]: WRONG },
      /What stands in the variable MILLRACE_SECRET_PLAIN_USER is not a JSON object/,
    ],
  ] as const;

  test.concurrent.each(wrongs)('%s is one clear sentence', { timeout: 60_000 }, (_title, login, more, sentence) =>
    inArena(
      kafka.brokers,
      [lineOf('wrong', access(login, CA))],
      async (arena) => {
        const up = arena.start('all', ['--trace', join(arena.redis.dir, 'trace.jsonl')]);
        await expect(up.ready).rejects.toThrow('it ended');
        const problems = up.said.split('\n').filter((line) => /secret|login|cannot be read/i.test(line));
        expect(problems).toEqual([expect.stringMatching(sentence)]);
        expect(up.said).not.toMatch(/^ {4}at /m);
        const told = secretsOf(kafka).filter((secret) => up.said.includes(secret));
        expect(told).toEqual([]);
      },
      { env: { ...env, ...more } },
    ),
  );
});

async function withTopic(kafka: RunningKafka, doing: (topic: string) => Promise<void>): Promise<void> {
  const { Brokers } = await import('../../packages/poller-kafka/test/support/kafka.ts');
  const brokers = await Brokers.connect(kafka.brokers);
  try {
    await doing(await brokers.topic(1));
  } finally {
    await brokers.close();
  }
}
