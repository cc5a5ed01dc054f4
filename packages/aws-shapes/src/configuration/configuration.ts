/**
 * EventSourceMappingConfiguration: what all five operations answer with. Every field stands in it exactly when AWS
 * returns it for the kind of source (semantics: field sets of A01–A08a, S01, K01, D01). There is no `Enabled` and no
 * `Tags` in it. Plain data in AWS's names; sentinels (-1) are still in here.
 */
import type { LifecycleState, MetricsGroup, SourceKind } from '@millrace/semantics';

/** One filter of a mapping: a pattern as JSON text. */
export interface Filter {
  readonly Pattern: string;
}

/** How Lambda reaches and authenticates at a source. */
export interface SourceAccessConfiguration {
  readonly Type?: string;
  readonly URI?: string;
}

/** Consumer group of a Kafka mapping. */
export interface KafkaEventSourceConfig {
  readonly ConsumerGroupId?: string;
}

/** Provisioned mode. */
export interface ProvisionedPollerConfig {
  readonly MinimumPollers: number;
  readonly MaximumPollers: number;
  readonly PollerGroupName?: string;
}

/** The parameters of a mapping with their defaults, and no state: what a request comes to. */
export interface MappingParameters {
  readonly FunctionArn: string;
  readonly EventSourceArn?: string;
  readonly SelfManagedEventSource?: { readonly Endpoints: { readonly KAFKA_BOOTSTRAP_SERVERS: readonly string[] } };
  readonly StartingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** Unix seconds. */
  readonly StartingPositionTimestamp?: number;
  readonly BatchSize: number;
  /** Absent while Kafka's default of 500 ms is in force. */
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly ParallelizationFactor?: number;
  readonly FilterCriteria?: { readonly Filters: readonly Filter[] };
  readonly KMSKeyArn?: string;
  readonly MetricsConfig?: { readonly Metrics: readonly MetricsGroup[] };
  readonly LoggingConfig?: { readonly SystemLogLevel: string };
  readonly ScalingConfig?: { readonly MaximumConcurrency: number };
  readonly DestinationConfig?: { readonly OnFailure: { readonly Destination?: string } };
  readonly Topics?: readonly string[];
  readonly SourceAccessConfigurations?: readonly SourceAccessConfiguration[];
  /** -1: for ever. */
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  /** -1: until the record expires. */
  readonly MaximumRetryAttempts?: number;
  readonly TumblingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly 'ReportBatchItemFailures'[];
  readonly AmazonManagedKafkaEventSourceConfig?: KafkaEventSourceConfig;
  readonly SelfManagedKafkaEventSourceConfig?: KafkaEventSourceConfig;
  readonly ProvisionedPollerConfig?: ProvisionedPollerConfig;
}

/** A mapping as AWS answers it. */
export interface MappingConfiguration extends MappingParameters {
  readonly UUID: string;
  readonly EventSourceMappingArn: string;
  /** Unix seconds with a fraction. */
  readonly LastModified: number;
  /** Never for queues. */
  readonly LastProcessingResult?: string;
  readonly State: LifecycleState;
  readonly StateTransitionReason: string;
}

/** Who a mapping is, and when its configuration was last changed. */
export interface MappingIdentity {
  readonly uuid: string;
  readonly region: string;
  readonly accountId: string;
  readonly nowMs: number;
}

/** The configuration of a new mapping: its parameters, its names, its consumer group (its UUID by default), its state. */
export function newConfiguration(
  kind: SourceKind,
  parameters: MappingParameters,
  identity: MappingIdentity,
  state: { readonly State: LifecycleState; readonly StateTransitionReason: string },
): MappingConfiguration {
  const { uuid, region, accountId, nowMs } = identity;
  return {
    UUID: uuid,
    ...parameters,
    ...defaultConsumerGroup(kind, parameters, uuid),
    EventSourceMappingArn: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`,
    LastModified: nowMs / 1000,
    ...(kind !== 'sqs' && kind !== 'sqs-fifo' && { LastProcessingResult: noRecordsProcessed }),
    ...state,
  };
}

/** A changed mapping: new parameters under the same identity. Parameters that are gone are gone from the answer. */
export function changedConfiguration(
  current: MappingConfiguration,
  parameters: MappingParameters,
  nowMs: number,
): MappingConfiguration {
  const { UUID, EventSourceMappingArn, LastProcessingResult, State, StateTransitionReason } = current;
  return {
    UUID,
    ...parameters,
    EventSourceMappingArn,
    LastModified: nowMs / 1000,
    ...(LastProcessingResult !== undefined && { LastProcessingResult }),
    State,
    StateTransitionReason,
  };
}

/** LastProcessingResult of a mapping that has not invoked its function yet (A08a). */
export const noRecordsProcessed = 'No records processed';
/** LastProcessingResult after a success (D04). */
export const processedOk = 'OK';
/** LastProcessingResult after an invocation that failed. */
export const processedWithProblem = 'PROBLEM: Function call failed';

function defaultConsumerGroup(
  kind: SourceKind,
  parameters: MappingParameters,
  uuid: string,
): Partial<MappingParameters> {
  const group = { ConsumerGroupId: uuid };
  if (kind === 'msk') {
    return { AmazonManagedKafkaEventSourceConfig: { ...group, ...parameters.AmazonManagedKafkaEventSourceConfig } };
  }
  if (kind === 'self-managed-kafka') {
    return { SelfManagedKafkaEventSourceConfig: { ...group, ...parameters.SelfManagedKafkaEventSourceConfig } };
  }
  return {};
}
