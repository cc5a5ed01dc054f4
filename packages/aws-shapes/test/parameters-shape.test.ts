import { describe, expect, it } from 'vitest';
import { parseMappingRequest, shapeProblem, withoutNulls } from '../src/index.ts';
import { answer, least, provisioned, world } from './parameters-world.ts';

const { sqs, kinesis, msk } = least;
const kafka = least['self-managed-kafka'];
const most = (n: number) => `Member must have value less than or equal to ${n}`;
const min = (n: number) => `Member must have value greater than or equal to ${n}`;
const longest = (n: number) => `Member must have length less than or equal to ${n}`;
const shortest = (n: number) => `Member must have length greater than or equal to ${n}`;

/** Each bound of the API's shapes: request, the value and path as AWS names them, what it must be. */
const rows: readonly (readonly [request: object, value: string, path: string, must: string])[] = [
  [{ ...sqs, BatchSize: 10_001 }, '10001', 'batchSize', most(10_000)],
  [{ ...sqs, BatchSize: 0 }, '0', 'batchSize', min(1)],
  [{ ...sqs, MaximumBatchingWindowInSeconds: 301 }, '301', 'maximumBatchingWindowInSeconds', most(300)],
  [{ ...sqs, MaximumBatchingWindowInSeconds: -1 }, '-1', 'maximumBatchingWindowInSeconds', min(0)],
  [{ ...kinesis, ParallelizationFactor: 11 }, '11', 'parallelizationFactor', most(10)],
  [{ ...kinesis, ParallelizationFactor: 0 }, '0', 'parallelizationFactor', min(1)],
  [{ ...kinesis, MaximumRetryAttempts: 10_001 }, '10001', 'maximumRetryAttempts', most(10_000)],
  [{ ...kinesis, MaximumRetryAttempts: -2 }, '-2', 'maximumRetryAttempts', min(-1)],
  [{ ...kinesis, MaximumRecordAgeInSeconds: 604_801 }, '604801', 'maximumRecordAgeInSeconds', most(604_800)],
  [{ ...kinesis, MaximumRecordAgeInSeconds: -2 }, '-2', 'maximumRecordAgeInSeconds', min(-1)],
  [{ ...kinesis, TumblingWindowInSeconds: 901 }, '901', 'tumblingWindowInSeconds', most(900)],
  [{ ...kinesis, TumblingWindowInSeconds: -1 }, '-1', 'tumblingWindowInSeconds', min(0)],
  [{ ...sqs, ScalingConfig: { MaximumConcurrency: 1 } }, '1', 'scalingConfig.maximumConcurrency', min(2)],
  [{ ...sqs, ScalingConfig: { MaximumConcurrency: 1001 } }, '1001', 'scalingConfig.maximumConcurrency', most(1000)],
  [
    { ...sqs, ProvisionedPollerConfig: { MinimumPollers: 201 } },
    '201',
    'provisionedPollerConfig.minimumPollers',
    most(200),
  ],
  [
    { ...sqs, ProvisionedPollerConfig: { MaximumPollers: 10_001 } },
    '10001',
    'provisionedPollerConfig.maximumPollers',
    most(10_000),
  ],
  [{ ...msk, Topics: ['aa', 'bb'] }, '[aa, bb]', 'topics', longest(1)],
  [{ ...msk, Topics: [] }, '[]', 'topics', shortest(1)],
  [
    { ...msk, Topics: ['.a'] },
    '.a',
    'topics.1.member',
    'Member must satisfy regular expression pattern: [^.]([a-zA-Z0-9\\-_.]+)',
  ],
  [
    { ...sqs, FunctionResponseTypes: ['All'] },
    'All',
    'functionResponseTypes.1.member',
    'Member must satisfy enum value set: [ReportBatchItemFailures]',
  ],
  [{ ...sqs, Tags: { a: 'b'.repeat(257) } }, 'b'.repeat(257), 'tags.a.member', longest(256)],
  [
    { ...kafka, SelfManagedEventSource: { Endpoints: { BROKERS: ['a:1'] } } },
    'BROKERS',
    'selfManagedEventSource.endpoints',
    'Member must satisfy enum value set: [KAFKA_BOOTSTRAP_SERVERS]',
  ],
  [
    { ...sqs, KMSKeyArn: 'key' },
    'key',
    'kMSKeyArn',
    'Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()',
  ],
  [
    { ...msk, ...provisioned, LoggingConfig: { SystemLogLevel: 'ERROR' } },
    'ERROR',
    'loggingConfig.systemLogLevel',
    'Member must satisfy enum value set: [DEBUG, INFO, WARN]',
  ],
  [{ ...sqs, FunctionName: 'f'.repeat(65) }, 'f'.repeat(65), 'functionName', longest(64)],
];

describe('the generic check of shapes', () => {
  it.each(rows)('%j', (request, value, path, must) => {
    expect(answer(parseMappingRequest('create', request, world()))).toBe(
      `parameters.shape-constraint | 400 ValidationException | 1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${must}`,
    );
  });

  it('a pattern of more than 4096 characters', () => {
    const Pattern = `{"a":["${'x'.repeat(4096)}"]}`;
    const parsed = parseMappingRequest('create', { ...sqs, FilterCriteria: { Filters: [{ Pattern }] } }, world());
    expect(answer(parsed)).toContain(
      "at 'filterCriteria.filters.1.member.pattern' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
  });

  it('tells all broken constraints in one answer', () => {
    const parsed = parseMappingRequest('create', { ...kinesis, BatchSize: 0, ParallelizationFactor: 11 }, world());
    expect(answer(parsed)).toContain(
      "2 validation errors detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '11' at 'parallelizationFactor'",
    );
  });

  it('a request without a function', () => {
    expect(answer(parseMappingRequest('create', { EventSourceArn: sqs.EventSourceArn }, world()))).toContain(
      "Value null at 'functionName' failed to satisfy constraint: Member must not be null",
    );
  });

  it.each([
    [7, 'The request must be an object, and it is the number 7.'],
    [[sqs], 'The request must be an object, and it is a list.'],
    [{ ...sqs, BatchSize: 1.5 }, 'BatchSize must be an integer, and it is the number 1.5.'],
    [{ ...sqs, Enabled: 'yes' }, 'Enabled must be true or false, and it is the string "yes".'],
    [{ ...sqs, FilterCriteria: [] }, 'FilterCriteria must be an object, and it is a list.'],
    [
      { ...sqs, FilterCriteria: { Filters: [{ Pattern: { a: ['b'] } }] } },
      'FilterCriteria.Filters.1.member.Pattern must be a string, and it is an object.',
    ],
    [
      { ...kinesis, StartingPositionTimestamp: 'noon' },
      'StartingPositionTimestamp must be a time in Unix seconds or ISO 8601, and it is the string "noon".',
    ],
    [{ ...sqs, Tags: { a: true } }, 'Tags.a.member must be a string, and it is true.'],
  ])('wrong types: %j', (request, message) => {
    expect(answer(parseMappingRequest('create', request, world()))).toBe(
      `parameters.wrong-type | 400 SerializationException | ${message}`,
    );
  });

  it.each(['constructor', '__proto__', 'toString', 'batchSize'])('no parameter is called %s', (name) => {
    const request = JSON.parse(JSON.stringify({ ...sqs, x: 1 }).replace('"x"', JSON.stringify(name)));
    expect(answer(parseMappingRequest('create', request, world()))).toContain(`Unknown parameter in input: "${name}"`);
  });

  it('takes nulls out at any depth, but not out of lists', () => {
    expect(withoutNulls({ a: null, b: { c: null, d: [null, { e: null }] } })).toEqual({ b: { d: [null, {}] } });
    expect(shapeProblem({ type: 'structure', members: {} }, {})).toBeUndefined();
  });
});
