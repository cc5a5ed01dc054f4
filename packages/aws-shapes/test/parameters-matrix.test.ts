import { describe, expect, it } from 'vitest';
import { applicability, fixedParameters, parseMappingRequest } from '../src/index.ts';
import { access, answer, arns, brokers, kinds, least, provisioned, world } from './parameters-world.ts';

const onFailure = { OnFailure: { Destination: arns.failed } };

/** A value of each parameter that is not its default. */
const values: Readonly<Record<string, unknown>> = {
  Enabled: false,
  BatchSize: 5,
  MaximumBatchingWindowInSeconds: 1,
  FilterCriteria: { Filters: [{ Pattern: '{"a":["b"]}' }] },
  KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  ScalingConfig: { MaximumConcurrency: 2 },
  ProvisionedPollerConfig: { MinimumPollers: 3 },
  'ProvisionedPollerConfig.PollerGroupName': { ProvisionedPollerConfig: { MinimumPollers: 3, PollerGroupName: 'g' } },
  StartingPosition: 'LATEST',
  StartingPositionTimestamp: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 },
  ParallelizationFactor: 2,
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: 1,
  MaximumRecordAgeInSeconds: 60,
  TumblingWindowInSeconds: 30,
  DestinationConfig: onFailure,
  Topics: ['orders'],
  Queues: ['orders'],
  SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: access[0]?.URI }],
  SelfManagedEventSource: brokers,
  AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
  SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
  DocumentDBEventSourceConfig: { DatabaseName: 'db' },
  MetricsConfig: { Metrics: ['EventCount'] },
  LoggingConfig: { SystemLogLevel: 'INFO' },
  Tags: { team: 'a' },
};

/** semantics §1.1: yes, no (refused), P (with provisioned mode only); by sqs, sqs-fifo, kinesis, dynamodb, msk, self-managed. */
const matrix: Readonly<Record<string, string>> = {
  Enabled: 'yes yes yes yes yes yes',
  BatchSize: 'yes yes yes yes yes yes',
  MaximumBatchingWindowInSeconds: 'yes window yes yes yes yes',
  FilterCriteria: 'yes yes yes yes yes yes',
  KMSKeyArn: 'yes yes yes yes yes yes',
  FunctionResponseTypes: 'yes yes yes yes P P',
  ScalingConfig: 'yes yes no no no no',
  ProvisionedPollerConfig: 'yes yes no no yes yes',
  'ProvisionedPollerConfig.PollerGroupName': 'no no no no yes yes',
  StartingPosition: 'no no yes yes yes yes',
  StartingPositionTimestamp: 'no no yes position yes yes',
  ParallelizationFactor: 'no no yes yes no no',
  BisectBatchOnFunctionError: 'no no yes yes P P',
  MaximumRetryAttempts: 'no no yes yes P P',
  MaximumRecordAgeInSeconds: 'no no yes yes P P',
  TumblingWindowInSeconds: 'no no yes yes no no',
  DestinationConfig: 'no no yes yes yes yes',
  Topics: 'no no no no yes yes',
  Queues: 'no no no no no no',
  SourceAccessConfigurations: 'no no no no yes yes',
  SelfManagedEventSource: 'no no no no no yes',
  AmazonManagedKafkaEventSourceConfig: 'no no no no yes no',
  SelfManagedKafkaEventSourceConfig: 'no no no no no yes',
  DocumentDBEventSourceConfig: 'no no no no no no',
  MetricsConfig: 'yes yes yes yes P P',
  LoggingConfig: 'no no no no P P',
  Tags: 'yes yes yes yes yes yes',
};

const rulesOf: Readonly<Record<string, string>> = {
  yes: 'accepted',
  no: 'parameters.not-for-source',
  P: 'parameters.kafka-needs-provisioned-mode',
  window: 'parameters.fifo-no-window',
  position: 'parameters.starting-position-unsupported',
};

const cells = Object.entries(matrix).flatMap(([name, row]) =>
  row.split(' ').map((cell, column) => ({ name, cell, kind: kinds[column]! })),
);

function requested(name: string): object {
  const value = values[name];
  const isWhole = name.includes('.') || name === 'StartingPositionTimestamp';
  return isWhole ? (value as object) : { [name]: value };
}

describe('which parameter applies to which source', () => {
  it.each(cells)('create: $name on $kind: $cell', ({ name, cell, kind }) => {
    const parsed = parseMappingRequest('create', { ...least[kind], ...requested(name) }, world());
    expect(answer(parsed).split(' | ')[0]).toBe(rulesOf[cell]);
  });

  it.each(cells.filter((c) => c.cell === 'P'))('with provisioned mode: $name on $kind', ({ name, kind }) => {
    const parsed = parseMappingRequest('create', { ...least[kind], ...provisioned, ...requested(name) }, world());
    expect(answer(parsed)).toBe('accepted');
  });

  it('names the parameter in camel case, after the one text that is known', () => {
    const parsed = parseMappingRequest('create', { ...least.sqs, DestinationConfig: onFailure }, world());
    expect(answer(parsed)).toBe(
      "parameters.not-for-source | 400 InvalidParameterValueException | Unsupported 'destinationConfig' parameter for given event source mapping type.",
    );
  });

  it('covers every parameter of the API', () => {
    const tested = [...Object.keys(matrix), 'EventSourceArn', 'FunctionName'].filter((name) => !name.includes('.'));
    expect(tested.sort()).toEqual(Object.keys(applicability).sort());
    expect(fixedParameters).toHaveLength(7);
  });
});
