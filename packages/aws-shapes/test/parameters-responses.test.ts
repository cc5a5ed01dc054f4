import { describe, expect, it } from 'vitest';
import {
  carriedParameters,
  errorBody,
  inUse,
  invalidParameter,
  notFound,
  settingsOf,
  validation,
} from '../src/index.ts';
import { access, arns, brokers, created, functionArn, least, nowMs, provisioned, uuid } from './parameters-world.ts';

const { sqs, kinesis, dynamodb, msk } = least;
const kafka = least['self-managed-kafka'];

/** What every answer holds. */
const shared = {
  UUID: uuid,
  FunctionArn: functionArn,
  EventSourceMappingArn: `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${uuid}`,
  LastModified: nowMs / 1000,
  State: 'Creating',
  StateTransitionReason: 'USER_INITIATED',
};

const queueAnswer = { ...shared, BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] };

const streamAnswer = {
  ...shared,
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  LastProcessingResult: 'No records processed',
  DestinationConfig: { OnFailure: {} },
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  MaximumRetryAttempts: -1,
  TumblingWindowInSeconds: 0,
  FunctionResponseTypes: [],
};

const topicAnswer = { ...shared, BatchSize: 100, LastProcessingResult: 'No records processed', Topics: ['orders'] };

describe('answers to a create with defaults: exactly these fields', () => {
  it('SQS', () => expect(created(sqs)).toStrictEqual({ ...queueAnswer, EventSourceArn: arns.queue }));

  it('SQS FIFO', () => {
    expect(created(least['sqs-fifo'])).toStrictEqual({ ...queueAnswer, EventSourceArn: arns.fifo });
  });

  it('Kinesis', () => {
    const answer = { ...streamAnswer, EventSourceArn: arns.stream, StartingPosition: 'TRIM_HORIZON' };
    expect(created(kinesis)).toStrictEqual(answer);
  });

  it('DynamoDB', () => {
    expect(created(dynamodb)).toStrictEqual({
      ...streamAnswer,
      EventSourceArn: arns.table,
      StartingPosition: 'LATEST',
    });
  });

  it('self-managed Kafka', () => {
    expect(created(kafka)).toStrictEqual({
      ...topicAnswer,
      StartingPosition: 'TRIM_HORIZON',
      SelfManagedEventSource: brokers,
      SourceAccessConfigurations: access,
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid },
    });
  });

  it('MSK', () => {
    expect(created(msk)).toStrictEqual({
      ...topicAnswer,
      StartingPosition: 'LATEST',
      EventSourceArn: arns.cluster,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid },
    });
  });
});

describe('answers to a create show what was set, and only then', () => {
  it.each([
    ['an empty list of filters', sqs, { FilterCriteria: { Filters: [] } }, {}],
    [
      'filters',
      sqs,
      { FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
      { FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
    ],
    [
      'a maximum concurrency',
      sqs,
      { ScalingConfig: { MaximumConcurrency: 5 } },
      { ScalingConfig: { MaximumConcurrency: 5 } },
    ],
    ['an empty scaling config', sqs, { ScalingConfig: {} }, {}],
    ['an empty key', sqs, { KMSKeyArn: '' }, {}],
    ['no metrics', sqs, { MetricsConfig: { Metrics: [] } }, {}],
    ['Enabled and Tags', sqs, { Enabled: true, Tags: { a: 'b' } }, {}],
    ['a minimum of pollers', sqs, provisioned, { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 200 } }],
    [
      'a maximum of pollers',
      sqs,
      { ProvisionedPollerConfig: { MaximumPollers: 9 } },
      { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 9 } },
    ],
    [
      'pollers of a topic',
      msk,
      { ProvisionedPollerConfig: { MaximumPollers: 9 } },
      { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 9 } },
    ],
    ['a window of a topic', msk, { MaximumBatchingWindowInSeconds: 0 }, { MaximumBatchingWindowInSeconds: 0 }],
    ['no response types of a topic', msk, { FunctionResponseTypes: [] }, {}],
    [
      'a consumer group',
      msk,
      { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' } },
      { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' } },
    ],
    ['an empty destination config', kinesis, { DestinationConfig: {} }, {}],
    [
      'a point in time',
      kinesis,
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2025-01-01T00:00:00.500Z' },
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_735_689_600.5 },
    ],
  ])('%s', (_what, base, given, shown) => {
    expect(created({ ...base, ...given })).toStrictEqual({ ...created(base), ...shown });
  });

  it.each([
    ['consumer', functionArn],
    [functionArn, functionArn],
    ['123456789012:function:consumer', functionArn],
    ['123456789012:function:consumer:$LATEST', `${functionArn}:$LATEST`],
    ['consumer:live', `${functionArn}:live`],
    [`${functionArn}:1`, `${functionArn}:1`],
  ])('FunctionArn echoes the qualifier of %s', (FunctionName, echoed) => {
    expect(created({ ...sqs, FunctionName }).FunctionArn).toBe(echoed);
  });
});

describe('settings: what the core runs on', () => {
  const off = {
    functionArn,
    filterPatterns: [],
    partialResponses: false,
    parallelizationFactor: 1,
    maximumRetries: 'untilExpiry',
    maximumRecordAgeMs: 'never',
    bisect: false,
    tumblingWindowMs: 0,
    startingPosition: 'TRIM_HORIZON',
    metrics: [],
  };

  it('of a queue', () => {
    expect(settingsOf(created(sqs))).toStrictEqual({
      ...off,
      kind: 'sqs',
      eventSourceArn: arns.queue,
      batchSize: 10,
      batchWindowMs: 0,
    });
  });

  it('of a stream', () => {
    expect(settingsOf(created(kinesis))).toStrictEqual({
      ...off,
      kind: 'kinesis',
      eventSourceArn: arns.stream,
      batchSize: 100,
      batchWindowMs: 0,
    });
  });

  it('of a topic: the window that no answer shows is half a second', () => {
    expect(settingsOf(created(kafka))).toStrictEqual({
      ...off,
      kind: 'self-managed-kafka',
      batchSize: 100,
      batchWindowMs: 500,
      consumerGroupId: uuid,
      topic: 'orders',
      bootstrapServers: ['kafka:1000'],
    });
  });

  it('with everything that a stream can be given', () => {
    const configuration = created({
      ...kinesis,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: 1_700_000_000.25,
      BatchSize: 7,
      MaximumBatchingWindowInSeconds: 3,
      MaximumRetryAttempts: 0,
      MaximumRecordAgeInSeconds: 60,
      BisectBatchOnFunctionError: true,
      TumblingWindowInSeconds: 30,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: { Filters: [{ Pattern: '{"a":["b"]}' }] },
      DestinationConfig: { OnFailure: { Destination: arns.topic } },
      MetricsConfig: { Metrics: ['EventCount'] },
    });
    expect(settingsOf(configuration)).toStrictEqual({
      ...off,
      kind: 'kinesis',
      eventSourceArn: arns.stream,
      startingPosition: { atMs: 1_700_000_000_250 },
      batchSize: 7,
      batchWindowMs: 3000,
      maximumRetries: 0,
      maximumRecordAgeMs: 60_000,
      bisect: true,
      tumblingWindowMs: 30_000,
      partialResponses: true,
      filterPatterns: ['{"a":["b"]}'],
      onFailureDestination: { kind: 'sns', arn: arns.topic },
      metrics: ['EventCount'],
    });
  });

  it.each([
    [arns.failed, 'sqs'],
    [arns.bucket, 's3'],
    ['kafka://failed', 'kafka'],
  ])('a destination %s', (arn, kind) => {
    const request = { ...msk, ...provisioned, DestinationConfig: { OnFailure: { Destination: arn } } };
    expect(settingsOf(created(request)).onFailureDestination).toEqual({ kind, arn });
  });

  it('of scaling', () => {
    const ProvisionedPollerConfig = { MinimumPollers: 3, PollerGroupName: 'g' };
    expect(settingsOf(created({ ...sqs, ScalingConfig: { MaximumConcurrency: 4 } })).maximumConcurrency).toBe(4);
    expect(settingsOf(created({ ...msk, ProvisionedPollerConfig })).provisioned).toEqual({
      minimumPollers: 3,
      maximumPollers: 200,
      pollerGroupName: 'g',
    });
  });
});

describe('what stands beside the answers', () => {
  it('lists the parameters that are only carried', () => {
    const request = {
      ...kafka,
      KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
      Tags: { a: 'b' },
      LoggingConfig: { SystemLogLevel: 'INFO' },
      ProvisionedPollerConfig: { PollerGroupName: 'g', MinimumPollers: 2 },
      SourceAccessConfigurations: [
        { Type: 'VPC_SUBNET', URI: 'subnet:1' },
        { Type: 'VPC_SUBNET', URI: 'subnet:2' },
        ...access,
      ],
    };
    expect(carriedParameters(request)).toEqual([
      'KMSKeyArn',
      'Tags',
      'LoggingConfig',
      'ProvisionedPollerConfig.PollerGroupName',
      'SourceAccessConfigurations VPC_SUBNET',
    ]);
    expect(carriedParameters({ ...sqs, KMSKeyArn: '' })).toEqual([]);
  });

  it('writes the message of an error in the casing that AWS uses for it', () => {
    expect(errorBody(invalidParameter('parameters.queue-exists', 'm'))).toEqual({ Type: 'User', message: 'm' });
    expect(errorBody(notFound('parameters.unknown-mapping', 'm'))).toEqual({ Type: 'User', Message: 'm' });
    expect(errorBody(inUse('mapping.state-in-use', 'delete'))).toEqual({
      Type: 'User',
      Message: 'Cannot delete the event source mapping because it is in use.',
    });
    expect(errorBody(validation('parameters.shape-constraint', 'm'))).toEqual({ message: 'm' });
  });
});
