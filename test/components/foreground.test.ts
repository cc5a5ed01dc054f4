/** `node infra/redis.mjs` and `node infra/elasticmq.mjs` as a person runs them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { answersHealth } from '../../infra/components/elasticmq.mjs';
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

describeWith(['elasticmq'], 'node infra/elasticmq.mjs', () => {
  test('starts ElasticMQ, leaves a running one alone, and stops its own on Ctrl-C', async () => {
    const port = await freePort();
    const elasticMq = await runUntilReady('elasticmq', ['--port', String(port)]);
    expect(elasticMq.said()).toContain(`ElasticMQ is ready: http://127.0.0.1:${port} (Ctrl-C stops it)\n`);
    expect(runToEnd('elasticmq', ['--port', String(port)]).stdout).toBe(
      `ElasticMQ answers already: http://127.0.0.1:${port}\n`,
    );
    expect((await elasticMq.stop()).status).toBe(0);
    expect(await answersHealth(port)).toBe(false);
  });
});

interface Compose {
  readonly services: Record<
    string,
    { readonly image: string; readonly ports: string[]; readonly healthcheck: unknown }
  >;
}

describe('compose.yaml', () => {
  const { services } = parse(readFileSync(join(root, 'compose.yaml'), 'utf8')) as Compose;

  test('has the same two components on the same ports, for this machine only', () => {
    expect(Object.entries(services).map(([name, { ports }]) => [name, ports])).toEqual([
      ['redis', ['127.0.0.1:6379:6379']],
      ['elasticmq', ['127.0.0.1:9324:9324']],
    ]);
  });

  test('pins its images and checks their health; ElasticMQ is the version that Maven fetches', () => {
    for (const { image, healthcheck } of Object.values(services)) {
      expect(image).toMatch(/:\d+\.\d+\.\d+/);
      expect(healthcheck).toBeDefined();
    }
    const pom = readFileSync(join(root, 'infra/components/elasticmq/pom.xml'), 'utf8');
    const version = /elasticmq-server_2\.13<\/artifactId>\s*<version>([^<]+)/.exec(pom)?.[1];
    expect(services.elasticmq?.image.split(':')[1]).toBe(version);
  });
});
