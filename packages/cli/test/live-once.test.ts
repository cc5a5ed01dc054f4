/** `millrace up --once`: a scenario on the wall clock, with the report and the exit code of `millrace run`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startGateway } from '@millrace/gateway';
import { connectRedis } from '@millrace/redis';
import { memoryQueues } from '@millrace/runtime';
import { type RunResult, resultOfTrace } from '@millrace/simulation';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { session } from './support.ts';

const ORDERS = `
source: { type: sqs, name: orders, visibilityTimeout: 1s }
mapping: { BatchSize: 1 }
function: { timeout: 1s, behavior: [{ match: { body: { bad: [true] } }, attempts: 1, do: throw }] }
records:
  - { id: good, at: 100ms, body: { bad: false } }
  - { id: bad, at: 200ms, body: { bad: true } }
`;

describeWith(['redis'], 'millrace up --once', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let folder: string;

  beforeAll(async () => {
    redis = await startRedis();
    process.env.REDIS_URL = redis.url;
    process.env.AWS_ACCESS_KEY_ID = 'local';
    process.env.AWS_SECRET_ACCESS_KEY = 'local';
    folder = mkdtempSync(join(tmpdir(), 'millrace-once-'));
  });
  afterAll(async () => {
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function scenario(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  async function once(file: string, ...flags: string[]) {
    const shell = session();
    const code = await shell.run('up', '--once', file, '--data', folder, ...flags);
    return { code, out: shell.out, err: shell.err };
  }

  async function resultOf(file: string, ...flags: string[]): Promise<RunResult> {
    const { code, out, err } = await once(file, '--json', ...flags);
    expect(err).toBe('');
    expect(code).toBe(0);
    return JSON.parse(out);
  }

  async function keysLeft(): Promise<number> {
    const client = connectRedis(redis.url);
    const size = await client.dbsize();
    client.disconnect();
    return size;
  }

  test('prints the result as JSON, and leaves nothing on Redis', async () => {
    const file = scenario('orders.yaml', `${ORDERS}\nexpect: { invocations: 3, fates: { bad: succeeded } }\n`);
    const result = await resultOf(file);
    expect(result).toMatchObject({
      scenario: 'orders',
      seed: 1,
      records: [
        { id: 'good', deliveries: 1, fate: 'succeeded' },
        { id: 'bad', deliveries: 2, fate: 'succeeded' },
      ],
      metrics: { PolledEventCount: 3, DeletedEventCount: 2, Errors: 1 },
      violations: [],
      errors: [],
    });
    const [, first, second] = result.invocations;
    expect(first?.startMs).toBeGreaterThanOrEqual(200);
    expect((second?.startMs ?? 0) - (first?.startMs ?? 0)).toBeGreaterThanOrEqual(990);
    expect(result.virtualMs).toBeGreaterThanOrEqual(second?.endMs ?? 0);
    expect(await keysLeft()).toBe(0);
  });

  test('its trace holds all of the result', async () => {
    const trace = join(folder, 'trace.jsonl');
    const result = await resultOf(scenario('traced.yaml', ORDERS), '--trace', trace, '--events');
    const [header, ...lines] = readFileSync(trace, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(resultOfTrace(header, lines)).toEqual(result);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    const settled = lines.find(({ what }) => what === 'settled');
    expect(settled.data.endMs).toBeLessThanOrEqual(result.virtualMs);
    expect(result.invocations[0]?.event).toMatchObject({ Records: [{ body: '{"bad":false}' }] });
  });

  test('says what it says of a run in virtual time, and exits with 1 where an expectation breaks', async () => {
    const { code, out } = await once(scenario('misses.yaml', `${ORDERS}\nexpect: { invocations: 2 }\n`));
    expect(code).toBe(1);
    expect(out).toContain('✓ success');
    expect(out).toContain('expect.invocations');
  });

  test('exits with 2 where AWS would refuse the mapping', async () => {
    const file = scenario('refused.yaml', 'source: { type: sqs, name: orders }\nmapping: { BatchSize: 11 }\n');
    const { code, out } = await once(file);
    expect(code).toBe(2);
    expect(out).toContain('Maximum batch window in seconds must be greater than 0');
  });

  test('refuses what only virtual time can do, by file, line and field', async () => {
    const source = 'source: { type: msk }\nmapping: { StartingPosition: LATEST }';
    const text = `${source}\nevents:\n  - { at: 1s, do: rebalance }\n`;
    const { code, err } = await once(scenario('virtual.yaml', text));
    expect(code).toBe(2);
    expect(err).toContain('virtual.yaml line 4: `events[0].do` cannot be `rebalance` in a live run');
  });

  test('an expected time may be late by the tolerance, and never early', async () => {
    const text = (startMs: number) => `${ORDERS}\nexpect: { invocationsAt: [{ index: 0, startMs: ${startMs} }] }\n`;
    expect((await once(scenario('late.yaml', text(1)), '--tolerance', '10s')).code).toBe(0);
    expect((await once(scenario('early.yaml', text(100_000)), '--tolerance', '10s')).code).toBe(1);
  });

  test('flags of a played scenario need one', async () => {
    const shell = session();
    expect(await shell.run('up', scenario('plain.yaml', ORDERS), '--json')).toBe(2);
    expect(shell.err).toContain('--json needs --once');
  });

  test('stops at --until, with what still runs', async () => {
    const text = `source: { type: sqs }\nmapping: {}\nfunction: { duration: 20s, timeout: 25s }\nrecords: [{ id: a }, { id: b, at: 10s }]\n`;
    const result = await resultOf(scenario('until.yaml', text), '--until', '500ms');
    expect(result).toMatchObject({
      virtualMs: 500,
      invocations: [{ records: ['a'], outcome: 'lost', endMs: 500 }],
      records: [{ id: 'a', fate: 'pending' }],
      violations: [],
    });
    expect(await keysLeft()).toBe(0);
  });

  test('Ctrl-C ends it with what is known so far', async () => {
    const shell = session();
    const file = scenario(
      'long.yaml',
      'source: { type: sqs }\nmapping: {}\nrecords: [{ id: a }, { id: b, at: 10m }]\n',
    );
    const code = shell.run('up', '--once', file, '--data', folder, '--trace', '/dev/null');
    const timer = setInterval(() => shell.interrupt?.(), 200);
    expect(await code).toBe(130);
    clearInterval(timer);
    expect(shell.err).toContain('Interrupted');
  });

  test('runs real code', async () => {
    writeFileSync(
      join(folder, 'handler.mjs'),
      'export const fn = async ({ Records }) => ({ batchItemFailures: Records.filter(({ body }) => JSON.parse(body).bad && false) });\n',
    );
    const file = scenario(
      'real.yaml',
      'source: { type: sqs }\nmapping: {}\nfunction: { handler: ./handler.mjs#fn, timeout: 10s }\nrecords: [{ id: a, body: { n: 1 } }]\n',
    );
    expect(await resultOf(file)).toMatchObject({ records: [{ id: 'a', deliveries: 1, fate: 'succeeded' }] });
  });

  test('plays through the SDK where a source is at an endpoint, with what others have sent there', async () => {
    const queues = memoryQueues();
    const gateway = await startGateway({
      queues,
      host: '127.0.0.1',
      port: 0,
      region: 'us-east-1',
      accountId: '123456789012',
    });
    onTestFinished(() => gateway.close());
    const client = new SQSClient({ endpoint: gateway.url, region: 'us-east-1' });
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'orders' }));
    const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'from elsewhere' }));
    client.destroy();
    const file = scenario(
      'endpoint.yaml',
      `source: { type: sqs, name: orders, endpoint: "${gateway.url}" }
mapping: { BatchSize: 1 }
records:
  - { id: m, at: 500ms, repeat: 12, body: x, attributes: { Title: { type: String, value: t } } }
  - { id: purged, at: 1s, body: x, delay: 60s }
events: [{ at: 1500ms, do: purge }]
`,
    );
    const result = await resultOf(file, '--events');
    const fates = Object.fromEntries(result.records.map(({ id, fate }) => [id, fate]));
    expect(fates).toMatchObject({
      [MessageId ?? '']: 'succeeded',
      'm.1': 'succeeded',
      'm.12': 'succeeded',
      purged: 'removed',
    });
    expect(result.records).toHaveLength(14);
    const sent = result.invocations.find(({ records }) => records[0] === 'm.1');
    expect(sent?.event).toMatchObject({ Records: [{ messageAttributes: { Title: { stringValue: 't' } } }] });
  });
});
