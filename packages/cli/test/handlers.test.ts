/** What users' code may do to the process that runs it, and what becomes of it: the built command as a process. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scratch } from './support.ts';

const millrace = fileURLToPath(new URL('../bin/millrace.js', import.meta.url));

const fixture = `{"millrace":1,"source":{"type":"sqs","name":"jobs"}}
{"id":"bad","at":"0s","body":"bad"}
{"id":"good","at":"1s","body":"good"}
`;

/** Runs two messages through a handler; the statements see `body` and are run for the bad one only. */
function runHandler(statements: string, ...flags: string[]) {
  const cwd = scratch();
  writeFileSync(join(cwd, 'jobs.jsonl'), fixture);
  writeFileSync(
    join(cwd, 'h.mjs'),
    `export async function handler(event) {\n  for (const { body } of event.Records) if (body === 'bad') { ${statements} }\n}\n`,
  );
  const args = [
    'replay',
    'jobs.jsonl',
    '--handler',
    './h.mjs#handler',
    '--batch-size',
    '1',
    '--visibility-timeout',
    '1m',
  ];
  const given = [...args, '--redrive-max-receive-count', '2', ...flags];
  const ran = spawnSync(process.execPath, [millrace, ...given], { cwd, encoding: 'utf8', timeout: 30_000 });
  return { cwd, status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

interface Shown {
  readonly invocations: readonly { readonly records: readonly string[]; readonly outcome: string }[];
  readonly records: readonly { readonly id: string; readonly fate: string }[];
}

function fatesOf(stdout: string): Record<string, string> {
  return Object.fromEntries((JSON.parse(stdout) as Shown).records.map(({ id, fate }) => [id, fate]));
}

describe('a handler', () => {
  it.each([
    ['throws', "throw new RangeError('too much');", 'error'],
    [
      'leaves a promise alone that is rejected',
      "Promise.reject(new Error('stray')); await new Promise((r) => setTimeout(r, 20));",
      'error',
    ],
    [
      'throws in a callback',
      "setTimeout(() => { throw new Error('late'); }, 1); await new Promise((r) => setTimeout(r, 20));",
      'error',
    ],
    ['ends the process', 'process.exit(3);', 'error'],
    ['ends the process in a callback', 'await new Promise(() => setTimeout(() => process.exit(3), 1));', 'error'],
    ['never answers', 'await new Promise(() => {});', 'timeout'],
  ])('that %s fails its own invocations only', (_what, statements, outcome) => {
    const { status, stdout } = runHandler(statements, '--json');
    expect(status).toBe(0);
    expect(fatesOf(stdout)).toEqual({ bad: 'dead-lettered', good: 'succeeded' });
    const outcomes = (JSON.parse(stdout) as Shown).invocations.map((one) => [one.records[0], one.outcome]);
    expect(outcomes.filter(([record]) => record === 'bad')).toEqual([
      ['bad', outcome],
      ['bad', outcome],
    ]);
  });

  it('that never answers is told of once, in one sentence', () => {
    const { stderr } = runHandler('await new Promise(() => {});');
    expect(stderr).toMatch(/^A handler did not answer within 1m of real time.*--patience.*\n$/);
  });

  it('is waited for as long as asked', () => {
    const slow = 'await new Promise((r) => setTimeout(r, 300));';
    expect(fatesOf(runHandler(slow, '--json', '--patience', '10s').stdout).bad).toBe('succeeded');
    const { stdout, stderr } = runHandler(slow, '--json', '--patience', '10ms');
    expect(fatesOf(stdout).bad).toBe('dead-lettered');
    expect(stderr).toContain('within 10ms of real time');
  });

  it('logs to standard error, so that the JSON stays whole', () => {
    const { stdout, stderr } = runHandler("console.log('a log'); console.info('b'); console.error('c');", '--json');
    expect(fatesOf(stdout).bad).toBe('succeeded');
    expect(stderr).toBe('a log\nb\nc\n');
  });

  it('that keeps timers or connections open does not keep the command', () => {
    expect(runHandler('setInterval(() => {}, 1000);').status).toBe(0);
  });

  it('whose promise is rejected after its answer ends the run with one sentence, and leaves no trace behind', () => {
    const late = "Promise.reject(new Error('stray'));";
    const { cwd, status, stdout, stderr } = runHandler(late, '--trace', 't.jsonl');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('A promise that nobody awaits was rejected, by a handler that had answered already: stray.\n');
    expect([existsSync(join(cwd, 't.jsonl')), existsSync(join(cwd, 't.jsonl.partial'))]).toEqual([false, false]);
  });
});

it('the file of a handler that ends the process while it loads is refused', () => {
  const cwd = scratch();
  writeFileSync(join(cwd, 'jobs.jsonl'), fixture);
  writeFileSync(join(cwd, 'h.mjs'), "Promise.reject(new Error('at load'));\nexport const handler = () => ({});\n");
  const ran = spawnSync(process.execPath, [millrace, 'replay', 'jobs.jsonl', '--handler', './h.mjs'], {
    cwd,
    encoding: 'utf8',
  });
  expect([ran.status, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toBe(
    'A promise that nobody awaits was rejected, most likely by the file of a handler: at load.\n',
  );
});
