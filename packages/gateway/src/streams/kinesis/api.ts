/** Every operation of Kinesis that there is here, with what goes in (Amazon Kinesis API Reference, version 2013-12-02). */
import type { Api, Operation } from '../protocol/api.ts';
import { jsonEncoding } from '../protocol/encoding.ts';
import { type BlobShape, integer, list, type MapShape, struct, text } from '../protocol/shapes.ts';
import {
  deregisterStreamConsumer,
  describeStreamConsumer,
  listStreamConsumers,
  registerStreamConsumer,
} from './consumers.ts';
import { LONGEST_RECORD_BYTES, putRecord, putRecords } from './put.ts';
import { getRecords, getShardIterator, kinesisIteratorTypes } from './read.ts';
import { mergeShards, splitShard, updateShardCount, updateStreamMode } from './reshard.ts';
import { decreaseRetention, increaseRetention } from './retention.ts';
import { listShards, shardFilterTypes } from './shards.ts';
import { createStream, deleteStream, describeStream, describeStreamSummary, listStreams } from './streams.ts';
import { subscribeToShard } from './subscribe.ts';
import { addTagsToStream, listTagsForStream, removeTagsFromStream } from './tags.ts';
import {
  hashKeyText,
  pageSize,
  sequenceNumberText,
  shardId,
  streamArn,
  streamName,
  whichStream,
} from './whichStream.ts';

const tagKey = text({ min: 1, max: 128 });
const tags: MapShape = { kind: 'map', key: tagKey, of: text({ max: 256 }), min: 1, max: 200 };
const token = text({ min: 1, max: 1_048_576 });
const data: BlobShape = { kind: 'blob', maxBytes: LONGEST_RECORD_BYTES };
const entry = { 'Data!': data, ExplicitHashKey: hashKeyText, PartitionKey: text({ min: 1, max: 256 }) } as const;
const positiveInteger = integer(1);
const iteratorType = text({ oneOf: kinesisIteratorTypes });
const modeDetails = struct({ 'StreamMode!': text({ oneOf: ['PROVISIONED', 'ON_DEMAND'] }) });
const consumerName = text({ min: 1, max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ });
const consumerArn = text({
  min: 1,
  max: 2048,
  pattern: /^arn:aws[^:]*:kinesis:[^:]*:\d{12}:stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+$/,
});
const whichConsumer = { StreamARN: streamArn, ConsumerName: consumerName, ConsumerARN: consumerArn } as const;
const shardFilter = struct({
  'Type!': text({ oneOf: shardFilterTypes }),
  ShardId: shardId,
  Timestamp: 'timestamp',
});
const startingPosition = struct({
  'Type!': iteratorType,
  SequenceNumber: sequenceNumberText,
  Timestamp: 'timestamp',
});
const retention = struct({ ...whichStream, 'RetentionPeriodHours!': integer() });

const operations: Readonly<Record<string, Operation>> = {
  AddTagsToStream: { input: struct({ ...whichStream, 'Tags!': tags }), run: addTagsToStream },
  CreateStream: {
    input: struct({
      'StreamName!': streamName,
      ShardCount: positiveInteger,
      StreamModeDetails: modeDetails,
      Tags: tags,
      MaxRecordSizeInKiB: integer(1024, 10_240),
    }),
    run: createStream,
  },
  DecreaseStreamRetentionPeriod: { input: retention, run: decreaseRetention },
  DeleteStream: { input: struct({ ...whichStream, EnforceConsumerDeletion: 'boolean' }), run: deleteStream },
  DeregisterStreamConsumer: { input: struct(whichConsumer), run: deregisterStreamConsumer },
  DescribeStream: {
    input: struct({ ...whichStream, Limit: pageSize, ExclusiveStartShardId: shardId }),
    run: describeStream,
  },
  DescribeStreamConsumer: { input: struct(whichConsumer), run: describeStreamConsumer },
  DescribeStreamSummary: { input: struct(whichStream), run: describeStreamSummary },
  GetRecords: {
    input: struct({ 'ShardIterator!': text({ min: 1, max: 512 }), Limit: pageSize, StreamARN: streamArn }),
    run: getRecords,
  },
  GetShardIterator: {
    input: struct({
      ...whichStream,
      'ShardId!': shardId,
      'ShardIteratorType!': iteratorType,
      StartingSequenceNumber: sequenceNumberText,
      Timestamp: 'timestamp',
    }),
    run: getShardIterator,
  },
  IncreaseStreamRetentionPeriod: { input: retention, run: increaseRetention },
  ListShards: {
    input: struct({
      ...whichStream,
      NextToken: token,
      ExclusiveStartShardId: shardId,
      MaxResults: pageSize,
      StreamCreationTimestamp: 'timestamp',
      ShardFilter: shardFilter,
    }),
    run: listShards,
  },
  ListStreamConsumers: {
    input: struct({ 'StreamARN!': streamArn, NextToken: token, MaxResults: pageSize }),
    run: listStreamConsumers,
  },
  ListStreams: {
    input: struct({ Limit: pageSize, ExclusiveStartStreamName: streamName, NextToken: token }),
    run: listStreams,
  },
  ListTagsForStream: {
    input: struct({ ...whichStream, ExclusiveStartTagKey: tagKey, Limit: integer(1, 50) }),
    run: listTagsForStream,
  },
  MergeShards: {
    input: struct({ ...whichStream, 'ShardToMerge!': shardId, 'AdjacentShardToMerge!': shardId }),
    run: mergeShards,
  },
  PutRecord: {
    input: struct({ ...whichStream, ...entry, SequenceNumberForOrdering: sequenceNumberText }),
    run: putRecord,
  },
  PutRecords: { input: struct({ ...whichStream, 'Records!': list(struct(entry), 1, 500) }), run: putRecords },
  RegisterStreamConsumer: {
    input: struct({ 'StreamARN!': streamArn, 'ConsumerName!': consumerName }),
    run: registerStreamConsumer,
  },
  RemoveTagsFromStream: {
    input: struct({ ...whichStream, 'TagKeys!': list(tagKey, 1, 50) }),
    run: removeTagsFromStream,
  },
  SplitShard: {
    input: struct({ ...whichStream, 'ShardToSplit!': shardId, 'NewStartingHashKey!': hashKeyText }),
    run: splitShard,
  },
  SubscribeToShard: {
    input: struct({ 'ConsumerARN!': consumerArn, 'ShardId!': shardId, 'StartingPosition!': startingPosition }),
    run: subscribeToShard,
  },
  UpdateShardCount: {
    input: struct({
      ...whichStream,
      'TargetShardCount!': positiveInteger,
      'ScalingType!': text({ oneOf: ['UNIFORM_SCALING'] }),
    }),
    run: updateShardCount,
  },
  UpdateStreamMode: {
    input: struct({ 'StreamARN!': streamArn, 'StreamModeDetails!': modeDetails }),
    run: updateStreamMode,
  },
};

export const kinesis: Api = {
  title: 'Kinesis',
  target: 'Kinesis_20131202',
  operations,
  json: jsonEncoding('1.1'),
  hasCbor: true,
  errorType: (name) => name,
};
