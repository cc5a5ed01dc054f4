/**
 * ElasticMQ, an SQS server that nobody here wrote, on Java and with the jars that Maven fetches.
 *
 * 1. The jars stand in .components/elasticmq-<hash of pom.xml>; Maven checks their sums. The folder gets this name when
 *    it is complete, so that it is either there and whole, or not there.
 * 2. Ready means: this process said that it bound the port, and /health answers on it.
 * 3. It never outlives its starter (process.mjs), binds 127.0.0.1 only, and keeps everything in memory.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installPackages, lastLine, runProgram } from './commands.mjs';
import { withLock } from './lock.mjs';
import { becomesReady, ComponentError, freePort, startProcess } from './process.mjs';

const pom = fileURLToPath(new URL('elasticmq/pom.xml', import.meta.url));
const cacheDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.components');
const oldestJava = 17;
const brewDirs = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/homebrew/opt/openjdk/bin', '/usr/local/opt/openjdk/bin'];
const readyPatienceMs = 60_000;
const readyPollMs = 20;
const stopGraceMs = 10_000;
const portAttempts = 5;

/** Where the jars are or will be. */
function jarsDir() {
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return join(cacheDir, `elasticmq-${hash}`);
}

async function javaVersion(java, env) {
  const { code, output } = await runProgram(java, ['-version'], { env });
  const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  return code === 0 && version ? Number(version) : undefined;
}

/** A Java that is new enough: JAVA_HOME's, else the first on PATH, else Homebrew's. */
async function findJava(env = process.env) {
  const home = env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : [];
  const places = [...home, findProgram('java', env), ...brewDirs.map((dir) => join(dir, 'java'))];
  for (const java of places.filter((place) => place && existsSync(place))) {
    if ((await javaVersion(java, env)) >= oldestJava) return java;
  }
  return undefined;
}

async function ensureJava(how) {
  if (await findJava(how.env)) return undefined;
  const problem = await installPackages({ apt: ['openjdk-17-jre-headless'], brew: ['openjdk'] }, how);
  if (problem === undefined && (await findJava(how.env))) return undefined;
  return `Java ${oldestJava} or newer was not found, and ${problem ?? 'is not there after its installation either'}`;
}

async function ensureMaven(how) {
  const find = () => findProgram('mvn', how.env ?? process.env, brewDirs);
  if (find()) return { mvn: find() };
  const problem = await installPackages({ apt: ['maven'], brew: ['maven'] }, how);
  if (problem === undefined && find()) return { mvn: find() };
  return { problem: `Maven (mvn) was not found, and ${problem ?? 'is not there after its installation either'}` };
}

async function fetchJars(mvn, { say, env }) {
  say('fetching ElasticMQ and what it needs from Maven Central (37 MB) …');
  const unfinished = mkdtempSync(join(cacheDir, 'unfinished-'));
  try {
    const args = ['-B', '-q', '-C', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    const { code, output } = await runProgram(mvn, args, { env });
    const isWhole = code === 0 && readdirSync(unfinished).some((name) => name.startsWith('elasticmq-server'));
    if (!isWhole) return `Maven could not fetch ElasticMQ: ${firstError(output)}`;
    if (!existsSync(jarsDir())) renameSync(unfinished, jarsDir());
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function firstError(output) {
  return /\[ERROR\] (.+)/.exec(output)?.[1] ?? lastLine(output);
}

/**
 * Makes everything ready that `startElasticMq` needs.
 * @returns undefined when it is, else one sentence that says why not.
 */
export async function ensureElasticMq({ say = () => {}, env } = {}) {
  const how = { say, env };
  if (existsSync(jarsDir()) && (await findJava(env))) return undefined;
  mkdirSync(cacheDir, { recursive: true });
  const onWait = (pid) => say(`process ${pid} is installing ElasticMQ; waiting for it …`);
  return withLock(join(cacheDir, 'elasticmq.lock'), () => installElasticMq(how), onWait);
}

async function installElasticMq(how) {
  const javaProblem = await ensureJava(how);
  if (javaProblem) return javaProblem;
  if (existsSync(jarsDir())) return undefined;
  const { mvn, problem } = await ensureMaven(how);
  return problem ?? fetchJars(mvn, how);
}

function argsOf(port, jvmArgs) {
  return [
    ...[
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-XX:-UsePerfData',
      '-Djava.net.preferIPv4Stack=true',
    ],
    ...['-Drest-sqs.bind-hostname=127.0.0.1', `-Drest-sqs.bind-port=${port}`, '-Drest-stats.enabled=false'],
    ...['-Dnode-address.host=127.0.0.1', `-Dnode-address.port=${port}`],
    ...jvmArgs,
    ...['-cp', join(jarsDir(), '*'), 'org.elasticmq.server.Main'],
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
  for (let attempt = 1; attempt <= (port === undefined ? portAttempts : 1); attempt += 1) {
    const tried = port ?? (await freePort());
    const server = await startOn(tried, java, jvmArgs);
    if (server) {
      const { pid, exited, isGone } = server;
      return {
        url: `http://127.0.0.1:${tried}`,
        port: tried,
        pid,
        exited,
        isGone,
        stop: () => server.end(stopGraceMs),
      };
    }
  }
  throw new ComponentError(
    'ELASTICMQ_PORT_TAKEN',
    `port ${port ?? ''} of 127.0.0.1 is taken by another program; choose another one.`,
  );
}
