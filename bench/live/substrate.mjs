/**
 * (b) The substrate path: a mapping with batches of 100 against a pipelined XREADGROUP + XACK + XDEL loop over the same
 * private Redis, with bodies of 1 KB, in turns.
 */
import { startRedis } from '../../infra/components/redis.mjs';
import { Redis } from './libraries.mjs';
import { handlerOf, startBare, startUp, writeScenario } from './processes.mjs';
import { from, grown, watch } from './progress.mjs';
import { bodyOf, emptySubstrate, fillSubstrate } from './queues.mjs';
import { load, rateRow, ratioRow, row } from './table.mjs';

const BODY_BYTES = 1024;
const BATCH = 100;

export async function substratePath({ folder, messages, rounds }) {
  const redis = await startRedis();
  const world = { folder, messages, redisUrl: redis.url, redisPid: redis.pid };
  const sides = { bare: [], mapping: [] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      sides.bare.push(await bare(world));
      sides.mapping.push(await mapped(world));
    }
  } finally {
    await redis.stop();
  }
  // What Redis used is counted too.
  rateRow('XREADGROUP + XACK + XDEL', sides.bare);
  rateRow('millrace up, inline, no-op', sides.mapping);
  ratioRow('to the bare loop', sides.mapping, sides.bare, 0.4);
  row('', load());
}

/** So many slots a mapping is given time for, and so many messages besides, which it reads meanwhile. */
const SLOTS = 15;
const MEANWHILE = 160_000;

async function bare({ redisUrl, redisPid, messages }) {
  const redis = new Redis(redisUrl);
  const stream = 'bench-stream';
  await redis.del(stream);
  await redis.xgroup('CREATE', stream, 'bench', '0', 'MKSTREAM');
  const body = bodyOf(BODY_BYTES);
  for (let sent = 0; sent < messages; sent += 500) {
    const pipeline = redis.pipeline();
    for (let index = sent; index < Math.min(messages, sent + 500); index += 1) pipeline.xadd(stream, '*', 'body', body);
    await pipeline.exec();
  }
  const one = await startBare('streamLoop', { redisUrl, stream, batch: BATCH });
  try {
    return await watch(one, { from: messages * 0.3, to: messages, total: messages }, [one.pid, redisPid]);
  } finally {
    await one.stop();
    await redis.del(stream);
    redis.disconnect();
  }
}

let queues = 0;

async function mapped({ folder, redisUrl, redisPid, messages }) {
  queues += 1;
  const name = `bench-${queues}`;
  await fillSubstrate(redisUrl, name, messages + MEANWHILE, BODY_BYTES);
  const scenario = writeScenario(folder, {
    // Turns of former mappings of a scenario of this name would be taken too.
    scenario: name,
    source: { type: 'sqs', name, visibilityTimeout: '300s' },
    // AWS wants a window of at least a second with batches of more than ten.
    mapping: { BatchSize: BATCH, MaximumBatchingWindowInSeconds: 1 },
    function: { name: 'nothing', handler: handlerOf('nothing') },
  });
  const one = await startUp(scenario, redisUrl, ['--role', 'all', '--inline', '--no-gateway'], { cwd: folder });
  try {
    await grown(one, SLOTS);
    return await watch(one, await from(one, messages), [one.pid, redisPid]);
  } finally {
    await one.stop();
    await emptySubstrate(redisUrl, name);
  }
}
