/** infra/components/redis.mjs: a private Redis starts, answers, is paused, killed and started again, and leaves nothing. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ask } from '../../infra/components/process.mjs';
import {
  findRedisServer,
  type RedisOptions,
  redisAnswers,
  redisProcessId,
  startRedis,
} from '../../infra/components/redis.mjs';
import { describeWith } from './available.ts';
import { isAlive } from './processes.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function redis(options?: RedisOptions) {
  const started = await startRedis(options);
  cleanups.push(() => started.stop());
  return started;
}

/** One command as a person would type it. @returns the last line of its answer; undefined when there is none in time. */
async function command(port: number, line: string, patienceMs = 2_000): Promise<string | undefined> {
  const answer = await ask(port, `${line}\r\nECHO ended\r\n`, (text) => text.endsWith('ended\r\n'), patienceMs);
  return answer?.split('\r\n').at(-4);
}

describeWith(['redis'], 'a private Redis', () => {
  test('is ready when start resolves, and is the very process that was started', async () => {
    const { port, pid, url } = await redis();
    expect(url).toBe(`redis://127.0.0.1:${port}`);
    expect(await redisProcessId(port)).toBe(pid);
  });

  test('listens below the range of source ports, so that no reconnecting client can take its port', async () => {
    expect((await redis()).port).toBeLessThan(32_768);
  });

  test('binds 127.0.0.1 only, never evicts and persists nothing unless asked', async () => {
    const { port, dir } = await redis();
    expect(await command(port, 'CONFIG GET bind')).toBe('127.0.0.1');
    expect(await command(port, 'CONFIG GET maxmemory-policy')).toBe('noeviction');
    expect(await command(port, 'CONFIG GET appendonly')).toBe('no');
    expect(await command(port, 'CONFIG GET save')).toBe('');
    expect(readdirSync(dir)).toEqual([]);
  });

  test('many at once get ports and folders of their own', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => redis()));
    expect(new Set(many.map(({ port }) => port)).size).toBe(6);
    expect(new Set(many.map(({ dir }) => dir)).size).toBe(6);
  });

  test('takes more arguments, of which the last wins', async () => {
    const { port } = await redis({ args: ['--hz', '77', '--appendfsync', 'no'] });
    expect(await command(port, 'CONFIG GET hz')).toBe('77');
    expect(await command(port, 'CONFIG GET appendfsync')).toBe('no');
  });

  test('listens on a socket file too when asked', async () => {
    const { socketPath, dir } = await redis({ unixSocket: true });
    expect(socketPath).toBe(join(dir, 'redis.sock'));
    expect(existsSync(socketPath ?? '')).toBe(true);
  });

  test('is gone after stop, and its folder with it; stopping twice is fine', async () => {
    const started = await redis();
    await started.stop();
    await started.stop();
    expect(isAlive(started.pid)).toBe(false);
    expect(existsSync(started.dir)).toBe(false);
    expect(await redisAnswers(started.port)).toBe(false);
  });

  test('leaves a folder that the caller gave', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    await (await redis({ dir })).stop();
    expect(existsSync(dir)).toBe(true);
  });

  test('keeps every answered write over kill -9 and a restart on the same port when it appends', async () => {
    const started = await redis({ appendOnly: true });
    const { port, pid } = started;
    expect(await command(port, 'SET kept yes')).toBe('+OK');
    await started.kill();
    expect(await redisAnswers(port)).toBe(false);
    await started.restart();
    expect(started.port).toBe(port);
    expect(started.pid).not.toBe(pid);
    expect(await command(port, 'GET kept')).toBe('yes');
  });

  test('forgets over kill -9 when it does not append', async () => {
    const started = await redis();
    await command(started.port, 'SET kept yes');
    await started.kill();
    await started.restart();
    expect(await command(started.port, 'GET kept')).toBe('$-1');
  });

  test('restarts while it runs as well', async () => {
    const started = await redis({ appendOnly: true });
    const { pid } = started;
    await command(started.port, 'SET kept yes');
    await started.restart();
    expect(isAlive(pid)).toBe(false);
    expect(await command(started.port, 'GET kept')).toBe('yes');
  });

  test('paused, it accepts connections and answers nothing; resumed, it answers', async () => {
    const started = await redis();
    started.pause();
    expect(await command(started.port, 'PING', 200)).toBeUndefined();
    started.resume();
    expect(await command(started.port, 'PING')).toBe('+PONG');
  });

  test('stops while it is paused', async () => {
    const started = await redis();
    started.pause();
    await started.stop();
    expect(isAlive(started.pid)).toBe(false);
  });

  test('refuses a port that another program has, in one sentence', async () => {
    const { port } = await redis();
    await expect(startRedis({ port })).rejects.toMatchObject({
      code: 'REDIS_PORT_TAKEN',
      message: `port ${port} of 127.0.0.1 is taken by another program; choose another one.`,
    });
  });

  test('an argument that Redis does not know is an error that says so', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toMatchObject({
      code: 'REDIS_NOT_READY',
      message: expect.stringContaining('no-such-option'),
    });
  });
});

describe('redis-server', () => {
  test('that is missing is one sentence that says how to get it', async () => {
    vi.stubEnv('MILLRACE_REDIS_SERVER', '/nowhere/redis-server');
    await expect(startRedis()).rejects.toMatchObject({
      code: 'REDIS_SERVER_MISSING',
      message: expect.stringMatching(
        /^redis-server was not found: install it with "apt-get install redis-server" [^.]*\.$/,
      ),
    });
  });

  test('is looked for where MILLRACE_REDIS_SERVER says and nowhere else when that is set', async () => {
    expect(await findRedisServer({ MILLRACE_REDIS_SERVER: '/nowhere/redis-server', PATH: '/usr/bin' })).toBeUndefined();
    expect(await findRedisServer({ MILLRACE_REDIS_SERVER: process.execPath })).toBe(process.execPath);
  });
});
