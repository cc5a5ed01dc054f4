/** The ordered suite on the streams that live in Redis. */
import type { Streams } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { redisStreams } from '../../redis/src/index.ts';
import { substrateSubject } from './support/substrate.ts';

describeWith(['redis'], 'on Redis', () => {
  let redis: RunningRedis;
  let streams: Streams;

  beforeAll(async () => {
    redis = await startRedis();
    streams = redisStreams({ redis: redis.url });
  });

  afterAll(async () => {
    await streams.close();
    await redis.stop();
  });

  describe.each(['kinesis', 'dynamodb'] as const)('a stream of %s', (kind) => {
    test.concurrent.each(orderedCases)('$name', ({ run }) => run(substrateSubject(streams, kind)), 60_000);
  });
});
