/**
 * (e) Streams behind an endpoint: a mapping against a bare GetRecords loop of the AWS SDK that also builds the Lambda event,
 * in turns, each in a fresh process. All rounds read the same stream from its beginning.
 */
import { startDynamoDbLocal } from '../../infra/components/dynamodbLocal.mjs';
import { startRedis } from '../../infra/components/redis.mjs';
import { handlerOf, startBare, startUp, writeScenario } from './processes.mjs';
import { watch } from './progress.mjs';
import { BATCH, fillStream, fillTable } from './streams.mjs';
import { cpuRatioRow, load, ratioRow, recordRow, row } from './table.mjs';

const NAME = 'bench';
/** A mapping reads up to 10,000 records a second of a shard, and up to 20,000 ahead: enough shards, and many records in each. */
const SHARDS = 8;

/** DynamoDB Local has one shard for each table. Redis is only the mapping's. */
export async function dynamodbPath({ folder, messages, rounds }) {
  const server = await startDynamoDbLocal({ jvmArgs: ['-Xmx2g', '-XX:TieredStopAtLevel=4'] });
  const redis = await startRedis();
  const endpoint = server.url;
  try {
    const arn = await fillTable(endpoint, NAME, messages);
    await compare(
      { folder, messages, rounds, redis, shared: [server.pid], own: [redis.pid] },
      { kind: 'dynamodb', endpoint, stream: arn },
      { type: 'dynamodb', name: NAME, endpoint },
    );
  } finally {
    await redis.stop();
    await server.stop();
  }
}

/** Both read through the gateway, which reads Redis, on which the mapping keeps its checkpoints too. */
export async function gatewayPath({ folder, messages, rounds }) {
  const redis = await startRedis();
  const gateway = await startBare('gateway', { redisUrl: redis.url });
  const endpoint = gateway.ready;
  try {
    await fillStream(redis.url, NAME, SHARDS, messages);
    await compare(
      { folder, messages, rounds, redis, shared: [gateway.pid, redis.pid], own: [] },
      { kind: 'kinesis', endpoint, stream: NAME },
      { type: 'kinesis', name: NAME, shards: SHARDS, endpoint },
    );
  } finally {
    await gateway.stop();
    await redis.stop();
  }
}

async function compare(world, settings, source) {
  const sides = { bare: [], mapping: [] };
  for (let round = 0; round < world.rounds; round += 1) {
    sides.bare.push(await bare(world, settings));
    sides.mapping.push(await mapped(world, source, `mapping-${round}`));
  }
  recordRow('GetRecords, events built', sides.bare);
  recordRow('millrace up, inline, no-op', sides.mapping);
  ratioRow('to the bare loop', sides.mapping, sides.bare, 0.85);
  cpuRatioRow(sides.mapping, sides.bare);
  row('', load());
}

const spanOf = (messages) => ({ from: messages * 0.3, to: messages * 0.9, total: messages });

async function bare({ messages, shared }, settings) {
  const one = await startBare('getRecords', { ...settings, batch: BATCH });
  try {
    return await watch(one, spanOf(messages), [one.pid], shared);
  } finally {
    await one.stop();
  }
}

async function mapped({ folder, messages, redis, shared, own }, source, scenario) {
  const file = writeScenario(folder, {
    scenario,
    source,
    mapping: { BatchSize: BATCH, StartingPosition: 'TRIM_HORIZON' },
    function: { name: 'nothing', handler: handlerOf('nothing') },
  });
  const args = ['--role', 'all', '--inline', '--no-gateway'];
  const one = await startUp(file, redis.url, args, { cwd: folder, counted: 'InvokedEventCount' });
  try {
    return await watch(one, spanOf(messages), [one.pid, ...own], shared);
  } finally {
    await one.stop();
  }
}
