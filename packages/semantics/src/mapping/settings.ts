/**
 * What a mapping is told to do, as the core reads it: AWS's parameters without sentinels, with every default filled in
 * and every duration in milliseconds. `aws-shapes` makes it from a mapping's configuration (`settingsOf`).
 */
import type { Millis, SourceKind } from '../vocabulary.ts';

/** Where a mapping without a checkpoint begins to read. */
export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | { readonly atMs: Millis };

/** Where batches go that are given up. For a topic, `arn` is `kafka://<topic>` as it was written. */
export interface FailureDestination {
  readonly kind: 'sqs' | 'sns' | 's3' | 'kafka';
  readonly arn: string;
}

/** Groups of metrics that a mapping can switch on. */
export type MetricsGroup = 'EventCount' | 'ErrorCount' | 'KafkaMetrics';

/** Provisioned mode: pollers that are always there, and the most there may be. */
export interface ProvisionedPollers {
  readonly minimumPollers: number;
  readonly maximumPollers: number;
  readonly pollerGroupName?: string;
}

/** A mapping's settings. What does not apply to the kind of source stands at the value that switches it off. */
export interface MappingSettings {
  readonly kind: SourceKind;
  /** Absent for self-managed Kafka. */
  readonly eventSourceArn?: string;
  /** With the qualifier that the caller gave, if any. */
  readonly functionArn: string;
  readonly batchSize: number;
  readonly batchWindowMs: Millis;
  readonly filterPatterns: readonly string[];
  /** ReportBatchItemFailures. */
  readonly partialResponses: boolean;
  readonly parallelizationFactor: number;
  readonly maximumRetries: number | 'untilExpiry';
  readonly maximumRecordAgeMs: Millis | 'never';
  readonly bisect: boolean;
  /** 0: no tumbling windows. */
  readonly tumblingWindowMs: Millis;
  /** Queues have none; it then stands at TRIM_HORIZON and means nothing. */
  readonly startingPosition: StartingPosition;
  readonly onFailureDestination?: FailureDestination;
  readonly maximumConcurrency?: number;
  readonly provisioned?: ProvisionedPollers;
  /** Kafka only, as are `topic` and (self-managed) `bootstrapServers`. */
  readonly consumerGroupId?: string;
  readonly topic?: string;
  readonly bootstrapServers?: readonly string[];
  readonly metrics: readonly MetricsGroup[];
}
