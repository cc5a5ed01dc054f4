/** Documents to queues: of ElasticMQ, which nobody here wrote, through Millrace's own endpoint, and on the substrate. */
import { SQS } from '@aws-sdk/client-sqs';
import { type Destination, memoryQueues, newId, type Queues, systemClock } from '@millrace/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith, sharedElasticMq } from '../../../test/components/available.ts';
import { type Gateway, startGateway } from '../../gateway/src/index.ts';
import { redisQueues } from '../../redis/src/index.ts';
import { sqsDestination, substrateQueueDestination } from '../src/index.ts';
import { DOCUMENT, failureOf, sqs } from './support.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

async function makeQueue(client: SQS, name = `failures-${newId()}`) {
  const Attributes = name.endsWith('.fifo') ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
  const { QueueUrl } = await client.createQueue({ QueueName: name, Attributes });
  const answer = await client.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] });
  return { QueueUrl, arn: answer.Attributes?.QueueArn ?? '' };
}

async function receive(client: SQS, QueueUrl: string | undefined): Promise<(string | undefined)[]> {
  const { Messages = [] } = await client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 });
  return Messages.map(({ Body }) => Body);
}

function endpointCases(endpoint: () => string): void {
  let client: SQS;
  let destination: Destination;

  beforeAll(() => {
    client = new SQS({ endpoint: endpoint(), region: 'us-east-1', credentials });
    destination = sqsDestination({ endpoint: endpoint() });
  });

  afterAll(async () => {
    await destination.close();
    client.destroy();
  });

  test('the message body is the document', async () => {
    const { QueueUrl, arn } = await makeQueue(client);
    await destination.deliver(sqs(arn));
    expect(await receive(client, QueueUrl)).toEqual([DOCUMENT]);
  });

  test('a queue that is not there is named, and found once it is made', async () => {
    const { arn: other } = await makeQueue(client);
    const name = `failures-${newId()}`;
    const arn = other.replace(/[^:]+$/, name);
    expect(await failureOf(destination.deliver(sqs(arn)))).toEqual({
      message: `There is no queue ${arn}.`,
      code: 'DELIVERY_FAILED',
    });
    const { QueueUrl } = await makeQueue(client, name);
    await destination.deliver(sqs(arn));
    expect(await receive(client, QueueUrl)).toEqual([DOCUMENT]);
  });

  test('a queue that was removed is noticed, also when its URL was known', async () => {
    const { QueueUrl, arn } = await makeQueue(client);
    await destination.deliver(sqs(arn));
    await client.deleteQueue({ QueueUrl });
    expect((await failureOf(destination.deliver(sqs(arn)))).message).toBe(`There is no queue ${arn}.`);
  });

  test('a FIFO queue is refused, and gets nothing', async () => {
    const { QueueUrl, arn } = await makeQueue(client, `failures-${newId()}.fifo`);
    expect(await failureOf(destination.deliver(sqs(arn)))).toEqual({
      message: `A FIFO queue is no on-failure destination: take a standard queue instead of ${arn}.`,
      code: 'DELIVERY_REFUSED',
    });
    expect(await receive(client, QueueUrl)).toEqual([]);
  });
}

describeWith(['elasticmq'], 'SQS destinations at ElasticMQ', () => {
  let url = '';
  beforeAll(async () => {
    url = await sharedElasticMq();
  }, 120_000);
  endpointCases(() => url);
});

describeWith(['redis'], 'SQS destinations at the gateway', () => {
  let redis: RunningRedis;
  let queues: Queues;
  let gateway: Gateway;

  beforeAll(async () => {
    redis = await startRedis();
    queues = redisQueues({ redis: redis.url });
    gateway = await startGateway({ queues, region: 'us-east-1', accountId: '123456789012' });
  });

  afterAll(async () => {
    await gateway.close();
    await queues.close();
    await redis.stop();
  });

  endpointCases(() => gateway.url);

  test('the account of the ARN counts', async () => {
    const client = new SQS({ endpoint: gateway.url, region: 'us-east-1', credentials });
    const { arn } = await makeQueue(client);
    const destination = sqsDestination({ endpoint: gateway.url });
    const foreign = arn.replace('123456789012', '210987654321');
    expect((await failureOf(destination.deliver(sqs(foreign)))).message).toContain(foreign);
    await destination.close();
    client.destroy();
  });

  describe('on the substrate', () => substrateCases(() => queues));
});

describe('SQS destinations in memory', () => substrateCases(() => memoryQueues()));

function substrateCases(open: () => Queues): void {
  const arnOf = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;

  async function made(queues: Queues, name: string) {
    const now = systemClock.now();
    await queues.create({
      ...{ name, arn: arnOf(name), fifo: name.endsWith('.fifo'), visibilityTimeoutMs: 30_000, retentionMs: 60_000 },
      ...{ delayMs: 0, contentBasedDeduplication: true, inFlightLimit: 120_000, createdAtMs: now, modifiedAtMs: now },
      ...{ carried: {}, tags: {} },
    });
    return queues.open(name);
  }

  test('the message body is the document', async () => {
    const queues = open();
    const queue = await made(queues, 'direct');
    await substrateQueueDestination(queues).deliver(sqs(arnOf('direct')));
    expect((await queue.peek(10)).map(({ sent }) => sent)).toEqual([{ body: DOCUMENT }]);
  });

  test('a queue that is not there is named; a FIFO queue is refused and gets nothing', async () => {
    const queues = open();
    const destination = substrateQueueDestination(queues);
    expect(await failureOf(destination.deliver(sqs(arnOf('none'))))).toEqual({
      message: `There is no queue ${arnOf('none')}.`,
      code: 'DELIVERY_FAILED',
    });
    const queue = await made(queues, 'ordered.fifo');
    expect((await failureOf(destination.deliver(sqs(arnOf('ordered.fifo'))))).code).toBe('DELIVERY_REFUSED');
    expect(await queue.peek(10)).toEqual([]);
  });
}
