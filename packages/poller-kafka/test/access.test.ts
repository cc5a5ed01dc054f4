/** Logins from SourceAccessConfigurations, and the secrets behind them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaAccess, readSecret, SecretMissing, secretName } from '@millrace/poller-kafka';
import { afterAll, expect, test } from 'vitest';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka/login-AbCdEf';
const VARIABLE = 'MILLRACE_SECRET_KAFKA_LOGIN_ABCDEF';
const LOGIN = '{"username":"u","password":"hunter2"}';
const dir = mkdtempSync(join(tmpdir(), 'millrace-secret-'));

afterAll(() => rmSync(dir, { recursive: true }));

test('a secret is called by the name in its ARN', () => {
  expect(secretName(ARN)).toBe('KAFKA_LOGIN_ABCDEF');
  expect(secretName('plain name')).toBe('PLAIN_NAME');
});

test('a secret stands in the environment, or in a file that it names', async () => {
  expect(await readSecret(ARN, { [VARIABLE]: LOGIN })).toEqual({ username: 'u', password: 'hunter2' });
  const file = join(dir, 'login.json');
  writeFileSync(file, LOGIN);
  expect(await readSecret(ARN, { MILLRACE_SECRET_FILE_KAFKA_LOGIN_ABCDEF: file })).toHaveProperty('username', 'u');
});

test.each([
  [
    {},
    `The secret ${ARN} is not known here: set ${VARIABLE} to its JSON, or MILLRACE_SECRET_FILE_KAFKA_LOGIN_ABCDEF to the path of a file with it.`,
  ],
  [
    { MILLRACE_SECRET_FILE_KAFKA_LOGIN_ABCDEF: '/no/such' },
    'The file /no/such that MILLRACE_SECRET_FILE_KAFKA_LOGIN_ABCDEF names cannot be read (ENOENT).',
  ],
  [
    { [VARIABLE]: 'hunter2' },
    `What stands in the variable ${VARIABLE} is not a JSON object of texts, such as {"username":"…","password":"…"}.`,
  ],
  [
    { [VARIABLE]: '{"password":7,"x":"hunter2"}' },
    `What stands in the variable ${VARIABLE} is not a JSON object of texts, such as {"username":"…","password":"…"}.`,
  ],
  [{ [VARIABLE]: '{"password":"hunter2"}' }, `The secret ${ARN} has no "username".`],
])('a secret that is missing or of no use: %j', async (env, sentence) => {
  const error = await kafkaAccess([{ Type: 'BASIC_AUTH', URI: ARN }], env).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(SecretMissing);
  expect((error as Error).message).toBe(sentence);
  expect((error as Error).message).not.toContain('hunter2');
});

test.each([
  ['BASIC_AUTH', 'plain'],
  ['SASL_SCRAM_256_AUTH', 'scram-sha-256'],
  ['SASL_SCRAM_512_AUTH', 'scram-sha-512'],
])('%s is a login over TLS', async (type, mechanism) => {
  const access = await kafkaAccess([{ Type: type, URI: ARN }], { [VARIABLE]: LOGIN });
  expect(access).toEqual({ ssl: {}, sasl: { mechanism, username: 'u', password: 'hunter2' } });
});

test('certificates of the client and of the authority go together with a login', async () => {
  const env = {
    [VARIABLE]: LOGIN,
    MILLRACE_SECRET_CA: '{"certificate":"CA"}',
    MILLRACE_SECRET_MINE: '{"certificate":"C","privateKey":"K","privateKeyPassword":"P"}',
  };
  const configurations = [
    { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: 'CA' },
    { Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: 'mine' },
    { Type: 'BASIC_AUTH', URI: ARN },
  ];
  expect((await kafkaAccess(configurations, env)).ssl).toEqual({ ca: 'CA', cert: 'C', key: 'K', passphrase: 'P' });
});

test('network entries are carried, and nothing at all is clear text', async () => {
  const vpc = [
    { Type: 'VPC_SUBNET', URI: 'subnet:s' },
    { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:g' },
  ];
  expect(await kafkaAccess(vpc, {})).toEqual({});
  await expect(kafkaAccess([{ Type: 'VIRTUAL_HOST', URI: ARN }], { [VARIABLE]: LOGIN })).rejects.toThrow(
    'SourceAccessConfigurations of type VIRTUAL_HOST are not supported for Kafka.',
  );
  const two = ['BASIC_AUTH', 'SASL_SCRAM_512_AUTH'].map((Type) => ({ Type, URI: ARN }));
  await expect(kafkaAccess(two, { [VARIABLE]: LOGIN })).rejects.toThrow(/two logins/);
});
