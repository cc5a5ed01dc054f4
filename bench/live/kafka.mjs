/**
 * (d) Apache Kafka: a mapping against a bare `eachBatch` loop of kafkajs that also builds the Lambda event, in turns, each
 * in a fresh process with a consumer group of its own. All rounds read the same topic from its beginning.
 */
import { startKafka } from '../../infra/components/kafka.mjs';
import { startRedis } from '../../infra/components/redis.mjs';
import { handlerOf, startBare, startUp, writeScenario } from './processes.mjs';
import { watch } from './progress.mjs';
import { BATCH, fillTopic } from './streams.mjs';
import { cpuRatioRow, load, ratioRow, recordRow, row } from './table.mjs';

const TOPIC = 'bench';
const PARTITIONS = 12;

export async function kafkaPath({ folder, messages, rounds }) {
  const kafka = await startKafka({ jvmArgs: ['-Xmx1g', '-XX:TieredStopAtLevel=4'] });
  const redis = await startRedis();
  const world = { folder, messages, redis, brokers: kafka.brokers, shared: kafka.pids };
  const sides = { bare: [], mapping: [] };
  try {
    await fillTopic(kafka.brokers, TOPIC, PARTITIONS, messages);
    for (let round = 0; round < rounds; round += 1) {
      sides.bare.push(await bare(world, `bare-${round}`));
      sides.mapping.push(await mapped(world, `mapping-${round}`));
    }
  } finally {
    await redis.stop();
    await kafka.stop();
  }
  recordRow('kafkajs eachBatch, events built', sides.bare);
  recordRow('millrace up, inline, no-op', sides.mapping);
  ratioRow('to the bare loop', sides.mapping, sides.bare, 0.85);
  cpuRatioRow(sides.mapping, sides.bare);
  row('', load());
}

const spanOf = (messages) => ({ from: messages * 0.3, to: messages * 0.95, total: messages });

async function bare({ brokers, messages, shared }, groupId) {
  const one = await startBare('kafkaLoop', { brokers, topic: TOPIC, groupId, batch: BATCH });
  try {
    return await watch(one, spanOf(messages), [one.pid], shared);
  } finally {
    await one.stop();
  }
}

/** Its checkpoints are on Redis, which only it uses: that is its own CPU. */
async function mapped({ folder, brokers, messages, redis, shared }, name) {
  const scenario = writeScenario(folder, {
    scenario: name,
    source: { type: 'self-managed-kafka', name: TOPIC, partitions: PARTITIONS, brokers: brokers.join(',') },
    mapping: {
      BatchSize: BATCH,
      StartingPosition: 'TRIM_HORIZON',
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: name },
    },
    function: { name: 'nothing', handler: handlerOf('nothing') },
  });
  const args = ['--role', 'all', '--inline', '--no-gateway'];
  const one = await startUp(scenario, redis.url, args, { cwd: folder, counted: 'InvokedEventCount' });
  try {
    return await watch(one, spanOf(messages), [one.pid, redis.pid], shared);
  } finally {
    await one.stop();
  }
}
