/** A test run on a machine without Redis: what runs, what is left out, what it says; and what CI makes of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { areRequired, type ComponentName, type ComponentStatus } from '../../infra/components/ensure.mjs';
import { leftOutLines } from './left-out.ts';
import { leftOutMark } from './marks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The fixture's tests in a vitest of their own. */
function runFixture(env: Record<string, string>) {
  const counts = join(scratch, 'counts');
  const args = ['run', '--config', 'test/components/fixture/vitest.config.mjs', '--reporter=default'];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const run = spawnSync(process.execPath, [vitest, ...args, `--reporter=${join(root, 'infra/counts-reporter.mjs')}`], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', CI: '', MILLRACE_COUNTS: counts, ...env },
  });
  return { status: run.status, output: run.stdout + run.stderr, counts: readFileSync(counts, 'utf8').trim() };
}

const withoutRedis = { MILLRACE_REDIS_SERVER: '/nowhere/redis-server' };

describe('a run without Redis', () => {
  test('leaves out what needs it, counts it as skipped and says why at its end', () => {
    const { status, output, counts } = runFixture({ ...withoutRedis, MILLRACE_REQUIRE_COMPONENTS: '0' });
    expect({ status, counts }).toEqual({ status: 0, counts: '1 passed, 0 failed, 2 skipped' });
    expect(output.trimEnd().split('\n').slice(-2)).toEqual([
      'millrace: 2 tests were left out, because components are missing:',
      'millrace:   redis: MILLRACE_REDIS_SERVER names no program: /nowhere/redis-server',
    ]);
  });

  test.each([{ MILLRACE_REQUIRE_COMPONENTS: '1' }, { CI: 'true', MILLRACE_REQUIRE_COMPONENTS: '' }])(
    'fails what needs it under %j',
    (required) => {
      const { status, output, counts } = runFixture({ ...withoutRedis, ...required });
      expect({ status, counts }).toEqual({ status: 1, counts: '1 passed, 1 failed, 0 skipped' });
      expect(output).toContain('redis: MILLRACE_REDIS_SERVER names no program: /nowhere/redis-server');
    },
  );
});

describe('components are required', () => {
  test('by MILLRACE_REQUIRE_COMPONENTS, and by CI where that says nothing', () => {
    expect(areRequired({})).toBe(false);
    expect(areRequired({ CI: 'true' })).toBe(true);
    expect(areRequired({ CI: 'false' })).toBe(false);
    expect(areRequired({ MILLRACE_REQUIRE_COMPONENTS: '1' })).toBe(true);
    expect(areRequired({ CI: 'true', MILLRACE_REQUIRE_COMPONENTS: '0' })).toBe(false);
  });
});

describe('the end of a run', () => {
  const statuses: Record<ComponentName, ComponentStatus> = {
    redis: { problem: 'no redis-server' },
    elasticmq: {},
    kafka: {},
    'kafka-private': {},
    'dynamodb-local': {},
    'kinesis-mock': {},
    'aws-cli': {},
    python3: {},
    boto3: {},
    awslambdaric: {},
  };

  test('says nothing about components when nothing was left out for them', () => {
    expect(leftOutLines(statuses, [])).toEqual([]);
    expect(leftOutLines(statuses, ['a suite > a test that runs on Windows only'])).toEqual([]);
  });

  test('names what was missing', () => {
    expect(leftOutLines(statuses, [`a queue${leftOutMark}redis) > receives`])).toEqual([
      '1 test was left out, because components are missing:',
      '  redis: no redis-server',
    ]);
  });
});
