/** Functions that really run: isolated ones, how long a message waits for its invocation, and heavy ones on many workers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisQueues } from '@millrace/redis';
import { startRedis } from '../../infra/components/redis.mjs';
import { Redis } from './libraries.mjs';
import { handlerOf, startUp, writeScenario } from './processes.mjs';
import { watch } from './progress.mjs';
import { emptySubstrate, fillSubstrate } from './queues.mjs';
import { count, load, median, rateRow, row } from './table.mjs';

const QUIET_MESSAGES = 300;
const BETWEEN_MS = 20;

const scenarioOf = (name, handler, more = {}, mapping = {}) => ({
  scenario: name,
  source: { type: 'sqs', name, visibilityTimeout: '300s' },
  mapping: { BatchSize: 1, ...mapping },
  function: { name: 'f', handler: handlerOf(handler), timeout: '10s', ...more },
});

/** Isolated: invocations a second, one message each; then from visible to invoked, with one message every 20 ms. */
export async function isolated({ folder, messages, rounds }) {
  const redis = await startRedis();
  try {
    const results = [];
    for (let round = 0; round < rounds; round += 1) results.push(await throughput(folder, redis.url, messages, round));
    rateRow('isolated processes, batch 1', results, 'invocations/s');
    await latency(folder, redis.url);
    row('', load());
  } finally {
    await redis.stop();
  }
}

async function throughput(folder, redisUrl, messages, round) {
  const name = `isolated-${round}`;
  await fillSubstrate(redisUrl, name, messages, 1024);
  const scenario = scenarioOf(name, 'nothing', { run: 'isolated' }, { ScalingConfig: { MaximumConcurrency: 4 } });
  const up = await startUp(writeScenario(folder, scenario), redisUrl, ['--no-gateway']);
  try {
    return await watch(up, { from: messages * 0.3, to: messages * 0.95, total: messages });
  } finally {
    await up.stop();
    await emptySubstrate(redisUrl, name);
  }
}

async function latency(folder, redisUrl) {
  const file = join(folder, 'latency.txt');
  writeFileSync(file, '');
  const more = { run: 'isolated', env: { LATENCY_FILE: file } };
  const up = await startUp(writeScenario(folder, scenarioOf('latency', 'latency', more)), redisUrl, ['--no-gateway']);
  const redis = new Redis(redisUrl);
  const queues = redisQueues({ redis, prefix: 'millrace' });
  const queue = queues.open('latency');
  for (let sent = 0; sent < QUIET_MESSAGES; sent += 1) {
    await queue.send([{ body: 'x' }]);
    await sleep(BETWEEN_MS);
  }
  while ((await up.count()) < QUIET_MESSAGES) await sleep(50);
  await queues.close();
  redis.disconnect();
  await up.stop();
  // The first ones pay for cold starts.
  const waits = readFileSync(file, 'utf8').trim().split('\n').map(Number).slice(20);
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  row('from visible to invoked', `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`, `(${waits.length} messages, warm)`);
}

/** (d) 20 ms of computing in each invocation, on 1, 2 and 4 worker processes. */
export async function heavy({ folder, messages, rounds }) {
  const redis = await startRedis();
  try {
    for (const workers of [1, 2, 4]) {
      const results = [];
      for (let round = 0; round < rounds; round += 1) {
        results.push(await spread(folder, redis, messages, workers, round));
      }
      const cores = median(results.map(({ useful }) => useful)).toFixed(2);
      const used = median(results.map(({ cores: all }) => all)).toFixed(2);
      const rate = count(median(results.map((each) => each.rate))).padStart(8);
      row(
        `${workers} worker${workers === 1 ? '' : 's'}`,
        `${rate} invocations/s`,
        `${cores} cores computing, ${used} in all`,
      );
    }
    row('', load());
  } finally {
    await redis.stop();
  }
}

async function spread(folder, { url: redisUrl, pid }, messages, workers, round) {
  const name = `heavy-${workers}-${round}`;
  await fillSubstrate(redisUrl, name, messages, 100);
  const file = writeScenario(folder, scenarioOf(name, 'computing', { run: 'worker' }));
  const args = ['--no-gateway', '--max-environments', '1'];
  const taking = [];
  for (let index = 0; index < workers; index += 1) {
    taking.push(await startUp(file, redisUrl, ['--role', 'worker', ...args]));
  }
  const poller = await startUp(file, redisUrl, ['--role', 'poller', ...args]);
  try {
    const span = { from: messages * 0.3, to: messages * 0.9, total: messages };
    const measured = await watch(poller, span, [pid, ...[poller, ...taking].map((one) => one.pid)]);
    return { ...measured, useful: measured.rate * 0.02 };
  } finally {
    await poller.stop();
    for (const worker of taking) await worker.stop();
    await emptySubstrate(redisUrl, name);
  }
}
