/** Full queues: on the substrate by its port, behind an endpoint by the SDK. */

import { redisQueues } from '@millrace/redis';
import { systemClock } from '@millrace/runtime';
import { Redis, sqs, sqsClient } from './libraries.mjs';

const BATCH_OF_TEN = 10;
const CALLS_AT_ONCE = 8;

/** The same body for all: making bodies is not what is measured. */
export const bodyOf = (bytes) => 'x'.repeat(bytes);

export async function fillSubstrate(redisUrl, name, messages, bytes, prefix = 'millrace') {
  const redis = new Redis(redisUrl);
  const queues = redisQueues({ redis, prefix });
  const now = systemClock.now();
  await queues.create({
    name,
    arn: `arn:aws:sqs:us-east-1:123456789012:${name}`,
    fifo: false,
    visibilityTimeoutMs: 300_000,
    retentionMs: 345_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: 120_000,
    createdAtMs: now,
    modifiedAtMs: now,
    carried: {},
    tags: {},
  });
  const queue = queues.open(name);
  const chunk = Array.from({ length: 200 }, () => ({ body: bodyOf(bytes) }));
  for (let sent = 0; sent < messages; sent += chunk.length) await queue.send(chunk.slice(0, messages - sent));
  await queues.close();
  redis.disconnect();
}

export async function emptySubstrate(redisUrl, name, prefix = 'millrace') {
  const redis = new Redis(redisUrl);
  const queues = redisQueues({ redis, prefix });
  await queues.remove(name);
  await queues.close();
  redis.disconnect();
}

export async function fillEndpoint(endpoint, name, messages, bytes) {
  const client = sqsClient(endpoint);
  const { QueueUrl } = await client.send(
    new sqs.CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: '300' } }),
  );
  const Entries = Array.from({ length: BATCH_OF_TEN }, (_, index) => ({
    Id: String(index),
    MessageBody: bodyOf(bytes),
  }));
  let left = messages / BATCH_OF_TEN;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      await client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, loop));
  client.destroy();
  return QueueUrl;
}

export async function removeAtEndpoint(endpoint, QueueUrl) {
  const client = sqsClient(endpoint);
  await client.send(new sqs.DeleteQueueCommand({ QueueUrl }));
  client.destroy();
}
