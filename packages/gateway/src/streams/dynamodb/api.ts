/** Every operation of DynamoDB Streams (Amazon DynamoDB Streams API Reference, version 2012-08-10). */
import { iteratorTypes } from '../positions.ts';
import type { Api, Operation } from '../protocol/api.ts';
import { jsonEncoding } from '../protocol/encoding.ts';
import { integer, struct, text } from '../protocol/shapes.ts';
import { getRecords, getShardIterator } from './read.ts';
import { describeStream, listStreams } from './streams.ts';

const streamArn = text({ min: 37, max: 1024 });
const shardId = text({ min: 28, max: 65 });

const operations: Readonly<Record<string, Operation>> = {
  DescribeStream: {
    input: struct({
      'StreamArn!': streamArn,
      Limit: integer(1),
      ExclusiveStartShardId: shardId,
      ShardFilter: struct({ Type: text({ oneOf: ['CHILD_SHARDS'] }), ShardId: shardId }),
    }),
    run: describeStream,
  },
  GetRecords: {
    input: struct({ 'ShardIterator!': text({ min: 1, max: 2048 }), Limit: integer(1, 1000) }),
    run: getRecords,
  },
  GetShardIterator: {
    input: struct({
      'StreamArn!': streamArn,
      'ShardId!': shardId,
      'ShardIteratorType!': text({ oneOf: iteratorTypes }),
      SequenceNumber: text({ min: 21, max: 40 }),
    }),
    run: getShardIterator,
  },
  ListStreams: {
    input: struct({
      TableName: text({ min: 3, max: 255, pattern: /^[a-zA-Z0-9_.-]+$/ }),
      Limit: integer(1, 100),
      ExclusiveStartStreamArn: streamArn,
    }),
    run: listStreams,
  },
};

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';
const FRONT: Readonly<Record<string, string>> = {
  SerializationException: 'com.amazon.coral.service#',
  UnknownOperationException: 'com.amazon.coral.service#',
  ValidationException: 'com.amazon.coral.validate#',
};

export const dynamodbStreams: Api = {
  title: 'DynamoDB Streams',
  target: 'DynamoDBStreams_20120810',
  operations,
  json: jsonEncoding('1.0'),
  hasCbor: false,
  errorType: (name) => {
    if (name === 'InternalFailure') return `${DYNAMODB}InternalServerError`;
    return `${Object.hasOwn(FRONT, name) ? FRONT[name] : DYNAMODB}${name}`;
  },
};
