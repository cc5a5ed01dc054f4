/**
 * A private `redis-server` on a free port of 127.0.0.1, for one test file or one bench.
 *
 * 1. Ready means: the server that answers PING on the port is the one started here. Ports are taken by chance, so the
 *    answer names the server's process id.
 * 2. Nothing is persisted unless asked for. With `appendOnly` a write that was answered survives kill -9: each is on
 *    disk before its answer (`appendfsync always`; `everysec` may hold writes back for two seconds).
 * 3. Process and folders end with their starter (process.mjs). A folder handed in by the caller stays.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProgram, installPackages, isExecutable } from './commands.mjs';
import { ask, becomesReady, ComponentError, dropFolder, makeFolder, startProcess } from './process.mjs';
import { startSomewhere } from './server.mjs';

const usualDirs = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin'];
const readyPatienceMs = 30_000;
const readyPollMs = 4;
const stopGraceMs = 10_000;
/** How long `restart` insists on its port when something else holds it at that moment. */
const samePortPatienceMs = 5_000;

export const howToGetRedis =
  'redis-server was not found: install it with "apt-get install redis-server" (Debian, Ubuntu) or "brew install redis" (macOS), or name its path in MILLRACE_REDIS_SERVER.';

/** The path of `redis-server`: MILLRACE_REDIS_SERVER and nothing else when that is set, else PATH, else the usual places. */
export async function findRedisServer(env = process.env) {
  const named = env.MILLRACE_REDIS_SERVER;
  if (named) return isExecutable(named) ? resolve(named) : undefined;
  return findProgram('redis-server', env, usualDirs);
}

/**
 * Finds redis-server, or installs it where that is allowed.
 * @returns undefined when it is there, else one sentence that says why not and what to do.
 */
export async function ensureRedis({ say = () => {}, env = process.env } = {}) {
  if (await findRedisServer(env)) return undefined;
  if (env.MILLRACE_REDIS_SERVER) return `MILLRACE_REDIS_SERVER names no program: ${env.MILLRACE_REDIS_SERVER}`;
  const packages = { apt: ['redis-server'], brew: ['redis'], service: 'redis-server' };
  const problem = await installPackages(packages, { say, env });
  if (problem === undefined && (await findRedisServer(env))) return undefined;
  return `${howToGetRedis.slice(0, -1)} (${problem ?? 'it is not there after its installation either'})`;
}

/** The process id of the Redis that answers PING on a port; undefined while none does, or while it still loads its data. */
export async function redisProcessId(port) {
  const isComplete = (answer) => /process_id:\d+\r/.test(answer) || /^-/m.test(answer);
  const answer = await ask(port, 'PING\r\nINFO server\r\n', isComplete);
  const pid = /^\+PONG\r\n[\s\S]*\nprocess_id:(\d+)\r/.exec(answer ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Whether any Redis answers on a port of 127.0.0.1, one that wants a password included. */
export async function redisAnswers(port) {
  const answer = await ask(port, 'PING\r\n', (text) => text.includes('\n'));
  return /^(\+PONG|-NOAUTH|-LOADING)/.test(answer ?? '');
}

function argsOf(options, dir, port, socketPath) {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--protected-mode', 'yes', '--dir', dir],
    ...['--save', '', '--appendonly', options.appendOnly ? 'yes' : 'no', '--appendfsync', 'always'],
    ...['--maxmemory-policy', 'noeviction', '--loglevel', 'warning', '--daemonize', 'no'],
    ...(socketPath ? ['--unixsocket', socketPath, '--unixsocketperm', '700'] : []),
    ...(options.args ?? []),
  ];
}

/** One start on one port: the running server, or undefined when the port was taken by somebody else. */
async function startOn(port, file, options, dir, socketPath) {
  // Redis refuses to start under a locale that the machine does not have.
  const env = { ...process.env, LC_ALL: 'C' };
  const server = startProcess(file, argsOf(options, dir, port, socketPath), { env });
  const isReady = async () => (await redisProcessId(port)) === server.pid;
  if (await becomesReady(server, isReady, readyPatienceMs, readyPollMs)) return server;
  const output = server.output().trim();
  await server.kill();
  if (/Address already in use/i.test(output)) return undefined;
  throw new ComponentError(
    'REDIS_NOT_READY',
    `redis-server on port ${port} did not become ready: ${output || 'no output'}`,
  );
}

async function startAgain(port, start) {
  const deadline = performance.now() + samePortPatienceMs;
  for (;;) {
    const server = await start(port);
    if (server) return server;
    if (performance.now() > deadline)
      throw new ComponentError(
        'REDIS_PORT_TAKEN',
        `port ${port} of 127.0.0.1 was taken by another program while Redis was down.`,
      );
  }
}

/** Starts a private Redis; see redis.d.mts for the shapes. */
export async function startRedis(options = {}) {
  const file = await findRedisServer();
  if (!file) throw new ComponentError('REDIS_SERVER_MISSING', howToGetRedis);
  const ownDir = options.dir === undefined ? makeFolder('millrace-redis-') : undefined;
  const dir = ownDir ?? resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const socketPath = options.unixSocket ? join(dir, 'redis.sock') : undefined;
  const start = (port) => startOn(port, file, options, dir, socketPath);

  const first = await startSomewhere(options.port, start, 'REDIS_PORT_TAKEN').catch((error) => {
    if (ownDir) dropFolder(ownDir);
    throw error;
  });
  const { port } = first;
  let { server } = first;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    socketPath,
    get pid() {
      return server.pid;
    },
    /** Resolves when the server of this moment is gone. */
    get exited() {
      return server.exited;
    },
    isGone: () => server.isGone(),
    async stop() {
      await server.end(stopGraceMs);
      if (ownDir) dropFolder(ownDir);
    },
    kill: () => server.kill(),
    pause: () => void server.signal('SIGSTOP'),
    resume: () => void server.signal('SIGCONT'),
    async restart() {
      await server.end(stopGraceMs);
      server = await startAgain(port, start);
    },
  };
}
