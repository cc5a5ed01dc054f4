/** Provisioned mode: its range, what it excludes, and what needs it. */
import type { SourceKind } from '@millrace/semantics';
import type { MappingConfiguration, MappingParameters } from '../../configuration/configuration.ts';
import { invalidParameter, type Refusal } from '../../errors.ts';
import { isQueueKind, isTopicKind } from '../applicability.ts';
import type { MappingRequest } from '../request.ts';

const groupMappings = 100;
const groupPollers = 2000;

/** Rule `parameters.pollers-required`. An update with an empty structure leaves provisioned mode instead. */
export function pollersRequired(request: MappingRequest, current: MappingParameters | undefined): Refusal | undefined {
  const asked = request.ProvisionedPollerConfig;
  if (asked === undefined || asked.MinimumPollers !== undefined || asked.MaximumPollers !== undefined) return undefined;
  const leaves = current !== undefined && Object.keys(asked).length === 0;
  if (leaves || current?.ProvisionedPollerConfig !== undefined) return undefined;
  return invalidParameter(
    'parameters.pollers-required',
    'Either MinimumPollers or MaximumPollers are required if ProvisionedPollerConfig is provided.',
  );
}

/** Rule `parameters.poller-range`. */
export function pollerRange(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  const pollers = parameters.ProvisionedPollerConfig;
  if (pollers === undefined) return undefined;
  const [lowest, highest] = isTopicKind(kind) ? [1, 2000] : [2, 10_000];
  const { MinimumPollers: minimum, MaximumPollers: maximum } = pollers;
  if (minimum >= lowest && minimum <= 200 && maximum >= minimum && maximum <= highest) return undefined;
  return invalidParameter(
    'parameters.poller-range',
    `MinimumPollers should be between [${lowest}, 200] and MaximumPollers should be between [MinimumPollers, ${highest}]`,
  );
}

/** Rule `parameters.pollers-exclude-maximum-concurrency`. */
export function pollersOrMaximumConcurrency(_kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (parameters.ProvisionedPollerConfig === undefined || parameters.ScalingConfig === undefined) return undefined;
  return invalidParameter(
    'parameters.pollers-exclude-maximum-concurrency',
    'Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism and remove maximum concurrency.',
  );
}

/** Rule `parameters.kafka-needs-provisioned-mode`: the first parameter that is not at its default. */
export function needsProvisionedMode(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (!isTopicKind(kind) || parameters.ProvisionedPollerConfig !== undefined) return undefined;
  const name = provisionedFeature(parameters);
  if (name === undefined) return undefined;
  return invalidParameter(
    'parameters.kafka-needs-provisioned-mode',
    `${name} is only available for Provisioned Mode. Enable Provisioned Mode by specifying MinimumPollers in ProvisionedPollerConfig.`,
  );
}

function provisionedFeature(parameters: MappingParameters): keyof MappingParameters | undefined {
  if (parameters.FunctionResponseTypes?.length) return 'FunctionResponseTypes';
  if (parameters.BisectBatchOnFunctionError) return 'BisectBatchOnFunctionError';
  if ((parameters.MaximumRetryAttempts ?? -1) !== -1) return 'MaximumRetryAttempts';
  if ((parameters.MaximumRecordAgeInSeconds ?? -1) !== -1) return 'MaximumRecordAgeInSeconds';
  if (parameters.MetricsConfig !== undefined) return 'MetricsConfig';
  return parameters.LoggingConfig === undefined ? undefined : 'LoggingConfig';
}

/** Rule `parameters.metrics-of-source`. */
export function metricsOfSource(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (isTopicKind(kind)) return undefined;
  const group = parameters.MetricsConfig?.Metrics.find((metric) => metric !== 'EventCount');
  if (group === undefined) return undefined;
  return invalidParameter(
    'parameters.metrics-of-source',
    `Unsupported metric '${group}' for given event source mapping type. ${isQueueKind(kind) ? 'Queues' : 'Streams'} support EventCount only.`,
  );
}

/** Rule `parameters.poller-group-limit`. `others` are the account's other mappings. */
export function pollerGroupLimit(
  parameters: MappingParameters,
  others: readonly MappingConfiguration[],
): Refusal | undefined {
  const own = parameters.ProvisionedPollerConfig;
  if (own?.PollerGroupName === undefined) return undefined;
  const group = others
    .map((other) => other.ProvisionedPollerConfig)
    .filter((other) => other?.PollerGroupName === own.PollerGroupName);
  const pollers = group.reduce((sum, other) => sum + (other?.MaximumPollers ?? 0), own.MaximumPollers);
  if (group.length < groupMappings && pollers <= groupPollers) return undefined;
  return invalidParameter(
    'parameters.poller-group-limit',
    `Poller group ${own.PollerGroupName} can have at most ${groupMappings} event source mappings with at most ${groupPollers} pollers together.`,
  );
}
