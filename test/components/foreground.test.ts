/** `node infra/redis.mjs` and its neighbours as a person runs them, and compose.yaml, which has the same. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeCertificates } from '../../infra/components/certificates.mjs';
import { dynamoDbAnswers } from '../../infra/components/dynamodbLocal.mjs';
import { answersHealth } from '../../infra/components/elasticmq.mjs';
import { kafkaAnswers } from '../../infra/components/kafka.mjs';
import { kinesisAnswers } from '../../infra/components/kinesisMock.mjs';
import { freePort } from '../../infra/components/process.mjs';
import { redisAnswers, redisProcessId } from '../../infra/components/redis.mjs';
import { describeWith } from './available.ts';
import { until } from './processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const started: ChildProcess[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function runToEnd(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const done = spawnSync(process.execPath, [`infra/${script}.mjs`, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, ...env },
  });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** Starts a script and waits for the line that says it is ready. */
async function runUntilReady(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [`infra/${script}.mjs`, ...args], { cwd: root });
  started.push(child);
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  await until(`${script} is ready`, () => said.includes(' is ready: '), 30_000);
  const stop = async () => {
    child.kill('SIGINT');
    await until(`${script} ended`, () => child.exitCode !== null || child.signalCode !== null);
    return { status: child.exitCode, said };
  };
  return { stop, said: () => said, hasEnded: () => child.exitCode !== null, exitCode: () => child.exitCode };
}

describeWith(['redis'], 'node infra/redis.mjs', () => {
  test('starts Redis, says where, leaves a running one alone, and stops its own on Ctrl-C', async () => {
    const port = await freePort();
    const redis = await runUntilReady('redis', ['--port', String(port)]);
    expect(redis.said()).toBe(`Redis is ready: redis://127.0.0.1:${port} (Ctrl-C stops it)\n`);
    expect(runToEnd('redis', ['--port', String(port)])).toEqual({
      status: 0,
      stdout: `Redis answers already: redis://127.0.0.1:${port}\n`,
      stderr: '',
    });
    expect(await redisAnswers(port)).toBe(true);
    const { status, said } = await redis.stop();
    expect({ status, lastLine: said.trim().split('\n').at(-1) }).toEqual({ status: 0, lastLine: 'Redis is stopped.' });
    expect(await redisAnswers(port)).toBe(false);
  });

  test('keeps its data where --data says', async () => {
    const data = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    folders.push(data);
    const redis = await runUntilReady('redis', ['--port', String(await freePort()), '--data', data]);
    await redis.stop();
    expect(existsSync(join(data, 'appendonlydir'))).toBe(true);
  });

  test('ends with 1 and says so when its Redis ends by itself', async () => {
    const port = await freePort();
    const redis = await runUntilReady('redis', ['--port', String(port)]);
    process.kill((await redisProcessId(port)) ?? 0, 'SIGKILL');
    await until('the script ended', redis.hasEnded);
    expect(redis.exitCode()).toBe(1);
    expect(redis.said()).toContain('Redis ended by itself.');
  });
});

describe('node infra/redis.mjs', () => {
  test('says in one sentence what is missing', async () => {
    const env = { MILLRACE_REDIS_SERVER: '/nowhere/redis-server' };
    expect(runToEnd('redis', ['--port', String(await freePort())], env)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'MILLRACE_REDIS_SERVER names no program: /nowhere/redis-server\n',
    });
  });

  test.each(['x', '0', '70000', '1.5'])('refuses --port %s', (port) => {
    expect(runToEnd('redis', ['--port', port])).toEqual({
      status: 1,
      stdout: '',
      stderr: `--port of Redis is a number from 1 to 65535, not ${port}.\n`,
    });
  });
});

const http = (port: number) => `http://127.0.0.1:${port}`;
const others = [
  { script: 'elasticmq', component: 'elasticmq', name: 'ElasticMQ', answers: answersHealth, url: http },
  { script: 'dynamodb', component: 'dynamodb-local', name: 'DynamoDB Local', answers: dynamoDbAnswers, url: http },
  { script: 'kinesis', component: 'kinesis-mock', name: 'kinesis-mock', answers: kinesisAnswers, url: http },
  {
    script: 'kafka',
    component: 'kafka-private',
    name: 'Kafka',
    answers: (port: number) => kafkaAnswers(port),
    url: (port: number) => `127.0.0.1:${port}`,
  },
] as const;

for (const { script, component, name, answers, url } of others) {
  describeWith([component], `node infra/${script}.mjs`, () => {
    test(`starts ${name}, leaves a running one alone, and stops its own on Ctrl-C`, async () => {
      const port = await freePort();
      const running = await runUntilReady(script, ['--port', String(port)]);
      expect(running.said()).toContain(`${name} is ready: ${url(port)} (Ctrl-C stops it)\n`);
      expect(runToEnd(script, ['--port', String(port)]).stdout).toBe(`${name} answers already: ${url(port)}\n`);
      expect((await running.stop()).status).toBe(0);
      expect(await answers(port)).toBe(false);
    });
  });
}

describeWith(['kafka-private'], 'node infra/kafka.mjs --secure', () => {
  test('listens on the next three ports too, and leaves the same certificates for clients each time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    folders.push(folder);
    const port = await freePort();
    const kafka = await runUntilReady('kafka', ['--port', String(port), '--secure', folder]);
    await until('it said where', () => kafka.said().includes('certificates: '));
    expect(kafka.said()).toContain(
      `  SASL_PLAINTEXT: 127.0.0.1:${port + 1}\n  SASL_SSL: 127.0.0.1:${port + 2}\n  SSL: 127.0.0.1:${port + 3}\n`,
    );
    const [ca, cert, key] = ['ca.pem', 'client.pem', 'client.key'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    expect(await tlsAccepts(port + 3, { ca, cert, key })).toBe(true);
    expect(await tlsAccepts(port + 3, { ca })).toBe(false);
    await kafka.stop();
    expect((await makeCertificates(folder)).cert).toBe(cert);
  });
});

describeWith(['kafka-private'], 'node infra/certificates.mjs', () => {
  test('writes certificates to a folder once, for those who start Kafka with Docker', () => {
    const parent = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    folders.push(parent);
    const folder = join(parent, 'tls');
    expect(runToEnd('certificates', [folder])).toEqual({
      status: 0,
      stdout: `${folder} has the certificates.\n`,
      stderr: '',
    });
    const before = readFileSync(join(folder, 'server-both.pem'), 'utf8');
    expect(before).toMatch(/BEGIN PRIVATE KEY.*BEGIN CERTIFICATE/s);
    expect(runToEnd('certificates', [folder]).status).toBe(0);
    expect(readFileSync(join(folder, 'server-both.pem'), 'utf8')).toBe(before);
    expect(runToEnd('certificates', [])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^Name one folder/),
    });
  });
});

describeWith(['kinesis-mock'], 'node infra/kinesis.mjs --stream', () => {
  test('refuses what is not NAME:SHARDS, in one sentence', async () => {
    const refused = runToEnd('kinesis', ['--port', String(await freePort()), '--stream', 'orders:none']);
    expect(refused).toEqual({
      status: 1,
      stdout: '',
      stderr: '--stream is NAME:SHARDS, such as orders:4, not orders:none.\n',
    });
  });
});

interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly healthcheck: unknown;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

describe('compose.yaml', () => {
  const text = readFileSync(join(root, 'compose.yaml'), 'utf8');
  const { services } = parse(text, { merge: true }) as { readonly services: Readonly<Record<string, Service>> };
  const numbered = (...ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}:${port}`);

  test('has the same components on the same ports, for this machine only', () => {
    expect(Object.fromEntries(Object.entries(services).map(([name, { ports }]) => [name, ports]))).toEqual({
      redis: numbered(6379),
      elasticmq: numbered(9324),
      kafka: numbered(9092),
      'kafka-secure': numbered(9192, 9193, 9194, 9195),
      dynamodb: numbered(8000),
      kinesis: numbered(4568),
    });
  });

  test('starts the Kafka with certificates only for those who ask for it', () => {
    const hidden = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
    expect(hidden.map(([name, { profiles }]) => [name, profiles])).toEqual([['kafka-secure', ['secure']]]);
  });

  test('pins its images and checks their health; versions are those that Maven and npm fetch', () => {
    for (const { image, healthcheck } of Object.values(services)) {
      expect(image).toMatch(/:\d+\.\d+\.\d+/);
      expect(healthcheck).toBeDefined();
    }
    const inFile = (file: string, pattern: RegExp) =>
      pattern.exec(readFileSync(join(root, 'infra', file), 'utf8'))?.[1];
    const version = (service: string) => services[service]?.image.split(':')[1];
    expect({ elasticmq: version('elasticmq'), kafka: version('kafka'), kinesis: version('kinesis') }).toEqual({
      elasticmq: inFile('components/elasticmq/pom.xml', /elasticmq-server_2\.13<\/artifactId>\s*<version>([^<]+)/),
      kafka: inFile('components/kafka/pom.xml', /kafka_2\.13<\/artifactId>\s*<version>([^<]+)/),
      kinesis: inFile('components/kinesisMock.mjs', /name: 'kinesis-local',\s*version: '([^']+)'/),
    });
    expect(version('kafka-secure')).toBe(version('kafka'));
  });

  test('tells Kafka one address for each port that is open, and a protocol for each listener', () => {
    for (const name of ['kafka', 'kafka-secure']) {
      const { environment = {}, ports = [] } = services[name] ?? {};
      const advertised = environment.KAFKA_ADVERTISED_LISTENERS?.split(',') ?? [];
      expect(advertised.map((each) => each.split('://')[1])).toEqual(ports.map((port) => port.replace(/:\d+$/, '')));
      const listeners = environment.KAFKA_LISTENERS?.split(',').map((each) => each.split('://')[0]);
      const mapped = environment.KAFKA_LISTENER_SECURITY_PROTOCOL_MAP?.split(',').map((each) => each.split(':')[0]);
      expect(mapped).toEqual(listeners);
    }
  });
});

/** Whether a server goes on talking to a client with these certificates. */
async function tlsAccepts(port: number, certificates: ConnectionOptions): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', ...certificates });
  try {
    await once(socket, 'secureConnect');
    // In TLS 1.3 a server refuses a client only after the client thinks that all is well.
    socket.write('\0\0\0\x0a\0\x12\0\0MILL\0\0');
    return (await once(socket, 'data')).length > 0;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
