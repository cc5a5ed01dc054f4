/** The poller suite on the queues that live in Redis. */

import type { Queues } from '@millrace/runtime';
import { pollerCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { redisQueues } from '../../redis/src/index.ts';
import { substrateSubject } from './support/substrate.ts';

describeWith(['redis'], 'on Redis', () => {
  let redis: RunningRedis;
  let queues: Queues;

  beforeAll(async () => {
    redis = await startRedis();
    queues = redisQueues({ redis: redis.url });
  });

  afterAll(async () => {
    await queues.close();
    await redis.stop();
  });

  describe.each([
    ['standard', false],
    ['FIFO', true],
  ])('a %s queue', (_title, fifo) => {
    test.concurrent.each(pollerCases)('$name', ({ run }) => run(substrateSubject(queues), fifo), 60_000);
  });
});
