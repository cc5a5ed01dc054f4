/** The ordered suite through the AWS SDK against Millrace's own endpoint: Kinesis with and without enhanced fan-out. */
import { memoryQueues, memoryStreams } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Gateway, startGateway } from '../../gateway/src/index.ts';
import { kinesisSubject } from './support/kinesis.ts';

describe('through the gateway', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    const queues = memoryQueues({});
    gateway = await startGateway({ queues, streams: memoryStreams(), region: 'us-east-1', accountId: '123456789012' });
  });

  afterAll(() => gateway.close());

  describe.each([
    ['Kinesis', false],
    ['Kinesis with enhanced fan-out', true],
  ])('%s', (_title, fanOut) => {
    test.concurrent.each(orderedCases)(
      '$name',
      ({ run }) => run(kinesisSubject({ endpoint: gateway.url, fanOut })),
      60_000,
    );
  });
});
