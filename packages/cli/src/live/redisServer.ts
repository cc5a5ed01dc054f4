/**
 * The Redis of a live run: the one that is named, or a private one that is started beside the scenario. A private one keeps
 * what it holds in `.millrace/`, other commands of the same folder find it there, and the last one to leave stops it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { connectRedis } from '@millrace/redis';
import { UsageError } from '../errors.ts';

export interface UsedRedis {
  readonly url: string;
  /** Whose it is, for people. */
  readonly about: 'named' | 'private' | 'shared';
  /** Stops a private one that nobody else uses; a named one stays as it is. To be called when nothing is connected here. */
  close(): Promise<void>;
}

export interface RedisWish {
  /** REDIS_URL, or what the scenario names. */
  readonly url: string | undefined;
  /** Where a private one keeps its data, and is found by others. */
  readonly folder: string;
  /** Keeps nothing on disk. */
  readonly ephemeral: boolean;
}

const NOTE = 'redis.json';
const READY_WITHIN_MS = 10_000;
const BINARY = process.platform === 'win32' ? 'redis-server.exe' : 'redis-server';

export async function useRedis({ url, folder, ephemeral }: RedisWish): Promise<UsedRedis> {
  if (url !== undefined) return { url, about: 'named', close: async () => {} };
  const running = runningRedis(folder);
  if (running !== undefined) return { url: running, about: 'shared', close: () => leave(running, folder) };
  return startPrivate(folder, ephemeral);
}

/** The address of the private Redis that a run in this folder has started and that still lives. */
export function runningRedis(folder: string): string | undefined {
  try {
    const note = JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as { url: string; pid: number };
    process.kill(note.pid, 0);
    return note.url;
  } catch {
    return undefined;
  }
}

async function startPrivate(folder: string, ephemeral: boolean): Promise<UsedRedis> {
  const binary = findBinary();
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const dir = ephemeral ? mkdtempSync(join(tmpdir(), 'millrace-redis-')) : folder;
  const child = spawn(binary, serverArguments(port, dir, ephemeral), { stdio: ['ignore', 'pipe', 'pipe'] });
  await ready(child);
  const url = `redis://127.0.0.1:${port}`;
  writeFileSync(join(folder, NOTE), `${JSON.stringify({ url, pid: child.pid })}\n`);
  return {
    url,
    about: 'private',
    close: async () => {
      await leave(url, folder);
      if (ephemeral) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Stops it unless somebody else is connected. */
async function leave(url: string, folder: string): Promise<void> {
  const client = connectRedis(url);
  client.on('error', () => {});
  try {
    const others = /connected_clients:(\d+)/.exec(await client.info('clients'))?.[1];
    if (others !== '1') return;
    rmSync(join(folder, NOTE), { force: true });
    await client.shutdown();
  } catch {
    // It is gone, or goes without an answer, which is what was asked.
  } finally {
    client.disconnect();
  }
}

function serverArguments(port: number, dir: string, ephemeral: boolean): string[] {
  const kept = ephemeral ? ['no'] : ['yes', '--appendfsync', 'everysec'];
  const network = ['--port', String(port), '--bind', '127.0.0.1', '--protected-mode', 'yes'];
  return [...network, '--dir', dir, '--save', '', '--maxmemory-policy', 'noeviction', '--appendonly', ...kept];
}

function findBinary(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];
  const found = folders.map((folder) => join(folder, BINARY)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new UsageError(
    'There is no Redis: install one (Debian and Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`), or set REDIS_URL to one that runs, such as redis://127.0.0.1:6379.',
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when it says that it takes connections. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => reject(new UsageError(`The private Redis did not start: ${why}.`));
    const timer = setTimeout(() => fail(`nothing was heard of it for ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail(said.trim().split('\n').at(-1) ?? 'it ended'));
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
      if (!said.includes('eady to accept connections')) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      child.stdout?.off('data', hear).resume();
      child.stderr?.resume();
      child.unref();
      resolve();
    };
    child.stdout?.on('data', hear);
  });
}
