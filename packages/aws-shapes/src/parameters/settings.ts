/** From a mapping's configuration to the settings that the core runs on: the sentinels stop here. */
import type { FailureDestination, MappingSettings, ProvisionedPollers, StartingPosition } from '@millrace/semantics';
import type { MappingConfiguration, MappingParameters } from '../configuration/configuration.ts';
import { isTopicKind } from './applicability.ts';
import { parseArn } from './arn.ts';
import { topicDestinationPrefix } from './checks/destination.ts';
import { consumerGroupOf } from './checks/kafka.ts';
import { sourceOfParameters } from './source.ts';

/** Kafka's batching window while none was ever set. */
const kafkaWindowMs = 500;

/** The settings of a mapping. Expects a configuration that passed validation. */
export function settingsOf(configuration: MappingConfiguration): MappingSettings {
  const kind = sourceOfParameters(configuration);
  const window = configuration.MaximumBatchingWindowInSeconds;
  return {
    kind,
    functionArn: configuration.FunctionArn,
    batchSize: configuration.BatchSize,
    batchWindowMs: window === undefined ? (isTopicKind(kind) ? kafkaWindowMs : 0) : window * 1000,
    filterPatterns: configuration.FilterCriteria?.Filters.map((filter) => filter.Pattern) ?? [],
    partialResponses: configuration.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    parallelizationFactor: configuration.ParallelizationFactor ?? 1,
    maximumRetries: unlessForever(configuration.MaximumRetryAttempts) ?? 'untilExpiry',
    maximumRecordAgeMs: milliseconds(unlessForever(configuration.MaximumRecordAgeInSeconds)) ?? 'never',
    bisect: configuration.BisectBatchOnFunctionError ?? false,
    tumblingWindowMs: (configuration.TumblingWindowInSeconds ?? 0) * 1000,
    startingPosition: startingPosition(configuration),
    metrics: configuration.MetricsConfig?.Metrics ?? [],
    ...optionalSettings(configuration),
  };
}

function optionalSettings(configuration: MappingConfiguration): Partial<MappingSettings> {
  const { EventSourceArn: eventSourceArn, ScalingConfig, SelfManagedEventSource } = configuration;
  const onFailureDestination = destination(configuration);
  const provisioned = pollers(configuration);
  const consumerGroupId = consumerGroupOf(configuration);
  const topic = configuration.Topics?.[0];
  return {
    ...(eventSourceArn !== undefined && { eventSourceArn }),
    ...(onFailureDestination !== undefined && { onFailureDestination }),
    ...(ScalingConfig !== undefined && { maximumConcurrency: ScalingConfig.MaximumConcurrency }),
    ...(provisioned !== undefined && { provisioned }),
    ...(consumerGroupId !== undefined && { consumerGroupId }),
    ...(topic !== undefined && { topic }),
    ...(SelfManagedEventSource !== undefined && {
      bootstrapServers: SelfManagedEventSource.Endpoints.KAFKA_BOOTSTRAP_SERVERS,
    }),
  };
}

function destination(parameters: MappingParameters): FailureDestination | undefined {
  const arn = parameters.DestinationConfig?.OnFailure.Destination;
  if (arn === undefined) return undefined;
  if (arn.startsWith(topicDestinationPrefix)) return { kind: 'kafka', arn };
  const service = parseArn(arn)?.service;
  return service === 'sns' || service === 's3' ? { kind: service, arn } : { kind: 'sqs', arn };
}

function pollers(parameters: MappingParameters): ProvisionedPollers | undefined {
  const config = parameters.ProvisionedPollerConfig;
  if (config === undefined) return undefined;
  return {
    minimumPollers: config.MinimumPollers,
    maximumPollers: config.MaximumPollers,
    ...(config.PollerGroupName !== undefined && { pollerGroupName: config.PollerGroupName }),
  };
}

function startingPosition(parameters: MappingParameters): StartingPosition {
  const { StartingPosition: position = 'TRIM_HORIZON', StartingPositionTimestamp: seconds = 0 } = parameters;
  return position === 'AT_TIMESTAMP' ? { atMs: Math.round(seconds * 1000) } : position;
}

function unlessForever(value: number | undefined): number | undefined {
  return value === -1 ? undefined : value;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
