/**
 * (a) The SDK path: a mapping whose source is behind an endpoint, a bare loop over the same client, and `sqs-consumer`, in
 * turns, each in a fresh process with a queue of its own, against Millrace's gateway or ElasticMQ.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startElasticMq } from '../../infra/components/elasticmq.mjs';
import { startRedis } from '../../infra/components/redis.mjs';
import { handlerOf, startBare, startUp, writeScenario } from './processes.mjs';
import { watch } from './progress.mjs';
import { fillEndpoint, removeAtEndpoint } from './queues.mjs';
import { load, rateRow, ratioRow, row } from './table.mjs';

const BODY_BYTES = 1024;
const LOOPS = [1, 2, 4, 8, 16];
/** The newest that runs on Node 20. */
const CONSUMER = 'sqs-consumer@14.2.8';
const CONSUMER_FOLDER = fileURLToPath(new URL('../../.components/bench', import.meta.url));

export async function sdkPath(kind, { folder, messages, rounds }) {
  const redis = await startRedis();
  const server = await startServer(kind, redis.url);
  try {
    await compare({ folder, messages, rounds, redisUrl: redis.url, endpoint: server.url, consumer: consumerThere() });
  } finally {
    await server.stop();
    await redis.stop();
  }
}

async function startServer(kind, redisUrl) {
  if (kind === 'elasticmq') return startElasticMq({ jvmArgs: ['-Xmx1g', '-XX:TieredStopAtLevel=4'] });
  const gateway = await startBare('gateway', { redisUrl });
  return { url: gateway.ready, stop: () => gateway.stop() };
}

async function compare(world) {
  const { rounds, messages, consumer } = world;
  const tuning = { ...world, messages: Math.max(5000, Math.floor(messages / 4)) };
  const loops = await best(LOOPS, (count) => bare(tuning, count));
  const consumers = consumer ? await best(LOOPS, (count) => consumed(tuning, count)) : 0;
  const sides = { bare: [], mapping: [], consumer: [] };
  for (let round = 0; round < rounds; round += 1) {
    sides.bare.push(await bare(world, loops));
    sides.mapping.push(await mapped(world));
    if (consumer) sides.consumer.push(await consumed(world, consumers));
  }
  rateRow(`bare loop, ${loops} at once`, sides.bare);
  if (consumer) rateRow(`${CONSUMER}, ${consumers} consumers`, sides.consumer);
  rateRow('millrace up, inline, no-op', sides.mapping);
  ratioRow('to the bare loop', sides.mapping, sides.bare, 0.9);
  if (consumer) ratioRow('to sqs-consumer', sides.mapping, sides.consumer, 1);
  row('', load());
}

/** The number with which it is quickest. */
async function best(numbers, run) {
  const rates = [];
  for (const number of numbers) rates.push((await run(number)).rate);
  return numbers[rates.indexOf(Math.max(...rates))];
}

let queues = 0;

/** A full queue, and what is done with it. */
async function withQueue({ endpoint, messages }, use) {
  queues += 1;
  const name = `bench-${queues}`;
  const queueUrl = await fillEndpoint(endpoint, name, messages, BODY_BYTES);
  const one = await use(name, queueUrl);
  try {
    return await watch(one, spanOf(messages));
  } finally {
    await one.stop();
    await removeAtEndpoint(endpoint, queueUrl);
  }
}

/** The first part warms up: code is compiled, and a mapping grows from five slots as it does on AWS. */
const spanOf = (messages) => ({ from: messages * 0.4, to: messages * 0.95, total: messages });

const bare = (world, loops) =>
  withQueue(world, (_, queueUrl) =>
    startBare('receiveDelete', { endpoint: world.endpoint, queueUrl, loops, attributes: true }),
  );

const consumed = (world, consumers) =>
  withQueue(world, (_, queueUrl) =>
    startBare('consumer', { endpoint: world.endpoint, queueUrl, consumers, folder: CONSUMER_FOLDER }),
  );

const mapped = ({ folder, redisUrl, ...world }) =>
  withQueue(world, (name) => {
    const scenario = writeScenario(folder, {
      // Turns of former mappings of a scenario of this name would be taken too.
      scenario: name,
      source: { type: 'sqs', name, endpoint: world.endpoint, visibilityTimeout: '300s' },
      mapping: { BatchSize: 10 },
      function: { name: 'nothing', handler: handlerOf('nothing') },
    });
    return startUp(scenario, redisUrl, ['--role', 'all', '--inline', '--no-gateway'], { cwd: folder });
  });

/** True when sqs-consumer is there or could be installed; else it says loudly that its row is left out. */
function consumerThere() {
  if (existsSync(join(CONSUMER_FOLDER, 'node_modules', 'sqs-consumer', 'package.json'))) return true;
  mkdirSync(CONSUMER_FOLDER, { recursive: true });
  const wanted = [CONSUMER, '@aws-sdk/client-sqs@3.1169.0'];
  const args = ['install', '--prefix', CONSUMER_FOLDER, '--no-save', '--no-audit', '--no-fund', ...wanted];
  const done = spawnSync('npm', args, { encoding: 'utf8' });
  if (done.status === 0) return true;
  console.log(`  LEFT OUT: ${CONSUMER} could not be installed (no network?), so it is not compared with:`);
  console.log(`  ${(done.stderr ?? '').trim().split('\n').at(-1)}`);
  return false;
}
