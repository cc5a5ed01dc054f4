/** Full streams and topics: on the substrate by its port, in a table and in Kafka by their own clients. */
import { createHash } from 'node:crypto';
import { redisStreams } from '@millrace/redis';
import { systemClock } from '@millrace/runtime';
import { dynamodb, dynamodbClient, kafkajs, Redis } from './libraries.mjs';

const BODY_BYTES = 1024;
export const BATCH = 100;

const body = Buffer.alloc(BODY_BYTES, 'x');
/** As every record of a Kinesis stream holds it. */
const data = body.toString('base64');
const AT_ONCE = 500;
const KEYS_PER_SHARD = 50;

const streamArnOf = (name) => `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;

/** A stream of the substrate; `put` takes partition keys, `close` leaves the stream there. */
export async function makeStream(redisUrl, name, shards, prefix = 'millrace') {
  const redis = new Redis(redisUrl);
  const streams = redisStreams({ redis, prefix });
  const createdAtMs = systemClock.now();
  const more = { arn: streamArnOf(name), kind: 'kinesis', retentionMs: 86_400_000, carried: {}, tags: {} };
  await streams.create({ name, createdAtMs, ...more }, shards);
  const stream = streams.open(name);
  return {
    stream,
    put: (keys, text = data) =>
      stream.put(keys.map((key) => ({ record: { partitionKey: key, data: text }, key, bytes: BODY_BYTES }))),
    async close() {
      await streams.close();
      redis.disconnect();
    },
  };
}

/** As many records in each shard, its keys in turn. Streams keep them: all rounds read the same ones. */
export async function fillStream(redisUrl, name, shards, records) {
  const { put, close } = await makeStream(redisUrl, name, shards);
  const keys = keysOf(shards, KEYS_PER_SHARD).flat();
  for (let sent = 0; sent < records; sent += AT_ONCE) {
    const count = Math.min(AT_ONCE, records - sent);
    await put(Array.from({ length: count }, (_, index) => keys[(sent + index) % keys.length]));
  }
  await close();
}

export async function removeStream(redisUrl, name, prefix = 'millrace') {
  const redis = new Redis(redisUrl);
  const streams = redisStreams({ redis, prefix });
  await streams.remove(name);
  await streams.close();
  redis.disconnect();
}

/** Partition keys by shard, so many for each: shards begin with equal parts of the hashes. */
export function keysOf(shards, each) {
  const found = Array.from({ length: shards }, () => []);
  for (let number = 0; found.some((keys) => keys.length < each); number += 1) {
    const hash = BigInt(`0x${createHash('md5').update(`key-${number}`).digest('hex')}`);
    const keys = found[Number((hash * BigInt(shards)) >> 128n)];
    if (keys.length < each) keys.push(`key-${number}`);
  }
  return found;
}

const WRITE_AT_ONCE = 25;
const CALLS_AT_ONCE = 8;

/** A table into whose stream so many new items go. @returns the ARN of the stream */
export async function fillTable(endpoint, name, records) {
  const { BatchWriteItemCommand, CreateTableCommand } = dynamodb();
  const client = dynamodbClient(endpoint);
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  const text = body.toString();
  let sent = 0;
  const loop = async () => {
    while (sent < records) {
      const from = sent;
      sent += WRITE_AT_ONCE;
      const puts = Array.from({ length: Math.min(WRITE_AT_ONCE, records - from) }, (_, index) => ({
        PutRequest: { Item: { id: { S: `item-${from + index}` }, body: { S: text } } },
      }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: puts } }));
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, loop));
  client.destroy();
  return TableDescription.LatestStreamArn;
}

const MESSAGES_AT_ONCE = 1000;

/** A topic with as many records in each partition. */
export async function fillTopic(brokers, topic, partitions, records) {
  const { Kafka, logLevel } = kafkajs();
  const kafka = new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (let sent = 0; sent < records; sent += MESSAGES_AT_ONCE) {
    const messages = Array.from({ length: Math.min(MESSAGES_AT_ONCE, records - sent) }, (_, index) => ({
      key: `key-${sent + index}`,
      value: body,
      partition: (sent + index) % partitions,
    }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}
