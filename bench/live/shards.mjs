/**
 * (f) Shards of the substrate: a mapping against pipelined XRANGE reads of the same records from the same private Redis, in
 * turns; and what a record costs with 1 and with 64 shards. The mapping names a consumer, as with enhanced fan-out: one that
 * polls reads no more than 10,000 records a second of a shard.
 */
import { startRedis } from '../../infra/components/redis.mjs';
import { handlerOf, startBare, startUp, writeScenario } from './processes.mjs';
import { watch } from './progress.mjs';
import { BATCH, fillStream, removeStream } from './streams.mjs';
import { cpuRatioRow, growthRow, load, ratioRow, recordRow, row } from './table.mjs';

const PREFIX = 'millrace';
const SHARDS = 4;
const [FEW, MANY] = [1, 64];
const NAME = 'bench';

export async function substrateShards({ folder, messages, rounds }) {
  const redis = await startRedis();
  const world = { folder, messages, redis };
  try {
    await compare(world, rounds);
    await grow(world, rounds);
  } finally {
    await redis.stop();
  }
  row('', load());
}

async function compare(world, rounds) {
  const { messages, redis } = world;
  const sides = { bare: [], mapping: [] };
  await fillStream(redis.url, NAME, SHARDS, messages);
  const span = { from: messages * 0.3, to: messages * 0.9, total: messages };
  for (let round = 0; round < rounds; round += 1) {
    sides.bare.push(await bare(world, span));
    sides.mapping.push(await mapped(world, { name: NAME, shards: SHARDS }, `mapping-${round}`, span));
  }
  await removeStream(redis.url, NAME);
  recordRow(`XRANGE, ${SHARDS} shards`, sides.bare);
  recordRow('millrace up, inline, no-op', sides.mapping);
  ratioRow('to the bare reads', sides.mapping, sides.bare, 0.4);
  cpuRatioRow(sides.mapping, sides.bare);
}

/**
 * From ready to the last record: many shards are read ahead far enough that a part of a run would have been read before it
 * began. The code's warm-up is in it, for both alike.
 */
async function grow(world, rounds) {
  const { messages, redis } = world;
  const streams = [FEW, MANY].map((shards) => ({ name: `${NAME}-${shards}`, shards, results: [] }));
  for (const { name, shards } of streams) await fillStream(redis.url, name, shards, messages);
  const span = { from: 0, to: messages, total: messages };
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, shards, results } of streams) {
      results.push(await mapped(world, { name, shards }, `${name}-${round}`, span));
    }
  }
  const [few, many] = streams.map(({ results }) => results);
  recordRow(`${FEW} shard, with warm-up`, few);
  recordRow(`${MANY} shards, with warm-up`, many);
  growthRow('CPU per record', many, few, ({ cpuMicros }) => cpuMicros, 1.3);
  growthRow('wall time per record', many, few, ({ rate }) => 1 / rate, 1.3);
}

async function bare({ redis }, span) {
  const one = await startBare('shardLoop', { redisUrl: redis.url, stream: NAME, prefix: PREFIX, batch: BATCH });
  try {
    return await watch(one, span, [one.pid], [redis.pid]);
  } finally {
    await one.stop();
  }
}

async function mapped({ folder, redis }, { name, shards }, scenario, span) {
  const file = writeScenario(folder, {
    scenario,
    source: { type: 'kinesis', name, shards, consumer: 'bench' },
    mapping: { BatchSize: BATCH, StartingPosition: 'TRIM_HORIZON' },
    function: { name: 'nothing', handler: handlerOf('nothing') },
  });
  const args = ['--role', 'all', '--inline', '--no-gateway'];
  const one = await startUp(file, redis.url, args, { cwd: folder, counted: 'InvokedEventCount' });
  try {
    return await watch(one, span, [one.pid], [redis.pid]);
  } finally {
    await one.stop();
  }
}
