/** The built command as a process: what only a process has (exit codes, signals, pipes, files). */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGateway } from '@millrace/gateway';
import { memoryQueues, systemClock } from '@millrace/runtime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceKinds } from '../src/options/world-options.ts';
import { scratch } from './support.ts';

const millrace = fileURLToPath(new URL('../bin/millrace.js', import.meta.url));

function run(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [millrace, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
}

describe('the built command', () => {
  it('prints its version', () => {
    expect(run('.', '--version')).toEqual(
      expect.objectContaining({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) }),
    );
  });

  it.each(sourceKinds)('runs the %s starter, explains it, and gives the same JSON twice', (kind) => {
    const cwd = scratch();
    expect(run(cwd, 'init', kind)).toMatchObject({ status: 0, stderr: '' });
    const file = `${kind}.yaml`;
    const shown = run(cwd, 'run', file);
    expect(shown, shown.stdout + shown.stderr).toMatchObject({ status: 0, stderr: '' });
    const json = run(cwd, 'run', file, '--json').stdout;
    expect(run(cwd, 'run', file, '--json').stdout).toBe(json);
    expect(JSON.parse(json)).toMatchObject({
      scenario: `${kind === 'sqs' || kind === 'sqs-fifo' ? kind : kind}-starter`,
      violations: [],
      errors: [],
    });
    const record = kind === 'dynamodb' || kind === 'sqs-fifo' ? 'bad' : 'ok.1';
    expect(run(cwd, 'run', file, '--trace', 't.jsonl').status).toBe(0);
    const fromTrace = run(cwd, 'explain', 't.jsonl', record);
    expect(fromTrace).toMatchObject({ status: 0, stderr: '' });
    expect(fromTrace.stdout).toMatch(new RegExp(`^${record} was delivered `));
    expect(run(cwd, 'explain', file, record).stdout).toBe(fromTrace.stdout);
    expect(run(cwd, 'explain', file).stdout).toContain('Rules applied');
  });

  it('exits 1 with expected and actual when an expectation is missed', () => {
    const cwd = scratch();
    run(cwd, 'init', 'sqs', '--file', 'q.yaml');
    const text = readFileSync(join(cwd, 'q.yaml'), 'utf8').replace('deliveries: { bad: 3 }', 'deliveries: { bad: 2 }');
    writeFileSync(join(cwd, 'q.yaml'), text);
    const missed = run(cwd, 'run', 'q.yaml');
    expect(missed.status).toBe(1);
    expect(missed.stdout).toMatch(/Not as expected[\s\S]*bad[\s\S]*expected {2}2\n +actual {4}3/);
  });

  it('exits 2 with what AWS answers when the mapping is refused, and prints a result with --json', () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'x.yaml'), 'scenario: x\nsource: { type: sqs }\nmapping: { BatchSize: 11 }\nrecords: []\n');
    const refused = run(cwd, 'run', 'x.yaml', '--json');
    expect(refused.status).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      invocations: [],
      errors: [{ code: 'InvalidParameterValueException' }],
    });
  });

  it('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [millrace, 'rules', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.on('data', (data) => {
      err += String(data);
    });
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, err]).toEqual([0, '']);
  });

  it('answers Ctrl-C with what is known, whole lines in the partial trace, and 130', async () => {
    const cwd = scratch();
    const child = spawn(process.execPath, [millrace, 'replay', '-', '--source', 'kinesis', '--trace', 't.jsonl'], {
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (data) => {
      out += String(data);
    });
    const feeding = setInterval(() => child.stdin.write('{"key":"a","data":{"x":1}}\n'.repeat(2000)), 5);
    child.stdin.on('error', () => undefined);
    const closed = new Promise((resolve) => child.on('close', resolve));
    while (!existsSync(join(cwd, 't.jsonl.partial'))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const code = await closed;
    clearInterval(feeding);
    expect(code).toBe(130);
    expect(out).toContain('Records');
    expect(existsSync(join(cwd, 't.jsonl'))).toBe(false);
    expect(readFileSync(join(cwd, 't.jsonl.partial'), 'utf8')).toMatch(/^(\{.*\}\n)*$/);
  });
});

describe('the built command on a queue', () => {
  /** A queue `orders` behind an endpoint of the test's own. */
  async function orders() {
    const queues = memoryQueues({ clock: systemClock });
    const gateway = await startGateway({ queues, region: 'us-east-1', accountId: '123456789012' });
    onTestFinished(() => gateway.close());
    const ask = async (operation: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { 'x-amz-target': `AmazonSQS.${operation}`, 'content-type': 'application/x-amz-json-1.0' };
      return (await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    };
    const { QueueUrl } = await ask('CreateQueue', { QueueName: 'orders' });
    const visible = async () => {
      const { Attributes } = await ask('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
      return Number((Attributes as Record<string, string>).ApproximateNumberOfMessages);
    };
    const start = (...args: string[]) => {
      const env = { ...process.env, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
      const child = spawn(process.execPath, [millrace, ...args, '--endpoint', gateway.url], { env });
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk: Buffer) => {
        said.out += String(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        said.err += String(chunk);
      });
      const code = new Promise((resolve) => child.on('close', resolve));
      return { child, said, code };
    };
    return { ask, QueueUrl, visible, start };
  }

  it('record gives everything back when its reader goes away', async () => {
    const { ask, QueueUrl, visible, start } = await orders();
    for (let batch = 0; batch < 20; batch += 1) {
      const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: String(n), MessageBody: 'x'.repeat(2000) }));
      await ask('SendMessageBatch', { QueueUrl, Entries });
    }
    const { child, said, code } = start('record', 'sqs:orders');
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await code).toBe(0);
    expect(said.err).not.toContain('written');
    expect(await visible()).toBe(200);
  }, 20_000);

  it('send says at SIGTERM what it says at Ctrl-C', async () => {
    const { visible, start } = await orders();
    const { child, said, code } = start('send', 'orders', '-');
    child.stdin.write('{"body":"a"}\n'.repeat(2000));
    while ((await visible()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    expect(await code).toBe(130);
    expect(said.out).toMatch(/^Interrupted: [\d,]+ messages? sent to orders/);
  }, 20_000);
});
