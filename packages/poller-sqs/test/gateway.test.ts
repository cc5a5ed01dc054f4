/** The poller suite through the AWS SDK against Millrace's own endpoint, over queues that live in Redis. */
import type { SQS } from '@aws-sdk/client-sqs';
import type { Queues } from '@millrace/runtime';
import { pollerCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { type Gateway, startGateway } from '../../gateway/src/index.ts';
import { redisQueues } from '../../redis/src/index.ts';
import { clientOf, sdkSubject } from './support/sdk.ts';

describeWith(['redis'], 'through the gateway', () => {
  let redis: RunningRedis;
  let queues: Queues;
  let gateway: Gateway;
  let sqs: SQS;

  beforeAll(async () => {
    redis = await startRedis();
    queues = redisQueues({ redis: redis.url });
    gateway = await startGateway({ queues, region: 'us-east-1', accountId: '123456789012' });
    sqs = clientOf(gateway.url);
  });

  afterAll(async () => {
    sqs.destroy();
    await gateway.close();
    await queues.close();
    await redis.stop();
  });

  describe.each([
    ['standard', false],
    ['FIFO', true],
  ])('a %s queue', (_title, fifo) => {
    test.concurrent.each(pollerCases)('$name', ({ run }) => run(sdkSubject(sqs), fifo), 60_000);
  });
});
