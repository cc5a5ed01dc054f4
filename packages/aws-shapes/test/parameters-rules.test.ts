import { rules } from '@millrace/semantics';
import { describe, expect, it } from 'vitest';
import { type MappingConfiguration, parseMappingRequest } from '../src/index.ts';
import {
  access,
  account,
  answer,
  arns,
  brokers,
  created,
  functionArn,
  least,
  provisioned,
  uuid,
  world,
} from './parameters-world.ts';

const ipve = '400 InvalidParameterValueException';
const { sqs, kinesis, dynamodb, msk } = least;
const fifo = least['sqs-fifo'];
const kafka = least['self-managed-kafka'];
const mapped = (request: object) => [created(request)];
const nowhere = 'arn:aws:sqs:us-east-1:123456789012:nowhere';
const noStream = 'arn:aws:kinesis:us-east-1:123456789012:stream/nowhere';
const noTable = 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2025-02-22T03:03:25.490';
const noCluster = 'arn:aws:kafka:us-east-1:123456789012:cluster/nowhere/1';
const onFailure = (destination?: string) => ({
  DestinationConfig: { OnFailure: destination === undefined ? {} : { Destination: destination } },
});
const pollers = (config: object) => ({ ProvisionedPollerConfig: config });
const grouped = (maximum: number) => pollers({ MaximumPollers: maximum, PollerGroupName: 'shared' });
const exists = (rest: string) =>
  `${rest} already exists. Please update or delete the existing mapping with UUID ${uuid}`;
const unsupported = (name: string) => `Unsupported '${name}' parameter for given event source mapping type.`;
const provisionedOnly = (name: string) =>
  `${name} is only available for Provisioned Mode. Enable Provisioned Mode by specifying MinimumPollers in ProvisionedPollerConfig.`;

type Row = readonly [
  rule: string,
  status: string,
  message: string,
  request: object,
  mappings?: readonly MappingConfiguration[],
];

/** Every rule by which a create request is refused: rule, status and code, AWS's text, what provokes it. */
const rows: readonly Row[] = [
  [
    'unknown-parameter',
    '400 ValidationException',
    'Unknown parameter in ScalingConfig: "Max", must be one of: MaximumConcurrency',
    { ...sqs, ScalingConfig: { Max: 2 } },
  ],
  [
    'wrong-type',
    '400 SerializationException',
    'BatchSize must be an integer, and it is the string "ten".',
    { ...sqs, BatchSize: 'ten' },
  ],
  [
    'wrong-type',
    '400 SerializationException',
    'Topics.1.member must be a string, and it is the number 7.',
    { ...msk, Topics: [7] },
  ],
  ['unrecognized-source', ipve, 'Unrecognized event source.', { FunctionName: 'unknown' }],
  [
    'unrecognized-source',
    ipve,
    'Unrecognized event source.',
    { ...sqs, EventSourceArn: 'arn:aws:sns:us-east-1:123456789012:t' },
  ],
  [
    'not-supported-yet',
    ipve,
    'Amazon MQ event sources are not supported by Millrace yet.',
    { ...sqs, EventSourceArn: 'arn:aws:mq:us-east-1:123456789012:broker:b:1' },
  ],
  [
    'not-supported-yet',
    ipve,
    'Amazon DocumentDB event sources are not supported by Millrace yet.',
    { ...sqs, EventSourceArn: 'arn:aws:rds:us-east-1:123456789012:cluster:c' },
  ],
  [
    'not-supported-yet',
    ipve,
    'Schema registries (SchemaRegistryConfig) are not supported by Millrace yet.',
    {
      ...msk,
      ...provisioned,
      AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { EventRecordFormat: 'JSON' } },
    },
  ],
  ['not-for-source', ipve, unsupported('parallelizationFactor'), { ...sqs, ParallelizationFactor: 1 }],
  ['not-for-source', ipve, unsupported('pollerGroupName'), { ...sqs, ...grouped(5) }],
  [
    'required-parameter',
    ipve,
    "Required 'sourceAccessConfigurations' parameter is missing.",
    { ...kafka, SourceAccessConfigurations: null },
  ],
  [
    'required-parameter',
    ipve,
    "Required 'sourceAccessConfigurations' parameter is missing.",
    { ...kafka, SourceAccessConfigurations: [] },
  ],
  ['required-parameter', ipve, "Required 'topics' parameter is missing.", { ...msk, Topics: null }],
  [
    'required-parameter',
    ipve,
    "Required 'selfManagedEventSource.endpoints' parameter is missing.",
    { ...kafka, SelfManagedEventSource: {} },
  ],
  [
    'starting-position-required',
    ipve,
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    { ...dynamodb, StartingPosition: null },
  ],
  [
    'starting-position-required',
    ipve,
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    { ...msk, StartingPosition: null },
  ],
  [
    'shape-constraint',
    '400 ValidationException',
    "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    { ...kinesis, StartingPosition: 'invalid' },
  ],
  [
    'starting-position-unsupported',
    ipve,
    `Unsupported starting position for arn type: ${arns.table}`,
    { ...dynamodb, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '1741010802' },
  ],
  [
    'starting-timestamp',
    ipve,
    'StartingPositionTimestamp is required when StartingPosition is AT_TIMESTAMP.',
    { ...kinesis, StartingPosition: 'AT_TIMESTAMP' },
  ],
  [
    'starting-timestamp',
    ipve,
    'StartingPositionTimestamp is only allowed when StartingPosition is AT_TIMESTAMP.',
    { ...kinesis, StartingPositionTimestamp: 1 },
  ],
  [
    'starting-timestamp',
    ipve,
    'StartingPositionTimestamp must not be in the future.',
    { ...kinesis, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2026-01-01T00:00:01Z' },
  ],
  [
    'sqs-large-batch-needs-window',
    ipve,
    'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    { ...sqs, BatchSize: 11 },
  ],
  ['fifo-batch-size', ipve, 'Batch size must not exceed 10 for FIFO queues', { ...fifo, BatchSize: 11 }],
  [
    'fifo-no-window',
    ipve,
    'Batching window is not supported for FIFO queues',
    { ...fifo, MaximumBatchingWindowInSeconds: 1 },
  ],
  [
    'record-age-range',
    ipve,
    'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
    { ...kinesis, MaximumRecordAgeInSeconds: 59 },
  ],
  [
    'record-age-range',
    ipve,
    'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
    { ...kinesis, MaximumRecordAgeInSeconds: 0 },
  ],
  [
    'tumbling-needs-factor-one',
    ipve,
    'ParallelizationFactor must be 1 when TumblingWindowInSeconds is greater than 0.',
    { ...kinesis, TumblingWindowInSeconds: 1, ParallelizationFactor: 2 },
  ],
  [
    'filter-count',
    ipve,
    'FilterCriteria has 6 filters, and an event source mapping can have at most 5.',
    { ...sqs, FilterCriteria: { Filters: Array(6).fill({ Pattern: '{}' }) } },
  ],
  [
    'no-success-destination',
    ipve,
    'Unsupported DestinationConfig parameter for given event source mapping type.',
    { ...sqs, DestinationConfig: { OnSuccess: { Destination: arns.failed } } },
  ],
  [
    'destination-required',
    ipve,
    'The Destination field is required for an OnFailure configuration.',
    { ...kinesis, ...onFailure() },
  ],
  [
    'destination-required',
    ipve,
    'The Destination field is required for an OnFailure configuration.',
    { ...kinesis, ...onFailure('') },
  ],
  [
    'destination-kind',
    ipve,
    `Unsupported OnFailure destination for given event source mapping type: ${functionArn}`,
    { ...kinesis, ...onFailure(functionArn) },
  ],
  [
    'destination-kind',
    ipve,
    'Unsupported OnFailure destination for given event source mapping type: kafka://failed',
    { ...kinesis, ...onFailure('kafka://failed') },
  ],
  [
    'kafka-destination',
    ipve,
    'A Kafka topic can only be an OnFailure destination in Provisioned Mode.',
    { ...msk, ...onFailure('kafka://failed') },
  ],
  [
    'kafka-destination',
    ipve,
    'The OnFailure destination topic orders must differ from the source topic.',
    { ...msk, ...provisioned, ...onFailure('kafka://orders') },
  ],
  [
    'kafka-needs-provisioned-mode',
    ipve,
    provisionedOnly('MetricsConfig'),
    { ...msk, MetricsConfig: { Metrics: ['ErrorCount'] } },
  ],
  [
    'kafka-needs-provisioned-mode',
    ipve,
    provisionedOnly('BisectBatchOnFunctionError'),
    { ...kafka, BisectBatchOnFunctionError: true },
  ],
  [
    'pollers-required',
    ipve,
    'Either MinimumPollers or MaximumPollers are required if ProvisionedPollerConfig is provided.',
    { ...sqs, ...pollers({}) },
  ],
  [
    'pollers-required',
    ipve,
    'Either MinimumPollers or MaximumPollers are required if ProvisionedPollerConfig is provided.',
    { ...msk, ...pollers({ PollerGroupName: 'g' }) },
  ],
  [
    'poller-range',
    ipve,
    'MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 10000]',
    { ...sqs, ...pollers({ MinimumPollers: 1 }) },
  ],
  [
    'poller-range',
    ipve,
    'MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 10000]',
    { ...sqs, ...pollers({ MinimumPollers: 5, MaximumPollers: 4 }) },
  ],
  [
    'poller-range',
    ipve,
    'MinimumPollers should be between [1, 200] and MaximumPollers should be between [MinimumPollers, 2000]',
    { ...msk, ...pollers({ MaximumPollers: 2001 }) },
  ],
  [
    'pollers-exclude-maximum-concurrency',
    ipve,
    'Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism and remove maximum concurrency.',
    { ...sqs, ...provisioned, ScalingConfig: { MaximumConcurrency: 5 } },
  ],
  [
    'poller-group-limit',
    ipve,
    'Poller group shared can have at most 100 event source mappings with at most 2000 pollers together.',
    { ...msk, ...grouped(1000), Topics: ['other'] },
    mapped({ ...msk, ...grouped(1001) }),
  ],
  [
    'metrics-of-source',
    ipve,
    "Unsupported metric 'KafkaMetrics' for given event source mapping type. Queues support EventCount only.",
    { ...sqs, MetricsConfig: { Metrics: ['EventCount', 'KafkaMetrics'] } },
  ],
  [
    'access-configuration-type',
    ipve,
    'Unsupported source access configuration type VIRTUAL_HOST for given event source mapping type.',
    { ...kafka, SourceAccessConfigurations: [{ Type: 'VIRTUAL_HOST', URI: '/' }] },
  ],
  [
    'access-configuration-type',
    ipve,
    'Unsupported source access configuration type BASIC_AUTH for given event source mapping type.',
    { ...msk, SourceAccessConfigurations: access },
  ],
  [
    'access-configuration-type',
    ipve,
    'Each of sourceAccessConfigurations needs a Type and a URI.',
    { ...kafka, SourceAccessConfigurations: [{ Type: 'BASIC_AUTH' }] },
  ],
  [
    'consumer-group-taken',
    '409 ResourceConflictException',
    `The consumer group id mine is already used by the event source mapping with UUID ${uuid}`,
    { ...kafka, SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' } },
    mapped({ ...msk, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' } }),
  ],
  ['function-exists', ipve, 'Function does not exist', { EventSourceArn: nowhere, FunctionName: 'unknown' }],
  ['function-exists', ipve, 'Function does not exist', { ...sqs, FunctionName: 'consumer:nobody' }],
  [
    'function-exists',
    ipve,
    'Function does not exist',
    { ...sqs, FunctionName: functionArn.replace(account, '999999999999') },
  ],
  [
    'queue-exists',
    ipve,
    'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
    { ...sqs, EventSourceArn: nowhere, BatchSize: 1 },
  ],
  ['stream-exists', ipve, `Stream not found: ${noStream}`, { ...kinesis, EventSourceArn: noStream }],
  ['stream-exists', ipve, `Stream not found: ${noTable}`, { ...dynamodb, EventSourceArn: noTable }],
  ['cluster-exists', ipve, `Cluster not found: ${noCluster}`, { ...msk, EventSourceArn: noCluster }],
  [
    'source-in-same-region',
    ipve,
    'The event source is in Region eu-west-1 and the function in Region us-east-1: they must be in the same Region.',
    { ...sqs, EventSourceArn: arns.queue.replace('us-east-1', 'eu-west-1') },
  ],
  [
    'visibility-timeout',
    ipve,
    'Queue visibility timeout: 30 seconds is less than Function timeout: 300 seconds',
    { ...sqs, FunctionName: 'slow' },
  ],
  [
    'kafka-function-timeout',
    ipve,
    'Function timeout: 841 seconds is more than the 840 seconds that a Kafka event source allows.',
    { ...msk, FunctionName: 'endless' },
  ],
  [
    'duplicate-mapping',
    '409 ResourceConflictException',
    exists(`An event source mapping with SQS arn (" ${arns.queue} ") and function (" consumer ")`),
    { ...sqs, BatchSize: 3 },
    mapped(sqs),
  ],
  [
    'duplicate-mapping',
    '409 ResourceConflictException',
    exists(`The event source arn (" ${arns.stream} ") and function (" consumer ") provided mapping`),
    kinesis,
    mapped(kinesis),
  ],
  [
    'duplicate-mapping',
    '409 ResourceConflictException',
    exists(`The event source arn (" ${arns.table} ") and function (" consumer ") provided mapping`),
    dynamodb,
    mapped(dynamodb),
  ],
  [
    'duplicate-mapping',
    '409 ResourceConflictException',
    exists(`An event source mapping with event source ("kafka:1000"), function ("${functionArn}"), topics ("orders")`),
    kafka,
    mapped(kafka),
  ],
  [
    'duplicate-mapping',
    '409 ResourceConflictException',
    exists(
      `An event source mapping with event source ("kafka:999,kafka:1000"), function ("${functionArn}"), topics ("orders")`,
    ),
    { ...kafka, SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:999', 'kafka:1000'] } } },
    mapped(kafka),
  ],
  [
    'duplicate-mapping',
    '409 ResourceConflictException',
    exists(
      `An event source mapping with event source ("${arns.cluster}"), function ("${functionArn}"), topics ("orders")`,
    ),
    msk,
    mapped(msk),
  ],
];

describe('the rules by which a create request is refused', () => {
  it.each(rows)('%s: %s %s', (rule, status, message, request, mappings = []) => {
    const parsed = parseMappingRequest('create', request, world(mappings));
    expect(answer(parsed)).toBe(`parameters.${rule} | ${status} | ${message}`);
  });

  it('has a row for every rule of the catalogue', () => {
    const elsewhere = ['fixed-at-creation', 'unknown-mapping', 'unknown-operation'];
    const tested = [...rows.map(([rule]) => rule), ...elsewhere].map((rule) => `parameters.${rule}`);
    const known = Object.keys(rules).filter((id) => id.startsWith('parameters.'));
    expect([...new Set(tested)].sort()).toEqual(known.sort());
  });

  it.each(['null', 'simple string', '["a"]'])('a pattern that the filter rules refuse: %s', (Pattern) => {
    const parsed = parseMappingRequest('create', { ...sqs, FilterCriteria: { Filters: [{ Pattern }] } }, world());
    expect(answer(parsed)).toBe(`filter.invalid-pattern | ${ipve} | Invalid filter pattern definition.`);
    expect(!parsed.ok && parsed.refusal.detail).toBe('Write an object.');
  });

  it('a filter without a pattern is the pattern null', () => {
    const parsed = parseMappingRequest('create', { ...sqs, FilterCriteria: { Filters: [{ Pattern: null }] } }, world());
    expect(answer(parsed)).toBe(`filter.invalid-pattern | ${ipve} | Invalid filter pattern definition.`);
  });
});

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
    ['a start in the past', { ...kinesis, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2025-12-31' }],
    ['a Kafka function of 300 seconds', { ...msk, FunctionName: 'slow' }],
    ['nulls in place of absent values', { ...sqs, ScalingConfig: null, FilterCriteria: { Filters: null } }],
  ];

  it.each(accepted)('%s', (_what, request, mappings = []) => {
    expect(answer(parseMappingRequest('create', request, world(mappings)))).toBe('accepted');
  });

  it('uses the brokers as they are given', () => expect(created(kafka).SelfManagedEventSource).toEqual(brokers));
});
