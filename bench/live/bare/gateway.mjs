/** Millrace's AWS endpoint, for SQS, Kinesis and DynamoDB Streams, in a process of its own. */
import { startGateway } from '@millrace/gateway';
import { redisQueues, redisStreams } from '@millrace/redis';
import { Redis } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const redis = new Redis(settings.redisUrl);
const queues = redisQueues({ redis, prefix: 'millrace' });
const streams = redisStreams({ redis, prefix: 'millrace' });
const gateway = await startGateway({
  queues,
  streams,
  host: '127.0.0.1',
  port: 0,
  region: 'us-east-1',
  accountId: '123456789012',
});
report(() => 0, gateway.url);
