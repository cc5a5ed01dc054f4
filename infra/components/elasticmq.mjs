/**
 * ElasticMQ, an SQS server that nobody here wrote, on Java and with the jars that Maven fetches.
 *
 * 1. The jars are Maven's, complete or not there (jars.mjs).
 * 2. Ready means: this process said that it bound the port, and /health answers on it.
 * 3. It never outlives its starter (process.mjs), binds 127.0.0.1 only, and keeps everything in memory.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine } from './commands.mjs';
import { ensureJars, jarsDir } from './jars.mjs';
import { findJava, smallJvmArgs } from './java.mjs';
import { becomesReady, ComponentError, startProcess } from './process.mjs';
import { running, startSomewhere } from './server.mjs';

const jars = {
  name: 'elasticmq',
  title: 'ElasticMQ',
  pom: fileURLToPath(new URL('elasticmq/pom.xml', import.meta.url)),
  mainJar: 'elasticmq-server',
  sizeMb: 37,
};
const readyPatienceMs = 60_000;
const readyPollMs = 20;
const stopGraceMs = 10_000;

/** See elasticmq.d.mts. */
export function ensureElasticMq(how) {
  return ensureJars(jars, how);
}

function argsOf(port, jvmArgs) {
  return [
    ...smallJvmArgs,
    ...['-Drest-sqs.bind-hostname=127.0.0.1', `-Drest-sqs.bind-port=${port}`, '-Drest-stats.enabled=false'],
    ...['-Dnode-address.host=127.0.0.1', `-Dnode-address.port=${port}`],
    ...jvmArgs,
    ...['-cp', join(jarsDir(jars), '*'), 'org.elasticmq.server.Main'],
  ];
}

/** Whether an ElasticMQ answers on a port of 127.0.0.1. */
export async function answersHealth(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1_000) });
    return answer.ok && (await answer.text()) === 'OK';
  } catch {
    return false;
  }
}

/** Whether the server is ready. One that could not bind goes on running without a port: it is ended here. */
async function isReady(server, port) {
  if (isPortTaken(server)) await server.kill();
  const hasBound = server.output().includes(`Started SQS rest server, bind address 127.0.0.1:${port}`);
  return hasBound && (await answersHealth(port));
}

function isPortTaken(server) {
  return server.output().includes('Address already in use');
}

/** The running server, or undefined when the port was taken by somebody else. */
async function startOn(port, java, jvmArgs) {
  const server = startProcess(java, argsOf(port, jvmArgs));
  if (await becomesReady(server, () => isReady(server, port), readyPatienceMs, readyPollMs)) return server;
  await server.kill();
  if (isPortTaken(server)) return undefined;
  const output = server.output().trim();
  throw new ComponentError(
    'ELASTICMQ_NOT_READY',
    `ElasticMQ did not become ready on port ${port}: ${lastLine(output)}`,
  );
}

/** Starts a private ElasticMQ; see elasticmq.d.mts for the shapes. */
export async function startElasticMq({ port, say, jvmArgs = [] } = {}) {
  const problem = await ensureElasticMq({ say });
  if (problem) throw new ComponentError('ELASTICMQ_MISSING', `ElasticMQ cannot be started: ${problem}.`);
  const java = await findJava();
  const start = (tried) => startOn(tried, java, jvmArgs);
  return running(await startSomewhere(port, start, 'ELASTICMQ_PORT_TAKEN'), stopGraceMs);
}
