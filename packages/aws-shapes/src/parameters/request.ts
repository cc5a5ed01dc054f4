/** A create or update request after its shape was checked and its nulls were taken out: AWS's names, all optional. */
import type { MetricsGroup } from '@millrace/semantics';
import type { SourceAccessConfiguration } from '../configuration/configuration.ts';

interface Destination {
  readonly Destination?: string;
}

interface KafkaConfigRequest {
  readonly ConsumerGroupId?: string;
  readonly SchemaRegistryConfig?: object;
}

export interface MappingRequest {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] };
  readonly KMSKeyArn?: string;
  readonly MetricsConfig?: { readonly Metrics?: readonly MetricsGroup[] };
  readonly LoggingConfig?: { readonly SystemLogLevel?: string };
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly ParallelizationFactor?: number;
  readonly StartingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  readonly StartingPositionTimestamp?: number | string;
  readonly DestinationConfig?: { readonly OnSuccess?: Destination; readonly OnFailure?: Destination };
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly MaximumRetryAttempts?: number;
  readonly Tags?: Readonly<Record<string, string>>;
  readonly TumblingWindowInSeconds?: number;
  readonly Topics?: readonly string[];
  readonly Queues?: readonly string[];
  readonly SourceAccessConfigurations?: readonly SourceAccessConfiguration[];
  readonly SelfManagedEventSource?: { readonly Endpoints?: { readonly KAFKA_BOOTSTRAP_SERVERS?: readonly string[] } };
  readonly FunctionResponseTypes?: readonly 'ReportBatchItemFailures'[];
  readonly AmazonManagedKafkaEventSourceConfig?: KafkaConfigRequest;
  readonly SelfManagedKafkaEventSourceConfig?: KafkaConfigRequest;
  readonly DocumentDBEventSourceConfig?: object;
  readonly ProvisionedPollerConfig?: {
    readonly MinimumPollers?: number;
    readonly MaximumPollers?: number;
    readonly PollerGroupName?: string;
  };
}
