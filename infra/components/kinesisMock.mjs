/**
 * kinesis-mock, a Kinesis that nobody here wrote, as the npm package that runs on Node. It keeps the rules well and is
 * slow: something to compare with, nothing to measure against.
 *
 * 1. Ready means: this process said that it bound the port, and /healthcheck answers on it. Streams asked for exist by
 *    then.
 * 2. It never outlives its starter (process.mjs), keeps everything in memory, and binds 127.0.0.1 only, which it has to
 *    be made to (kinesis-loopback.cjs).
 */
import { fileURLToPath } from 'node:url';
import { firstException } from './commands.mjs';
import { ensureNpmPackage, packageDir } from './npmPackage.mjs';
import { becomesReady, ComponentError, startProcess } from './process.mjs';
import { running, startSomewhere } from './server.mjs';

const npmPackage = {
  name: 'kinesis-local',
  version: '0.6.2',
  integrity: 'mFlmksPMQP/A3nT22N2E8WzUbJcbEdxkCnhNCx2lHj20CW4vzuVH8zn5ByRg5LS5es8tvnx2mY1DpbZ5kw9PPQ==',
  sizeMb: 4,
};
const loopback = fileURLToPath(new URL('kinesis-loopback.cjs', import.meta.url));
const readyPatienceMs = 60_000;
const readyPollMs = 20;
/** It waits for clients that keep a connection open, and has nothing to write down. */
const stopGraceMs = 500;
/** How long a stream or a consumer stays CREATING, UPDATING, DELETING. */
const usualTransitionMs = 20;
const transitions = [
  ...['CREATE_STREAM', 'DELETE_STREAM', 'REGISTER_STREAM_CONSUMER', 'DEREGISTER_STREAM_CONSUMER'],
  ...['START_STREAM_ENCRYPTION', 'STOP_STREAM_ENCRYPTION', 'MERGE_SHARDS', 'SPLIT_SHARD'],
  ...['UPDATE_SHARD_COUNT', 'UPDATE_STREAM_MODE'],
];

/** See kinesisMock.d.mts. */
export function ensureKinesisMock(how) {
  return ensureNpmPackage(npmPackage, how);
}

/** Whether a kinesis-mock answers on a port of 127.0.0.1. */
export async function kinesisAnswers(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthcheck`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function envOf(port, { streams = {}, transitionMs = usualTransitionMs, env = {} }) {
  const durations = transitions.map((name) => [`${name}_DURATION`, `${transitionMs}ms`]);
  const wanted = Object.entries(streams).map(([name, shards]) => `${name}:${shards}`);
  return {
    ...process.env,
    ...Object.fromEntries(durations),
    KINESIS_MOCK_PLAIN_PORT: String(port),
    // It wants a TLS port as well; nobody uses it.
    KINESIS_MOCK_TLS_PORT: '0',
    SHARD_LIMIT: '500',
    SHOULD_PERSIST_DATA: 'false',
    LOG_LEVEL: 'ERROR',
    AWS_ACCOUNT_ID: '000000000000',
    AWS_REGION: 'us-east-1',
    // An empty list is one that it cannot read.
    ...(wanted.length > 0 && { INITIALIZE_STREAMS: wanted.join(',') }),
    ...env,
  };
}

/** The running server, or undefined when the port was taken by somebody else. */
async function startOn(port, options) {
  const cwd = packageDir(npmPackage);
  const server = startProcess(process.execPath, ['--require', loopback, 'main.js'], { cwd, env: envOf(port, options) });
  const hasBound = () => server.output().includes(`listening on 127.0.0.1:${port}\n`);
  const isReady = async () => hasBound() && (await kinesisAnswers(port));
  if (await becomesReady(server, isReady, readyPatienceMs, readyPollMs)) return server;
  await server.kill();
  const output = server.output();
  if (output.includes('EADDRINUSE')) return undefined;
  throw new ComponentError(
    'KINESIS_NOT_READY',
    `kinesis-mock did not become ready on port ${port}: ${firstException(output)}`,
  );
}

/** Starts a private kinesis-mock; see kinesisMock.d.mts for the shapes. */
export async function startKinesisMock({ port, say, ...options } = {}) {
  const problem = await ensureKinesisMock({ say });
  if (problem) throw new ComponentError('KINESIS_MISSING', `kinesis-mock cannot be started: ${problem}.`);
  const start = (tried) => startOn(tried, options);
  return running(await startSomewhere(port, start, 'KINESIS_PORT_TAKEN'), stopGraceMs);
}
