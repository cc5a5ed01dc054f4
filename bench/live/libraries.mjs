/** The libraries that Millrace itself uses, resolved from the package that depends on them: both sides run the same. */
import { createRequire } from 'node:module';
import process from 'node:process';

// The AWS SDK warns of Node 20 in each process.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const ofRedis = createRequire(new URL('../../packages/redis/package.json', import.meta.url));
const ofPoller = createRequire(new URL('../../packages/poller-sqs/package.json', import.meta.url));
const ofShards = createRequire(new URL('../../packages/poller-shards/package.json', import.meta.url));
const ofKafka = createRequire(new URL('../../packages/poller-kafka/package.json', import.meta.url));

export const { Redis } = ofRedis('ioredis');
export const bullmq = ofRedis('bullmq');
export const sqs = ofPoller('@aws-sdk/client-sqs');
/** Each takes long to load: only who uses it waits for it. */
export const kinesis = () => ofShards('@aws-sdk/client-kinesis');
export const dynamodbStreams = () => ofShards('@aws-sdk/client-dynamodb-streams');
export const dynamodb = () => ofShards('@aws-sdk/client-dynamodb');
export const kafkajs = () => ofKafka('kafkajs');

/** An SQS client as the command line makes one. */
export function sqsClient(endpoint, SQSClient = sqs.SQSClient) {
  return new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: { httpAgent: { maxSockets: 2000 } },
  });
}

const aws = (endpoint) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});

export function dynamodbClient(endpoint) {
  return new (dynamodb().DynamoDBClient)(aws(endpoint));
}

export function dynamodbStreamsClient(endpoint) {
  return new (dynamodbStreams().DynamoDBStreamsClient)(aws(endpoint));
}

/** As the command line makes one: over HTTP/1.1, with the handler that the SDK's other clients have. */
export function kinesisClient(endpoint) {
  const { requestHandler } = dynamodbStreamsClient(endpoint).config;
  return new (kinesis().KinesisClient)({ ...aws(endpoint), requestHandler });
}
