/** `millrace up` as a person uses it: the built command, a real Redis, messages sent by the AWS SDK. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';

const BIN = fileURLToPath(new URL('../bin/millrace.js', import.meta.url));

interface Up {
  readonly child: ChildProcess;
  /** Standard error so far. */
  said(): string;
  ready: Promise<{ readonly sqs: string; readonly http: string }>;
  exit: Promise<number | null>;
}

function up(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Up {
  const child = spawn(process.execPath, [BIN, 'up', '--sqs-port', '0', '--http-port', '0', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = new Promise<{ sqs: string; http: string }>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, sqs, http] =
        /endpoint (\S+) \(SQS, Kinesis, DynamoDB Streams\), metrics (\S+)\/metrics/.exec(said) ?? [];
      if (sqs && http) resolve({ sqs, http });
    });
    void exit.then((code) => reject(new Error(`it ended with ${code} before it was ready: ${said}`)));
  });
  ready.catch(() => {});
  return { child, said: () => said, ready, exit };
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`still not true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function clientOf(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
}

async function counterOf(http: string, name: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{.*\\} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describeWith(['redis'], 'millrace up', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let folder: string;
  const running: Up[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    folder = mkdtempSync(join(tmpdir(), 'millrace-up-'));
    writeFileSync(join(folder, 'handler.mjs'), HANDLER);
    writeFileSync(join(folder, 'orders.yaml'), ORDERS);
  });

  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });

  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = { REDIS_URL: redis.url }): Up => {
    const one = up(folder, args, env);
    running.push(one);
    return one;
  };

  test('delivers messages to a handler, counts them, and stops on SIGTERM with exit code 0', async () => {
    const one = start(['orders.yaml']);
    const { sqs, http } = await one.ready;
    const client = clientOf(sqs);
    const QueueUrl = `${sqs}/123456789012/orders`;
    for (const MessageBody of ['a', 'b', 'c']) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    await eventually('three messages were deleted', async () => (await counterOf(http, 'DeletedEventCount')) === 3);
    expect(await counterOf(http, 'Errors')).toBe(0);
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    expect((await client.send(command)).Attributes).toMatchObject({ ApproximateNumberOfMessages: '0' });
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    one.child.kill('SIGTERM');
    expect(await one.exit).toBe(0);
    expect(one.said()).toContain('stopping');
  });

  test('lets a running invocation finish, and a second signal does not wait for it', async () => {
    writeFileSync(join(folder, 'slow.yaml'), SLOW);
    const patient = start(['slow.yaml']);
    const { sqs, http } = await patient.ready;
    await clientOf(sqs).send(new SendMessageCommand({ QueueUrl: `${sqs}/123456789012/slow`, MessageBody: 'x' }));
    await eventually('it runs', async () => (await counterOf(http, 'ConcurrentExecutions')) === 1);
    patient.child.kill('SIGTERM');
    expect(await patient.exit).toBe(0);
    const hasty = start(['slow.yaml']);
    const second = await hasty.ready;
    await clientOf(second.sqs).send(
      new SendMessageCommand({ QueueUrl: `${second.sqs}/123456789012/slow`, MessageBody: 'y' }),
    );
    await eventually('it runs', async () => (await counterOf(second.http, 'ConcurrentExecutions')) === 1);
    hasty.child.kill('SIGTERM');
    await eventually('it was heard', async () => hasty.said().includes('stopping'));
    hasty.child.kill('SIGTERM');
    expect(await hasty.exit).toBe(130);
  });

  test('starts a private Redis when none is named, and takes it along', async () => {
    const one = start(['orders.yaml', '--ephemeral'], {});
    await one.ready;
    const url = /redis:\/\/127\.0\.0\.1:\d+/.exec(one.said())?.[0];
    expect(url).not.toBe(redis.url);
    one.child.kill('SIGTERM');
    expect(await one.exit).toBe(0);
  });

  test('says where its endpoint is when somebody else has its port', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const one = start(['orders.yaml', '--sqs-port', String(port)]);
    const { sqs } = await one.ready;
    expect(one.said()).toContain(`port ${port} is taken: the endpoint is ${sqs} `);
    other.close();
    one.child.kill('SIGTERM');
    expect(await one.exit).toBe(0);
  });

  test('takes a private Redis along also when a source cannot be reached', async () => {
    const source = '{ type: kinesis, name: s, endpoint: "http://127.0.0.1:1" }';
    const mapping = '{ StartingPosition: LATEST }';
    writeFileSync(join(folder, 'away.yaml'), `source: ${source}\nmapping: ${mapping}\nfunction: { name: f }\n`);
    const data = join(folder, 'away');
    const one = start(['away.yaml', '--data', data], { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    expect(await one.exit, one.said()).toBe(2);
    expect([existsSync(data), existsSync(join(data, 'redis.json'))]).toEqual([true, false]);
  });

  test.each([
    ['a mapping that AWS refuses', { mapping: '{ BatchSize: 0 }' }, 'refused with ValidationException'],
    [
      'a stream without a starting position',
      { source: '{ type: kinesis, name: s }' },
      "Value null at 'startingPosition'",
    ],
    ['a handler file that does not exist', { function: '{ handler: ./nowhere.mjs }' }, 'nowhere.mjs'],
  ])('%s is one sentence and exit code 2', async (_what, changes, sentence) => {
    const parts = { source: '{ type: sqs, name: q }', mapping: '{}', function: '{ name: f }', ...changes };
    const text = Object.entries(parts).map(([field, value]) => `${field}: ${value}\n`);
    writeFileSync(join(folder, 'bad.yaml'), text.join(''));
    const one = start(['bad.yaml']);
    expect(await one.exit).toBe(2);
    expect(one.said()).toContain(sentence);
    expect(one.said()).not.toContain('    at ');
  });
});

const HANDLER = `export async function handler(event) {
  return { batchItemFailures: [] };
}
export async function slow(event) {
  await new Promise((resolve) => setTimeout(resolve, 1500));
}
`;

const ORDERS = `scenario: orders
source: { type: sqs, name: orders }
mapping: { BatchSize: 5, FunctionResponseTypes: [ReportBatchItemFailures] }
function: { name: consumer, handler: ./handler.mjs }
`;

const SLOW = `scenario: slow
source: { type: sqs, name: slow }
mapping: { BatchSize: 1 }
function: { name: slow, handler: ./handler.mjs#slow, timeout: 5s }
`;
