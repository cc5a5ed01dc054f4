/** Random mappings: every parameter that has an effect, in combinations that AWS accepts. */
import type { MappingParameters } from '@millrace/simulation';
import fc from 'fast-check';
import { isQueueKind, isStreamKind, isTopicKind, type Kind, type Mark, marks, patternFor } from './kinds.ts';

/** What any mapping could be asked for; each kind of source takes what applies to it. */
export interface RawMapping {
  readonly batchSize: number | undefined;
  readonly windowSeconds: number | undefined;
  readonly factor: number;
  readonly position: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  readonly retries: number | undefined;
  readonly ageSeconds: number | undefined;
  readonly bisect: boolean;
  readonly partial: boolean;
  readonly tumblingSeconds: number;
  readonly filters: readonly (readonly Mark[])[];
  readonly destination: string | undefined;
  readonly maximumConcurrency: number | undefined;
  readonly provisioned: { readonly least: number; readonly more: number } | undefined;
  readonly enabled: boolean;
}

/** Declared nowhere, so they exist and accept; a FIFO queue never does. */
const destinations = [
  'arn:aws:sqs:us-east-1:123456789012:failed',
  'arn:aws:sns:us-east-1:123456789012:failed',
  'arn:aws:s3:::failed',
  'arn:aws:sqs:us-east-1:123456789012:failed.fifo',
  'kafka://failed',
];

export const rawMapping: fc.Arbitrary<RawMapping> = fc.record({
  batchSize: fc.option(fc.constantFrom(1, 2, 3, 5, 10, 20), { nil: undefined, freq: 5 }),
  windowSeconds: fc.option(fc.constantFrom(0, 1, 2, 5, 20), { nil: undefined, freq: 1 }),
  factor: fc.constantFrom(1, 1, 2, 3, 10),
  position: fc.constantFrom('TRIM_HORIZON', 'TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'),
  retries: fc.option(fc.constantFrom(0, 1, 2, 5), { nil: undefined, freq: 2 }),
  ageSeconds: fc.option(fc.constantFrom(60, 90, 600), { nil: undefined, freq: 1 }),
  bisect: fc.boolean(),
  partial: fc.boolean(),
  tumblingSeconds: fc.constantFrom(0, 0, 0, 1, 10, 60),
  filters: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.subarray([...marks], { minLength: 1 }), { minLength: 1, maxLength: 2 }) },
  ),
  destination: fc.option(fc.constantFrom(...destinations), { nil: undefined, freq: 1 }),
  maximumConcurrency: fc.option(fc.integer({ min: 2, max: 4 }), { nil: undefined, freq: 1 }),
  provisioned: fc.option(fc.record({ least: fc.integer({ min: 2, max: 3 }), more: fc.integer({ min: 0, max: 2 }) }), {
    nil: undefined,
    freq: 1,
  }),
  enabled: fc.integer({ min: 0, max: 19 }).map((dice) => dice < 19),
});

/** `createdAtMs`: no starting timestamp may lie in the future. */
export function parameters(kind: Kind, raw: RawMapping, createdAtMs: number): MappingParameters {
  const { filters, windowSeconds, enabled } = raw;
  const batchSize =
    raw.batchSize === undefined ? undefined : Math.min(raw.batchSize, kind === 'sqs-fifo' ? 10 : 10_000);
  const windowed = kind === 'sqs-fifo' ? undefined : windowSeconds;
  const needsWindow = kind === 'sqs' && (batchSize ?? 10) > 10 && (windowed ?? 0) === 0;
  const window = needsWindow ? 1 : windowed;
  return {
    ...(batchSize !== undefined && { BatchSize: batchSize }),
    ...(window !== undefined && { MaximumBatchingWindowInSeconds: window }),
    ...(!enabled && { Enabled: false }),
    ...(filters.length > 0 && { FilterCriteria: { Filters: filters.map((marked) => filter(kind, marked)) } }),
    ...(isQueueKind(kind) ? queueParameters(raw) : positionedParameters(kind, raw, createdAtMs)),
    ...scaling(kind, raw),
  };
}

function filter(kind: Kind, marked: readonly Mark[]): { Pattern: string } {
  return { Pattern: JSON.stringify(patternFor(kind, marked)) };
}

function queueParameters({ partial }: RawMapping): MappingParameters {
  return partial ? { FunctionResponseTypes: ['ReportBatchItemFailures'] } : {};
}

function positionedParameters(kind: Kind, raw: RawMapping, createdAtMs: number): MappingParameters {
  const { destination } = raw;
  const toTopic = destination?.startsWith('kafka://') === true;
  const allowed = destination !== undefined && (!toTopic || (isTopicKind(kind) && raw.provisioned !== undefined));
  return {
    ...startingPosition(kind, raw, createdAtMs),
    ...(isStreamKind(kind) && streamParameters(raw)),
    ...((isStreamKind(kind) || raw.provisioned !== undefined) && failureParameters(raw)),
    ...(allowed && { DestinationConfig: { OnFailure: { Destination: destination } } }),
  };
}

const START_SECONDS = Date.parse('2026-01-01T00:00:00Z') / 1000;

function startingPosition(kind: Kind, { position }: RawMapping, createdAtMs: number): MappingParameters {
  if (position !== 'AT_TIMESTAMP') return { StartingPosition: position };
  if (kind === 'dynamodb') return { StartingPosition: 'TRIM_HORIZON' };
  return {
    StartingPosition: position,
    StartingPositionTimestamp: START_SECONDS + Math.floor(createdAtMs / 2000),
  };
}

function streamParameters({ factor, tumblingSeconds }: RawMapping): MappingParameters {
  if (tumblingSeconds > 0) return { TumblingWindowInSeconds: tumblingSeconds };
  return factor > 1 ? { ParallelizationFactor: factor } : {};
}

function failureParameters({ retries, ageSeconds, bisect, partial }: RawMapping): MappingParameters {
  return {
    ...(retries !== undefined && { MaximumRetryAttempts: retries }),
    ...(ageSeconds !== undefined && { MaximumRecordAgeInSeconds: ageSeconds }),
    ...(bisect && { BisectBatchOnFunctionError: true }),
    ...(partial && { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
  };
}

function scaling(kind: Kind, { provisioned, maximumConcurrency }: RawMapping): MappingParameters {
  if (isStreamKind(kind)) return {};
  if (provisioned) {
    const { least, more } = provisioned;
    return { ProvisionedPollerConfig: { MinimumPollers: least, MaximumPollers: least + more } };
  }
  const limited = isQueueKind(kind) && maximumConcurrency !== undefined;
  return limited ? { ScalingConfig: { MaximumConcurrency: maximumConcurrency } } : {};
}

/** What an update of the mapping may change; combinations that AWS refuses change nothing. */
export const changeable = [
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
  'FilterCriteria',
  'FunctionResponseTypes',
  'ParallelizationFactor',
  'TumblingWindowInSeconds',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'ScalingConfig',
  'ProvisionedPollerConfig',
] as const satisfies readonly (keyof MappingParameters)[];

export function changes(kind: Kind, raw: RawMapping, names: readonly (typeof changeable)[number][]): MappingParameters {
  const wanted = parameters(kind, raw, 0);
  return Object.fromEntries(names.flatMap((name) => (wanted[name] === undefined ? [] : [[name, wanted[name]]])));
}
