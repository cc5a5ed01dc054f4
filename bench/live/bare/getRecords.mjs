/** What anyone could write: GetRecords with the AWS SDK, again and again on every shard, and the Lambda event of every so many. */
import { dynamodbStreams, dynamodbStreamsClient, kinesis, kinesisClient } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { kind, endpoint, stream, batch } = settings;
const nothing = async (_event) => {};
let done = 0;

const region = 'us-east-1';

function kinesisSide() {
  const { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } = kinesis();
  const client = kinesisClient(endpoint);
  const invokeIdentityArn = 'arn:aws:iam::123456789012:role/bench';
  const eventSourceARN = `arn:aws:kinesis:${region}:123456789012:stream/${stream}`;
  return {
    most: 10_000,
    shards: async () => (await client.send(new ListShardsCommand({ StreamName: stream }))).Shards,
    iterator: (ShardId) =>
      client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' })),
    records: (ask) => client.send(new GetRecordsCommand(ask)),
    entry: (shardId, { PartitionKey, SequenceNumber, Data, ApproximateArrivalTimestamp }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey,
        sequenceNumber: SequenceNumber,
        data: Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength).toString('base64'),
        approximateArrivalTimestamp: ApproximateArrivalTimestamp.getTime() / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn,
      awsRegion: region,
      eventSourceARN,
    }),
  };
}

function dynamodbSide() {
  const { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } = dynamodbStreams();
  const client = dynamodbStreamsClient(endpoint);
  return {
    most: 1000,
    shards: async () => (await client.send(new DescribeStreamCommand({ StreamArn: stream }))).StreamDescription.Shards,
    iterator: (ShardId) =>
      client.send(new GetShardIteratorCommand({ StreamArn: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' })),
    records: (ask) => client.send(new GetRecordsCommand(ask)),
    entry: (_shardId, { eventID, eventName, eventVersion, dynamodb }) => ({
      eventID,
      eventName,
      eventVersion,
      eventSource: 'aws:dynamodb',
      awsRegion: region,
      dynamodb: {
        ...dynamodb,
        ApproximateCreationDateTime: dynamodb.ApproximateCreationDateTime.getTime() / 1000,
      },
      eventSourceARN: stream,
    }),
  };
}

const { most, shards, iterator, records, entry } = kind === 'kinesis' ? kinesisSide() : dynamodbSide();

async function loop({ ShardId }) {
  let { ShardIterator } = await iterator(ShardId);
  while (ShardIterator) {
    const { Records, NextShardIterator } = await records({ ShardIterator, Limit: most });
    for (let from = 0; from < Records.length; from += batch) {
      const Entries = Records.slice(from, from + batch).map((record) => entry(ShardId, record));
      await nothing({ Records: Entries });
      done += Entries.length;
    }
    ShardIterator = NextShardIterator;
  }
}

const all = await shards();
for (const shard of all) void loop(shard);
report(() => done);
