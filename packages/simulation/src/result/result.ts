/** The result of a run: the contract of `millrace run --json`. Times are virtual milliseconds since the start. */

export interface RunResult {
  readonly scenario: string;
  readonly seed: number;
  readonly virtualMs: number;
  readonly invocations: readonly InvocationResult[];
  readonly discards: readonly DiscardResult[];
  /** What lies in each dead-letter queue at the end, by queue name. */
  readonly queues: Readonly<Record<string, readonly QueueMessageResult[]>>;
  readonly records: readonly RecordResult[];
  readonly checkpoints: Readonly<Record<string, string | number>>;
  readonly calls: readonly CallResult[];
  readonly metrics: MetricsResult;
  /** Plural form only. */
  readonly metricsByMapping?: Readonly<Record<string, MetricsResult>>;
  readonly violations: readonly Violation[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

export type Fate =
  | 'succeeded'
  | 'filtered'
  | 'discarded'
  | 'dead-lettered'
  | 'expired'
  | 'removed'
  | 'deduplicated'
  | 'skipped'
  | 'pending';

export type OutcomeKind =
  | 'success'
  | 'error'
  | 'timeout'
  | 'partial'
  | 'invalid-response'
  | 'throttled'
  | 'unreachable'
  | 'lost';

export interface InvocationResult {
  readonly id: number;
  readonly mapping: string;
  readonly function: string;
  /** Shard, shard/slot (factor > 1), message group, topic-partition; empty for a standard queue. */
  readonly lanes: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly cold: boolean;
  readonly attempt: number;
  readonly closedBy: 'size' | 'window' | 'payload' | 'available' | 'retry' | 'split' | 'rest' | 'window-end';
  readonly records: readonly string[];
  readonly outcome: OutcomeKind;
  readonly event?: unknown;
}

export interface DiscardResult {
  readonly atMs: number;
  readonly mapping: string;
  readonly records: readonly string[];
  readonly condition: string;
  readonly approximateInvokeCount: number;
  readonly destination: string | null;
  readonly delivered: boolean;
  readonly message: unknown;
  /** A Kafka topic destination takes one message per record. */
  readonly messages?: readonly unknown[];
  /** S3 only. */
  readonly key?: string;
}

export interface QueueMessageResult {
  readonly messageId: string;
  readonly body: string;
  readonly record: string;
}

export interface RecordResult {
  readonly id: string;
  readonly deliveries: number;
  readonly fate: Fate;
  /** Plural form only, by mapping name. */
  readonly fates?: Readonly<Record<string, Fate>>;
  readonly deliveriesBy?: Readonly<Record<string, number>>;
}

export interface CallResult {
  readonly atMs: number;
  readonly api: string;
  readonly status: number;
  readonly body: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface MetricsResult {
  readonly PolledEventCount: number;
  readonly InvokedEventCount: number;
  readonly FilteredOutEventCount: number;
  readonly FailedInvokeEventCount: number;
  readonly DeletedEventCount: number;
  readonly DroppedEventCount: number;
  readonly OnFailureDestinationDeliveredEventCount: number;
  readonly IteratorAgeMaxMs: number;
  readonly ConcurrentExecutionsMax: number;
  readonly Throttles: number;
  readonly [name: string]: number;
}

/** A broken invariant, with what proves it. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly mapping?: string;
  readonly records: readonly string[];
  readonly atMs: readonly number[];
}
