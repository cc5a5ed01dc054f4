/**
 * (c) Every attempt as a BullMQ job: a process that polls and one that works, against a bare BullMQ producer, which waits
 * for its results, and a bare worker, with jobs of the same size, in turns.
 */
import { startRedis } from '../../infra/components/redis.mjs';
import { handlerOf, startBare, startUp, writeScenario } from './processes.mjs';
import { from, grown, watch } from './progress.mjs';
import { emptySubstrate, fillSubstrate } from './queues.mjs';
import { load, rateRow, ratioRow, row } from './table.mjs';

const BODY_BYTES = 1024;
/** Measured with HSTRLEN on Millrace's own jobs (1,681 bytes with one message, 15,271 with ten): around a body, and around all. */
const ENTRY_BYTES = 486;
const JOB_BYTES = 160;
/**
 * So many slots a mapping is given time for, and so many jobs besides, which it makes meanwhile. The other side has up to 100
 * jobs under way; with 50 slots it is 26 here, so that the way to a worker and back would be measured.
 */
const SLOTS = 130;
const MEANWHILE = 70_000;
/** Jobs under way, and how many of them the worker takes at once. */
const SETTINGS = [
  [20, 20],
  [100, 50],
  [100, 100],
];

export async function jobs(batch, { folder, messages, rounds }) {
  const redis = await startRedis();
  const world = { folder, redisUrl: redis.url, redisPid: redis.pid, batch, jobs: messages };
  const bytes = batch * (BODY_BYTES + ENTRY_BYTES) + JOB_BYTES;
  const sides = { bare: [], mapping: [] };
  try {
    const [underWay, concurrency] = await best({ ...world, bytes, jobs: messages });
    for (let round = 0; round < rounds; round += 1) {
      sides.bare.push(await bare({ ...world, bytes, underWay, concurrency }));
      sides.mapping.push(perJob(await mapped(world), batch));
    }
    row('', `a job holds ${bytes + '{"body":""}'.length} bytes`);
    rateRow(`bare BullMQ, ${concurrency} of ${underWay} at once`, sides.bare, 'jobs/s');
    rateRow('poller and worker', sides.mapping, 'jobs/s');
    ratioRow('to bare BullMQ', sides.mapping, sides.bare, 0.7);
    row('', load());
  } finally {
    await redis.stop();
  }
}

async function best(world) {
  const rates = [];
  for (const [underWay, concurrency] of SETTINGS) rates.push((await bare({ ...world, underWay, concurrency })).rate);
  return SETTINGS[rates.indexOf(Math.max(...rates))];
}

const perJob = ({ rate, cpuMicros, ...rest }, batch) => ({ ...rest, rate: rate / batch, cpuMicros: cpuMicros * batch });

let queues = 0;

async function bare({ redisUrl, redisPid, bytes, jobs: total, underWay, concurrency }) {
  queues += 1;
  const queue = `bare-${queues}`;
  const worker = await startBare('bullWork', { redisUrl, queue, concurrency });
  const producer = await startBare('bullAdd', { redisUrl, queue, bytes, underWay });
  try {
    return await watch(producer, { from: total * 0.4, to: total * 0.95, total }, [producer.pid, worker.pid, redisPid]);
  } finally {
    await producer.stop();
    await worker.stop();
  }
}

async function mapped({ folder, redisUrl, redisPid, batch, jobs: total }) {
  queues += 1;
  const name = `bench-${queues}`;
  const scenario = writeScenario(folder, {
    scenario: name,
    source: { type: 'sqs', name, visibilityTimeout: '300s' },
    mapping: { BatchSize: batch, ScalingConfig: { MaximumConcurrency: 1000 } },
    function: { name: 'nothing', handler: handlerOf('nothing') },
  });
  await fillSubstrate(redisUrl, name, total * batch + MEANWHILE * Math.min(batch, 5), BODY_BYTES);
  const args = ['--inline', '--no-gateway', '--max-environments', '100'];
  const worker = await startUp(scenario, redisUrl, ['--role', 'worker', ...args], { cwd: folder });
  const poller = await startUp(scenario, redisUrl, ['--role', 'poller', ...args], { cwd: folder });
  try {
    await grown(poller, SLOTS);
    return await watch(poller, await from(poller, total * batch), [poller.pid, worker.pid, redisPid]);
  } finally {
    await poller.stop();
    await worker.stop();
    await emptySubstrate(redisUrl, name);
  }
}
