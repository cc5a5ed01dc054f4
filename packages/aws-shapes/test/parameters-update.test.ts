import { describe, expect, it } from 'vitest';
import { changedConfiguration, type MappingConfiguration, parseMappingRequest, settingsOf } from '../src/index.ts';
import { answer, arns, created, functionArn, least, nowMs, provisioned, uuid, world } from './parameters-world.ts';

const { sqs, kinesis, msk } = least;
const later = nowMs + 1000;
const otherUuid = '00000000-0000-4000-8000-000000000002';

function updated(current: MappingConfiguration, request: object): MappingConfiguration {
  const parsed = parseMappingRequest('update', request, world([current]), current);
  if (!parsed.ok) throw new Error(answer(parsed));
  return changedConfiguration(current, parsed.parameters, later);
}

describe('an update changes what it names and nothing else', () => {
  it.each([
    ['a number', sqs, { BatchSize: 3 }, { BatchSize: 3 }],
    ['another function', sqs, { FunctionName: 'consumer:live' }, { FunctionArn: `${functionArn}:live` }],
    ['nothing', kinesis, {}, {}],
    ['nulls', kinesis, { BatchSize: null, FilterCriteria: null }, {}],
    [
      'a destination',
      kinesis,
      { DestinationConfig: { OnFailure: { Destination: arns.failed } } },
      { DestinationConfig: { OnFailure: { Destination: arns.failed } } },
    ],
    ['an empty destination config', kinesis, { DestinationConfig: {} }, {}],
    [
      'response types',
      sqs,
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    ],
  ])('%s', (_what, base, request, shown) => {
    const current = created(base);
    expect(updated(current, request)).toStrictEqual({ ...current, ...shown, LastModified: later / 1000 });
  });

  it.each([
    ['filters by {}', sqs, { FilterCriteria: { Filters: [{ Pattern: '{}' }] } }, { FilterCriteria: {} }],
    [
      'filters by an empty list',
      sqs,
      { FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
      { FilterCriteria: { Filters: [] } },
    ],
    ['a maximum concurrency', sqs, { ScalingConfig: { MaximumConcurrency: 5 } }, { ScalingConfig: {} }],
    ['provisioned mode', sqs, provisioned, { ProvisionedPollerConfig: {} }],
    ['a key', sqs, { KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1' }, { KMSKeyArn: '' }],
    ['metrics', sqs, { MetricsConfig: { Metrics: ['EventCount'] } }, { MetricsConfig: { Metrics: [] } }],
    [
      'a destination of a stream',
      kinesis,
      { DestinationConfig: { OnFailure: { Destination: arns.failed } } },
      { DestinationConfig: { OnFailure: { Destination: '' } } },
    ],
    [
      'a destination of a topic',
      msk,
      { DestinationConfig: { OnFailure: { Destination: arns.failed } } },
      { DestinationConfig: { OnFailure: { Destination: '' } } },
    ],
  ])('takes away %s', (_what, base, given, request) => {
    const plain = created(base);
    expect(updated(created({ ...base, ...given }), request)).toStrictEqual({ ...plain, LastModified: later / 1000 });
  });

  it('keeps the pollers that it does not name', () => {
    const current = created({
      ...msk,
      ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 9, PollerGroupName: 'g' },
    });
    expect(updated(current, { ProvisionedPollerConfig: { MaximumPollers: 20 } }).ProvisionedPollerConfig).toEqual({
      MinimumPollers: 3,
      MaximumPollers: 20,
      PollerGroupName: 'g',
    });
    expect(updated(current, { ProvisionedPollerConfig: { PollerGroupName: '' } }).ProvisionedPollerConfig).toEqual({
      MinimumPollers: 3,
      MaximumPollers: 9,
    });
  });

  it("cannot bring Kafka's half second back", () => {
    const current = updated(created(msk), { MaximumBatchingWindowInSeconds: 1 });
    expect(settingsOf(current).batchWindowMs).toBe(1000);
    expect(settingsOf(updated(current, { MaximumBatchingWindowInSeconds: 0 })).batchWindowMs).toBe(0);
  });

  it('keeps the LastProcessingResult', () => {
    expect(updated({ ...created(kinesis), LastProcessingResult: 'OK' }, {}).LastProcessingResult).toBe('OK');
  });
});

describe('an update is checked on what it comes to', () => {
  const windowed = { ...sqs, BatchSize: 100, MaximumBatchingWindowInSeconds: 1 };
  const fixed = (name: string) =>
    `parameters.fixed-at-creation | 400 ValidationException | ${name} cannot be changed after the event source mapping was created.`;

  it.each([
    ['a large batch', sqs, { BatchSize: 11 }, 'parameters.sqs-large-batch-needs-window'],
    [
      'no window under a large batch',
      windowed,
      { MaximumBatchingWindowInSeconds: 0 },
      'parameters.sqs-large-batch-needs-window',
    ],
    [
      'a window for a FIFO queue',
      least['sqs-fifo'],
      { MaximumBatchingWindowInSeconds: 1 },
      'parameters.fifo-no-window',
    ],
    ['what the source does not have', sqs, { ParallelizationFactor: 1 }, 'parameters.not-for-source'],
    ['a success destination', kinesis, { DestinationConfig: { OnSuccess: {} } }, 'parameters.no-success-destination'],
    [
      'a schema registry',
      msk,
      { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: {} } },
      'parameters.not-supported-yet',
    ],
    [
      'OnFailure without a destination',
      kinesis,
      { DestinationConfig: { OnFailure: {} } },
      'parameters.destination-required',
    ],
    [
      'a factor beside windows',
      { ...kinesis, TumblingWindowInSeconds: 9 },
      { ParallelizationFactor: 2 },
      'parameters.tumbling-needs-factor-one',
    ],
    ['a slower function', sqs, { FunctionName: 'slow' }, 'parameters.visibility-timeout'],
    ['a function that does not exist', sqs, { FunctionName: 'nobody' }, 'parameters.function-exists'],
    ['a bad pattern', sqs, { FilterCriteria: { Filters: [{ Pattern: 'x' }] } }, 'filter.invalid-pattern'],
    ['a poller group alone', msk, { ProvisionedPollerConfig: { PollerGroupName: 'g' } }, 'parameters.pollers-required'],
    ['a name that is unknown', sqs, { Size: 1 }, 'parameters.unknown-parameter'],
    ['a number out of range', sqs, { BatchSize: 0 }, 'parameters.shape-constraint'],
    [
      'no provisioned mode under what needs it',
      { ...msk, ...provisioned, MaximumRetryAttempts: 3 },
      { ProvisionedPollerConfig: {} },
      'parameters.kafka-needs-provisioned-mode',
    ],
    [
      'a concurrency beside pollers',
      { ...sqs, ...provisioned },
      { ScalingConfig: { MaximumConcurrency: 3 } },
      'parameters.pollers-exclude-maximum-concurrency',
    ],
  ])('%s', (_what, base, request, rule) => {
    const current = created(base);
    const parsed = parseMappingRequest('update', request, world([current]), current);
    expect(answer(parsed).split(' | ')[0]).toBe(rule);
  });

  it.each([
    ['EventSourceArn', { EventSourceArn: arns.queue }],
    ['StartingPosition', { StartingPosition: 'LATEST' }],
    ['Topics', { Topics: ['other'] }],
    ['Tags', { Tags: {} }],
    ['ConsumerGroupId', { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'other' } }],
  ])('%s is fixed', (name, request) => {
    const current = created(msk);
    expect(answer(parseMappingRequest('update', request, world([current]), current))).toBe(fixed(name));
  });

  it('the same consumer group may be given again', () => {
    expect(updated(created(msk), { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid } })).toMatchObject({
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid },
    });
  });

  it('a function that another mapping has is refused, its own is not', () => {
    const current = created(sqs);
    const other = created({ ...sqs, FunctionName: 'consumer:live' }, [current], otherUuid);
    const both = world([current, other]);
    const taken = parseMappingRequest('update', { FunctionName: 'consumer:live' }, both, current);
    expect(answer(taken)).toContain(`Please update or delete the existing mapping with UUID ${otherUuid}`);
    expect(answer(parseMappingRequest('update', { FunctionName: 'consumer' }, both, current))).toBe('accepted');
  });

  it('a mapping whose function is gone can still be changed', () => {
    const current = created(sqs);
    const parsed = parseMappingRequest(
      'update',
      { BatchSize: 2 },
      { ...world([current]), functionOf: () => undefined },
      current,
    );
    expect(answer(parsed)).toBe('accepted');
  });
});
