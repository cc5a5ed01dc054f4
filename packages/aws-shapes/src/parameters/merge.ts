/**
 * What a request comes to: the defaults of its source (create) or the current parameters (update), with what the request
 * gives laid over them. Structures that are given empty, and texts that are given empty, take a parameter away.
 */
import type { SourceKind } from '@millrace/semantics';
import type {
  KafkaEventSourceConfig,
  MappingParameters,
  ProvisionedPollerConfig,
} from '../configuration/configuration.ts';
import { isTopicKind } from './applicability.ts';
import type { MappingRequest } from './request.ts';
import { timestampSeconds } from './shape.ts';

type Values = Omit<MappingParameters, 'FunctionArn'>;

const queueDefaults: Values = { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] };

const streamDefaults: Values = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  DestinationConfig: { OnFailure: {} },
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  MaximumRetryAttempts: -1,
  TumblingWindowInSeconds: 0,
  FunctionResponseTypes: [],
};

/** The window of Kafka mappings is 500 ms by default, which AWS shows by leaving the field away. */
const topicDefaults: Values = { BatchSize: 100 };

const defaults: Readonly<Record<SourceKind, Values>> = {
  sqs: queueDefaults,
  'sqs-fifo': queueDefaults,
  kinesis: streamDefaults,
  dynamodb: streamDefaults,
  msk: topicDefaults,
  'self-managed-kafka': topicDefaults,
};

/** The parameters that a request comes to. `functionArn` is what the answer echoes. */
export function mergeParameters(
  kind: SourceKind,
  request: MappingRequest,
  functionArn: string,
  current?: MappingParameters,
): MappingParameters {
  const base: Values = current ?? { ...defaults[kind], ...fixedValues(request) };
  return withoutAbsent({
    ...base,
    FunctionArn: functionArn,
    BatchSize: request.BatchSize ?? base.BatchSize,
    MaximumBatchingWindowInSeconds: request.MaximumBatchingWindowInSeconds ?? base.MaximumBatchingWindowInSeconds,
    ParallelizationFactor: request.ParallelizationFactor ?? base.ParallelizationFactor,
    MaximumRecordAgeInSeconds: request.MaximumRecordAgeInSeconds ?? base.MaximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: request.BisectBatchOnFunctionError ?? base.BisectBatchOnFunctionError,
    MaximumRetryAttempts: request.MaximumRetryAttempts ?? base.MaximumRetryAttempts,
    TumblingWindowInSeconds: request.TumblingWindowInSeconds ?? base.TumblingWindowInSeconds,
    SourceAccessConfigurations: request.SourceAccessConfigurations ?? base.SourceAccessConfigurations,
    AmazonManagedKafkaEventSourceConfig: kafkaConfig(
      request.AmazonManagedKafkaEventSourceConfig,
      base.AmazonManagedKafkaEventSourceConfig,
    ),
    SelfManagedKafkaEventSourceConfig: kafkaConfig(
      request.SelfManagedKafkaEventSourceConfig,
      base.SelfManagedKafkaEventSourceConfig,
    ),
    ...clearable(kind, request, base),
  });
}

/** Parameters with a way to be taken away again. */
function clearable(kind: SourceKind, request: MappingRequest, base: Values): Absent<Omit<Values, 'BatchSize'>> {
  const { KMSKeyArn, ScalingConfig, MetricsConfig, LoggingConfig } = request;
  const concurrency = ScalingConfig?.MaximumConcurrency;
  const metrics = MetricsConfig?.Metrics ?? [];
  const level = LoggingConfig?.SystemLogLevel;
  return {
    FunctionResponseTypes: responseTypes(kind, request, base),
    FilterCriteria: filterCriteria(request, base),
    KMSKeyArn: KMSKeyArn === '' ? undefined : (KMSKeyArn ?? base.KMSKeyArn),
    ScalingConfig: given(
      ScalingConfig,
      concurrency === undefined ? undefined : { MaximumConcurrency: concurrency },
      base.ScalingConfig,
    ),
    MetricsConfig: given(MetricsConfig, metrics.length === 0 ? undefined : { Metrics: metrics }, base.MetricsConfig),
    LoggingConfig: given(
      LoggingConfig,
      level === undefined ? undefined : { SystemLogLevel: level },
      base.LoggingConfig,
    ),
    DestinationConfig: destinationConfig(kind, request, base),
    ProvisionedPollerConfig: pollers(kind, request, base.ProvisionedPollerConfig),
  };
}

/** `next` where the request speaks of a parameter, `before` where it does not. */
function given<T>(asked: unknown, next: T | undefined, before: T | undefined): T | undefined {
  return asked === undefined ? before : next;
}

/** Kafka's answers leave an empty list away (A08a); those of queues and streams show it. */
function responseTypes(
  kind: SourceKind,
  request: MappingRequest,
  base: Values,
): Values['FunctionResponseTypes'] | undefined {
  const types = request.FunctionResponseTypes ?? base.FunctionResponseTypes;
  return isTopicKind(kind) && types?.length === 0 ? undefined : types;
}

/** An empty list of filters is no filter criteria at all (A07). A filter without a pattern is the pattern `null`. */
function filterCriteria(request: MappingRequest, base: Values): Values['FilterCriteria'] | undefined {
  if (request.FilterCriteria === undefined) return base.FilterCriteria;
  const filters = request.FilterCriteria.Filters ?? [];
  return filters.length === 0 ? undefined : { Filters: filters.map(({ Pattern }) => ({ Pattern: Pattern ?? 'null' })) };
}

/** Streams always show the structure, Kafka only when it holds a destination. */
function destinationConfig(
  kind: SourceKind,
  request: MappingRequest,
  base: Values,
): Values['DestinationConfig'] | undefined {
  const asked = request.DestinationConfig?.OnFailure?.Destination;
  if (asked === undefined) return base.DestinationConfig;
  if (asked !== '') return { OnFailure: { Destination: asked } };
  return isTopicKind(kind) ? undefined : { OnFailure: {} };
}

/** An empty structure leaves provisioned mode; anything else sets what it names and keeps the rest. */
function pollers(
  kind: SourceKind,
  request: MappingRequest,
  before: ProvisionedPollerConfig | undefined,
): ProvisionedPollerConfig | undefined {
  const asked = request.ProvisionedPollerConfig;
  if (asked === undefined) return before;
  if (Object.keys(asked).length === 0) return undefined;
  const group = asked.PollerGroupName ?? before?.PollerGroupName ?? '';
  return {
    MinimumPollers: asked.MinimumPollers ?? before?.MinimumPollers ?? (isTopicKind(kind) ? 1 : 2),
    MaximumPollers: asked.MaximumPollers ?? before?.MaximumPollers ?? 200,
    ...(group !== '' && { PollerGroupName: group }),
  };
}

function kafkaConfig(
  asked: KafkaEventSourceConfig | undefined,
  before: KafkaEventSourceConfig | undefined,
): KafkaEventSourceConfig | undefined {
  const group = asked?.ConsumerGroupId ?? before?.ConsumerGroupId;
  return group === undefined ? before : { ConsumerGroupId: group };
}

/** What is given once and for all. */
function fixedValues(request: MappingRequest): Partial<Omit<Values, 'BatchSize'>> {
  const { EventSourceArn, StartingPosition, Topics } = request;
  const seconds = timestampSeconds(request.StartingPositionTimestamp);
  const brokers = request.SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS;
  return {
    ...(EventSourceArn !== undefined && { EventSourceArn }),
    ...(brokers !== undefined && { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: brokers } } }),
    ...(StartingPosition !== undefined && { StartingPosition }),
    ...(seconds !== undefined && { StartingPositionTimestamp: seconds }),
    ...(Topics !== undefined && { Topics }),
  };
}

/** A type whose fields may also stand at undefined, until `withoutAbsent` takes those fields out. */
type Absent<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

function withoutAbsent(
  values: Absent<MappingParameters> & { readonly FunctionArn: string; readonly BatchSize: number },
): MappingParameters {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as MappingParameters;
}
