/** The libraries that Millrace itself uses, resolved from the package that depends on them: both sides run the same. */
import { createRequire } from 'node:module';

const ofRedis = createRequire(new URL('../../packages/redis/package.json', import.meta.url));
const ofPoller = createRequire(new URL('../../packages/poller-sqs/package.json', import.meta.url));

export const { Redis } = ofRedis('ioredis');
export const bullmq = ofRedis('bullmq');
export const sqs = ofPoller('@aws-sdk/client-sqs');

/** An SQS client as the command line makes one. */
export function sqsClient(endpoint, SQSClient = sqs.SQSClient) {
  return new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: { httpAgent: { maxSockets: 2000 } },
  });
}
