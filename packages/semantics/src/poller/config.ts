import type { CompiledFilters } from '../filter/index.ts';
import type { Millis, SourceKind } from '../vocabulary.ts';

/** What a poller needs to know of its mapping, its source and its function. Free of sentinels and of wire names. */
export interface PollerConfig {
  readonly kind: SourceKind;
  readonly batchSize: number;
  readonly batchWindowMs: Millis;
  /** Lanes of a shard; 1 for every other source. */
  readonly parallelizationFactor: number;
  readonly maximumRetries: number | 'untilExpiry';
  readonly maximumRecordAgeMs: Millis | 'never';
  readonly bisect: boolean;
  readonly partialResponses: boolean;
  /** 0: no tumbling windows. */
  readonly tumblingWindowMs: Millis;
  readonly filters?: CompiledFilters;
  readonly hasDestination: boolean;
  /** How long the source keeps a record. */
  readonly retentionMs: Millis;
  readonly functionTimeoutMs: Millis;
  /** SQS only; 0 for every other source. */
  readonly visibilityTimeoutMs: Millis;
  /** Kinesis only: records are pushed through an enhanced fan-out consumer. */
  readonly fanOut: boolean;
  /** Bytes of the event around its entries. */
  readonly envelopeBytes: number;
  /** How many batches of this poller may be in progress at once. */
  readonly concurrency: number;
  /** Provisioned SQS pollers only: requests per second and bytes per second. */
  readonly receivesPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly backoff: Backoff;
  /** SQS: receive with window + function timeout + 30 s where the queue's own timeout would be too short. */
  readonly effectiveVisibility: boolean;
}

/** Exponential back-off without jitter. */
export interface Backoff {
  readonly baseMs: Millis;
  readonly capMs: Millis;
}

/** The largest event that Lambda accepts. */
export const REQUEST_LIMIT_BYTES = 6_291_456;

/** Back-off between attempts on streams and Kafka: rule `retry.backs-off`. */
export const STREAM_BACKOFF: Backoff = { baseMs: 250, capMs: 60_000 };

/** Back-off while an SQS batch is throttled: rule `sqs.throttled-batch-waits`. */
export const THROTTLE_BACKOFF: Backoff = { baseMs: 100, capMs: 10_000 };

/** The wait before the next try after `failures` failed ones (1 or more). */
export function backoffMs(backoff: Backoff, failures: number): Millis {
  return Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(failures - 1, 40));
}

/** Retries after which a batch is given up; a Kafka mapping with a destination never retries for ever. */
export function retryLimit(config: PollerConfig): number | 'untilExpiry' {
  if (config.maximumRetries !== 'untilExpiry') return config.maximumRetries;
  return isKafka(config.kind) && config.hasDestination ? 10 : 'untilExpiry';
}

export function isQueue(kind: SourceKind): boolean {
  return kind === 'sqs' || kind === 'sqs-fifo';
}

export function isKafka(kind: SourceKind): boolean {
  return kind === 'msk' || kind === 'self-managed-kafka';
}

export function isSharded(kind: SourceKind): boolean {
  return kind === 'kinesis' || kind === 'dynamodb';
}

/** How often a source that has to be asked is asked: rule `stream.polls-at-a-base-rate`. */
export function pollEveryMs(config: PollerConfig): Millis {
  if (config.kind === 'kinesis') return config.fanOut ? 0 : 1000;
  return config.kind === 'dynamodb' ? 250 : 0;
}
