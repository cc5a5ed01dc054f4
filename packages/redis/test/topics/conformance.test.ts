/**
 * The topics on Redis pass the suite of the port, on one server and in cluster mode, which refuses a script whose keys are
 * not all in one slot. So does the adapter in memory, which is the suite's own measure.
 */
import { memoryTopics, type Topics } from '@millrace/runtime';
import { topicCases } from '@millrace/runtime/conformance';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';
import { redisTopics } from '../../src/index.ts';
import { HandClock } from '../queues/support/handClock.ts';

let redis: RunningRedis;
let clusterNode: RunningRedis;
let cluster: Cluster;

beforeAll(async () => {
  redis = await startRedis();
  clusterNode = await startRedis({
    args: ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-announce-ip', '127.0.0.1'],
  });
  const node = new Redis(clusterNode.url);
  await node.cluster('ADDSLOTSRANGE', 0, 16383);
  await vi.waitFor(async () => expect(await node.cluster('INFO')).toContain('cluster_state:ok'), 10_000);
  node.disconnect();
  cluster = new Cluster([{ host: '127.0.0.1', port: clusterNode.port }]);
});

afterAll(async () => {
  cluster?.disconnect();
  await redis?.stop();
  await clusterNode?.stop();
});

let substrates = 0;

const onRedis = (clock: HandClock): Topics =>
  redisTopics({ redis: redis.url, prefix: `conformance-${++substrates}`, clock, now: () => clock.now() });

const onCluster = (clock: HandClock): Topics =>
  redisTopics({ redis: cluster, prefix: `conformance-${++substrates}`, clock, now: () => clock.now() });

describe.each([
  ['on Redis', onRedis],
  ['on Redis Cluster', onCluster],
  ['in memory', (clock: HandClock) => memoryTopics({ clock })],
])('topics %s', (_where, open) => {
  test.each(topicCases)('$name', async ({ run }) => {
    const clock = new HandClock();
    const topics = open(clock);
    const subject = { topics, now: () => clock.now(), advance: async (ms: number) => clock.forward(ms) };
    await expect(run(subject).finally(() => topics.close())).resolves.toBeUndefined();
  });
});
