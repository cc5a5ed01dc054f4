/** The queues on Redis pass the suite of the port, and so does the adapter in memory, which is the suite's own measure. */
import { memoryQueues, type Queues } from '@millrace/runtime';
import { queueCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';
import { redisQueues } from '../../src/index.ts';
import { HandClock } from './support/handClock.ts';

let redis: RunningRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  await redis?.stop();
});

let substrates = 0;

const onRedis = (clock: HandClock): Queues =>
  redisQueues({ redis: redis.url, prefix: `conformance-${++substrates}`, clock, now: () => clock.now() });

describe.each([
  ['on Redis', onRedis],
  ['in memory', (clock: HandClock) => memoryQueues({ clock })],
])('queues %s', (_where, open) => {
  test.each(queueCases)('$name', async ({ run }) => {
    const clock = new HandClock();
    const queues = open(clock);
    const subject = { queues, now: () => clock.now(), advance: async (ms: number) => clock.forward(ms) };
    await expect(run(subject).finally(() => queues.close())).resolves.toBeUndefined();
  });
});
