/** Rules between the parameters that cut batches and give records up. They read the parameters a request comes to. */
import type { SourceKind } from '@millrace/semantics';
import type { MappingParameters } from '../../configuration/configuration.ts';
import { invalidParameter, type Refusal } from '../../errors.ts';

/** A mapping has at most this many filters; AWS raises the quota to 10 on request. */
const filterQuota = 5;

/** Rule `parameters.sqs-large-batch-needs-window`. */
export function largeBatchNeedsWindow(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (kind !== 'sqs' || parameters.BatchSize <= 10 || parameters.MaximumBatchingWindowInSeconds !== 0) return undefined;
  return invalidParameter(
    'parameters.sqs-large-batch-needs-window',
    'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
  );
}

/** Rule `parameters.fifo-no-window`. */
export function fifoWindow(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (kind !== 'sqs-fifo' || parameters.MaximumBatchingWindowInSeconds === 0) return undefined;
  return invalidParameter('parameters.fifo-no-window', 'Batching window is not supported for FIFO queues');
}

/** Rule `parameters.fifo-batch-size`. */
export function fifoBatchSize(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (kind !== 'sqs-fifo' || parameters.BatchSize <= 10) return undefined;
  return invalidParameter('parameters.fifo-batch-size', 'Batch size must not exceed 10 for FIFO queues');
}

/** Rule `parameters.record-age-range`. The shape allows 0 to 59 seconds, the service does not. */
export function recordAgeRange(_kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  const seconds = parameters.MaximumRecordAgeInSeconds ?? -1;
  if (seconds === -1 || seconds >= 60) return undefined;
  return invalidParameter(
    'parameters.record-age-range',
    'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
  );
}

/** Rule `parameters.tumbling-needs-factor-one`. */
export function tumblingNeedsFactorOne(_kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  const { TumblingWindowInSeconds = 0, ParallelizationFactor = 1 } = parameters;
  if (TumblingWindowInSeconds === 0 || ParallelizationFactor === 1) return undefined;
  return invalidParameter(
    'parameters.tumbling-needs-factor-one',
    'ParallelizationFactor must be 1 when TumblingWindowInSeconds is greater than 0.',
  );
}

/** Rule `parameters.filter-count`. */
export function filterCount(_kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  const count = parameters.FilterCriteria?.Filters.length ?? 0;
  if (count <= filterQuota) return undefined;
  const message = `FilterCriteria has ${count} filters, and an event source mapping can have at most ${filterQuota}.`;
  return invalidParameter('parameters.filter-count', message);
}
