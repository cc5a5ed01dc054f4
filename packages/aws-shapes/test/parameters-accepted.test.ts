import { describe, expect, it } from 'vitest';
import { type MappingConfiguration, parseMappingRequest } from '../src/index.ts';
import { dynamodb, fifo, grouped, kafka, kinesis, mapped, msk, onFailure, sqs } from './parameters-rows.ts';
import { answer, arns, brokers, created, provisioned, world } from './parameters-world.ts';

describe('what is not refused', () => {
  const accepted: readonly (readonly [string, object, (readonly MappingConfiguration[])?])[] = [
    ['a large batch with a window', { ...sqs, BatchSize: 10_000, MaximumBatchingWindowInSeconds: 1 }],
    [
      'a large batch without a window on a stream',
      { ...kinesis, BatchSize: 10_000, MaximumBatchingWindowInSeconds: 0 },
    ],
    ['a FIFO queue with window 0', { ...fifo, MaximumBatchingWindowInSeconds: 0, BatchSize: 10 }],
    ['a consumer of a stream', { ...kinesis, EventSourceArn: arns.consumer }],
    ['an age of one minute', { ...kinesis, MaximumRecordAgeInSeconds: 60 }],
    ['an age without end', { ...kinesis, MaximumRecordAgeInSeconds: -1 }],
    [
      'tumbling windows with filters',
      { ...kinesis, TumblingWindowInSeconds: 900, FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
    ],
    ['five filters', { ...sqs, FilterCriteria: { Filters: Array(5).fill({ Pattern: '{}' }) } }],
    ['a bucket as destination', { ...dynamodb, ...onFailure(arns.bucket) }],
    ['a FIFO destination, which fails at delivery', { ...kinesis, ...onFailure(`${arns.failed}.fifo`) }],
    ['another topic as destination', { ...kafka, ...provisioned, ...onFailure('kafka://failed') }],
    ['a queue destination without provisioned mode', { ...msk, ...onFailure(arns.failed) }],
    [
      'retry defaults without provisioned mode',
      { ...msk, MaximumRetryAttempts: -1, BisectBatchOnFunctionError: false },
    ],
    ['the same queue for an alias', { ...sqs, FunctionName: 'consumer:live' }, mapped(sqs)],
    ['another topic of the same cluster', { ...msk, Topics: ['other'] }, mapped(msk)],
    [
      'other brokers with the same topic',
      { ...kafka, SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['b:1'] } } },
      mapped(kafka),
    ],
    ['a group just at its limit', { ...msk, ...grouped(999), Topics: ['other'] }, mapped({ ...msk, ...grouped(1001) })],
    ['a function timeout equal to the visibility timeout', { ...sqs, FunctionName: 'half' }],
    ['a start in the past', { ...kinesis, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2025-12-31' }],
    ['a Kafka function of 300 seconds', { ...msk, FunctionName: 'slow' }],
    ['nulls in place of absent values', { ...sqs, ScalingConfig: null, FilterCriteria: { Filters: null } }],
  ];

  it.each(accepted.map(([what, request, mappings = []]) => ({ what, request, mappings })))(
    '$what',
    ({ request, mappings }) => {
      expect(answer(parseMappingRequest('create', request, world(mappings)))).toBe('accepted');
    },
  );

  it('uses the brokers as they are given', () => expect(created(kafka).SelfManagedEventSource).toEqual(brokers));
});
