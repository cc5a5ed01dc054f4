/** The poller suite through the AWS SDK against ElasticMQ, which nobody here wrote. */
import type { SQS } from '@aws-sdk/client-sqs';
import { pollerCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { describeWith, sharedElasticMq } from '../../../test/components/available.ts';
import { clientOf, sdkSubject } from './support/sdk.ts';

describeWith(['elasticmq'], 'on ElasticMQ', () => {
  let sqs: SQS;

  beforeAll(async () => {
    sqs = clientOf(await sharedElasticMq());
  }, 120_000);

  afterAll(() => sqs.destroy());

  describe.each([
    ['standard', false],
    ['FIFO', true],
  ])('a %s queue', (_title, fifo) => {
    test.concurrent.each(pollerCases)('$name', ({ run }) => run(sdkSubject(sqs), fifo), 60_000);
  });
});
