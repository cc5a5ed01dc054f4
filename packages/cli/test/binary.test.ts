/** The built command as a process: what only a process has (exit codes, signals, pipes, files). */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
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
