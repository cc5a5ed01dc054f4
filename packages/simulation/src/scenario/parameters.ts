/**
 * The parameters of CreateEventSourceMapping by AWS's names: one table for the schema's completions and for the check
 * of names. Their values are judged by AWS's own validation, in AWS's words, when the mapping is created.
 */

/** As an editor's types; what AWS would refuse may still be written, to see it refused. */
export interface MappingParameters {
  readonly EventSourceArn?: string | null;
  readonly FunctionName?: string | null;
  readonly Enabled?: boolean | null;
  readonly BatchSize?: number | null;
  readonly MaximumBatchingWindowInSeconds?: number | null;
  readonly ParallelizationFactor?: number | null;
  readonly StartingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP' | (string & {}) | null;
  readonly StartingPositionTimestamp?: number | string | null;
  readonly MaximumRetryAttempts?: number | null;
  readonly MaximumRecordAgeInSeconds?: number | null;
  readonly BisectBatchOnFunctionError?: boolean | null;
  readonly TumblingWindowInSeconds?: number | null;
  readonly FunctionResponseTypes?: readonly string[] | null;
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] } | null;
  readonly DestinationConfig?: {
    readonly OnFailure?: { readonly Destination?: string };
    readonly OnSuccess?: { readonly Destination?: string };
  } | null;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number } | null;
  readonly ProvisionedPollerConfig?: {
    readonly MinimumPollers?: number;
    readonly MaximumPollers?: number;
    readonly PollerGroupName?: string;
  } | null;
  readonly Topics?: readonly string[] | null;
  readonly Queues?: readonly string[] | null;
  readonly SourceAccessConfigurations?: readonly { readonly Type?: string; readonly URI?: string }[] | null;
  readonly SelfManagedEventSource?: { readonly Endpoints?: Readonly<Record<string, readonly string[]>> } | null;
  readonly AmazonManagedKafkaEventSourceConfig?: Readonly<Record<string, unknown>> | null;
  readonly SelfManagedKafkaEventSourceConfig?: Readonly<Record<string, unknown>> | null;
  readonly DocumentDBEventSourceConfig?: Readonly<Record<string, unknown>> | null;
  readonly KMSKeyArn?: string | null;
  readonly MetricsConfig?: { readonly Metrics?: readonly string[] } | null;
  readonly LoggingConfig?: Readonly<Record<string, unknown>> | null;
  readonly Tags?: Readonly<Record<string, string>> | null;
}

export const parameterDescriptions: Readonly<Record<keyof MappingParameters, string>> = {
  EventSourceArn: 'ARN of the queue, stream, consumer or cluster. Derived from the source when left out.',
  FunctionName: 'Name or ARN of the function. Derived when left out.',
  Enabled: 'Whether the mapping polls. Default true.',
  BatchSize: 'Most records in a batch. Default 10 for SQS, 100 for the others; 1 to 10,000, FIFO queues 10 at most.',
  MaximumBatchingWindowInSeconds:
    'How long a batch may wait to fill, in seconds, 0 to 300. Default 0; 500 ms for Kafka. SQS batches over 10 need 1.',
  ParallelizationFactor: 'Batches of one shard in flight at once, 1 to 10. Default 1. Kinesis and DynamoDB.',
  StartingPosition: 'TRIM_HORIZON, LATEST or AT_TIMESTAMP. Required for streams and Kafka.',
  StartingPositionTimestamp: 'With AT_TIMESTAMP: seconds since the epoch.',
  MaximumRetryAttempts: 'Retries of a failed batch, 0 to 10,000; -1 (the default) retries until the records expire.',
  MaximumRecordAgeInSeconds: 'Records older than this are discarded, 60 to 604,800; -1 (the default) never.',
  BisectBatchOnFunctionError: 'Split a failed batch in two and retry the halves. Default false.',
  TumblingWindowInSeconds: 'Length of a tumbling window, 0 (off) to 900. Kinesis and DynamoDB.',
  FunctionResponseTypes: '[ReportBatchItemFailures] lets the function name the records that failed.',
  FilterCriteria: '{ Filters: [{ Pattern: "<JSON>" }] }, five at most: only records that match one are delivered.',
  DestinationConfig: '{ OnFailure: { Destination: "<ARN>" } }: where records of discarded batches are described.',
  ScalingConfig: '{ MaximumConcurrency: 2 to 1000 }. SQS.',
  ProvisionedPollerConfig: '{ MinimumPollers, MaximumPollers }: provisioned mode. SQS and Kafka.',
  Topics: 'The Kafka topic, a list of one. Derived from the source when left out.',
  Queues: 'Amazon MQ only.',
  SourceAccessConfigurations: 'How to authenticate at the source: [{ Type, URI }]. Derived for self-managed Kafka.',
  SelfManagedEventSource: '{ Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [host:port] } }. Derived when left out.',
  AmazonManagedKafkaEventSourceConfig: '{ ConsumerGroupId, SchemaRegistryConfig } for MSK.',
  SelfManagedKafkaEventSourceConfig: '{ ConsumerGroupId, SchemaRegistryConfig } for self-managed Kafka.',
  DocumentDBEventSourceConfig: 'Amazon DocumentDB only.',
  KMSKeyArn: 'Key that encrypts the filter criteria; validated and echoed only.',
  MetricsConfig: '{ Metrics: [EventCount] }.',
  LoggingConfig: '{ SystemLogLevel: DEBUG, INFO or WARN }; validated and echoed only.',
  Tags: 'Tags of the mapping.',
};
