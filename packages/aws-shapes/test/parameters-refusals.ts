/** Refusals by what a request says of its source, its start, its batches and its filters. */
import { dynamodb, fifo, grouped, ipve, kafka, kinesis, msk, type Row, sqs, unsupported } from './parameters-rows.ts';
import { arns, provisioned } from './parameters-world.ts';

export const requestRefusals: readonly Row[] = [
  [
    'parameters.unknown-parameter',
    '400 ValidationException',
    'Unknown parameter in ScalingConfig: "Max", must be one of: MaximumConcurrency',
    { ...sqs, ScalingConfig: { Max: 2 } },
  ],
  [
    'parameters.wrong-type',
    '400 SerializationException',
    'BatchSize must be an integer, and it is the string "ten".',
    { ...sqs, BatchSize: 'ten' },
  ],
  [
    'parameters.wrong-type',
    '400 SerializationException',
    'Topics.1.member must be a string, and it is the number 7.',
    { ...msk, Topics: [7] },
  ],
  ['parameters.unrecognized-source', ipve, 'Unrecognized event source.', { FunctionName: 'unknown' }],
  [
    'parameters.unrecognized-source',
    ipve,
    'Unrecognized event source.',
    { ...sqs, EventSourceArn: 'arn:aws:sns:us-east-1:123456789012:t' },
  ],
  [
    'parameters.not-supported-yet',
    ipve,
    'Amazon MQ event sources are not supported by Millrace yet.',
    { ...sqs, EventSourceArn: 'arn:aws:mq:us-east-1:123456789012:broker:b:1' },
  ],
  [
    'parameters.not-supported-yet',
    ipve,
    'Amazon DocumentDB event sources are not supported by Millrace yet.',
    { ...sqs, EventSourceArn: 'arn:aws:rds:us-east-1:123456789012:cluster:c' },
  ],
  [
    'parameters.not-supported-yet',
    ipve,
    'Schema registries (SchemaRegistryConfig) are not supported by Millrace yet.',
    {
      ...msk,
      ...provisioned,
      AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { EventRecordFormat: 'JSON' } },
    },
  ],
  ['parameters.not-for-source', ipve, unsupported('parallelizationFactor'), { ...sqs, ParallelizationFactor: 1 }],
  ['parameters.not-for-source', ipve, unsupported('pollerGroupName'), { ...sqs, ...grouped(5) }],
  [
    'parameters.required-parameter',
    ipve,
    "Required 'sourceAccessConfigurations' parameter is missing.",
    { ...kafka, SourceAccessConfigurations: null },
  ],
  [
    'parameters.required-parameter',
    ipve,
    "Required 'sourceAccessConfigurations' parameter is missing.",
    { ...kafka, SourceAccessConfigurations: [] },
  ],
  ['parameters.required-parameter', ipve, "Required 'topics' parameter is missing.", { ...msk, Topics: null }],
  [
    'parameters.required-parameter',
    ipve,
    "Required 'selfManagedEventSource.endpoints' parameter is missing.",
    { ...kafka, SelfManagedEventSource: {} },
  ],
  [
    'parameters.starting-position-required',
    ipve,
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    { ...dynamodb, StartingPosition: null },
  ],
  [
    'parameters.starting-position-required',
    ipve,
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    { ...msk, StartingPosition: null },
  ],
  [
    'parameters.shape-constraint',
    '400 ValidationException',
    "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    { ...kinesis, StartingPosition: 'invalid' },
  ],
  [
    'parameters.starting-position-unsupported',
    ipve,
    `Unsupported starting position for arn type: ${arns.table}`,
    { ...dynamodb, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '1741010802' },
  ],
  [
    'parameters.starting-timestamp',
    ipve,
    'StartingPositionTimestamp is required when StartingPosition is AT_TIMESTAMP.',
    { ...kinesis, StartingPosition: 'AT_TIMESTAMP' },
  ],
  [
    'parameters.starting-timestamp',
    ipve,
    'StartingPositionTimestamp is only allowed when StartingPosition is AT_TIMESTAMP.',
    { ...kinesis, StartingPositionTimestamp: 1 },
  ],
  [
    'parameters.starting-timestamp',
    ipve,
    'StartingPositionTimestamp must not be in the future.',
    { ...kinesis, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2026-01-01T00:00:01Z' },
  ],
  [
    'parameters.sqs-large-batch-needs-window',
    ipve,
    'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    { ...sqs, BatchSize: 11 },
  ],
  ['parameters.fifo-batch-size', ipve, 'Batch size must not exceed 10 for FIFO queues', { ...fifo, BatchSize: 11 }],
  [
    'parameters.fifo-no-window',
    ipve,
    'Batching window is not supported for FIFO queues',
    { ...fifo, MaximumBatchingWindowInSeconds: 1 },
  ],
  [
    'parameters.record-age-range',
    ipve,
    'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
    { ...kinesis, MaximumRecordAgeInSeconds: 59 },
  ],
  [
    'parameters.record-age-range',
    ipve,
    'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
    { ...kinesis, MaximumRecordAgeInSeconds: 0 },
  ],
  [
    'parameters.tumbling-needs-factor-one',
    ipve,
    'ParallelizationFactor must be 1 when TumblingWindowInSeconds is greater than 0.',
    { ...kinesis, TumblingWindowInSeconds: 1, ParallelizationFactor: 2 },
  ],
  [
    'parameters.filter-count',
    ipve,
    'FilterCriteria has 6 filters, and an event source mapping can have at most 5.',
    { ...sqs, FilterCriteria: { Filters: Array(6).fill({ Pattern: '{}' }) } },
  ],
];
