/** The ordered suite through the AWS SDK against Millrace's own endpoint: Kinesis with and without fan-out, DynamoDB Streams. */
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { dynamodbStreamsClient } from '@millrace/poller-shards';
import { memoryQueues, memoryStreams, systemClock } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Gateway, startGateway } from '../../gateway/src/index.ts';
import { disturbing } from './support/dynamodb.ts';
import { REGION } from './support/events.ts';
import { kinesisSubject } from './support/kinesis.ts';
import { streamSubject } from './support/substrate.ts';

describe('through the gateway', () => {
  const streams = memoryStreams();
  let gateway: Gateway;

  beforeAll(async () => {
    const queues = memoryQueues({});
    gateway = await startGateway({ queues, streams, region: REGION, accountId: '123456789012' });
  });

  afterAll(() => gateway.close());

  describe.each([
    ['Kinesis', false],
    ['Kinesis with enhanced fan-out', true],
  ])('%s', (_title, fanOut) => {
    const subject = () => kinesisSubject({ endpoint: gateway.url, fanOut });
    test.concurrent.each(orderedCases)('$name', ({ run }) => run(subject()), 60_000);
  });

  describe('DynamoDB Streams', () => {
    const subject = streamSubject(streams, 'dynamodb', async (_stream, streamArn) => {
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const sdk = new DynamoDBStreamsClient({ endpoint: gateway.url, region: REGION, credentials });
      const client = await dynamodbStreamsClient({ client: sdk, streamArn, clock: systemClock });
      return { client, faults: disturbing(sdk) };
    });
    test.concurrent.each(orderedCases)('$name', ({ run }) => run(subject), 60_000);
  });
});
