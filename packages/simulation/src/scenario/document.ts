/**
 * The scenario file as types: what a person writes, before defaults and derivations. The JSON Schema says the same for
 * files; `Plan` is what becomes of it.
 */
import type { Expectations } from './expectations.ts';
import type { MappingParameters } from './parameters.ts';
import type { BehaviorAction, HandlerFunction } from './plan.ts';

/** With its unit: `50ms`, `1s`, `5m`, `1h`, `4d`; only 0 may stand without. */
export type Duration = 0 | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export interface QueueSource {
  readonly type: 'sqs' | 'sqs-fifo';
  readonly name?: string;
  readonly arn?: string;
  /** Default 30s. */
  readonly visibilityTimeout?: Duration;
  /** Default 4d. */
  readonly retention?: Duration;
  /** Default 0s. */
  readonly delay?: Duration;
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadLetterQueue: string };
  readonly contentBasedDeduplication?: boolean;
}

export interface KinesisSource {
  readonly type: 'kinesis';
  readonly name?: string;
  readonly arn?: string;
  /** Default 1. */
  readonly shards?: number;
  /** Default 24h. */
  readonly retention?: Duration;
  /** Name of an enhanced fan-out consumer that the mapping reads through. */
  readonly consumer?: string;
}

export interface DynamodbSource {
  readonly type: 'dynamodb';
  readonly name?: string;
  readonly arn?: string;
  /** Default 1. */
  readonly shards?: number;
  /** Default 24h, which is also what AWS keeps. */
  readonly retention?: Duration;
  /** Default NEW_AND_OLD_IMAGES. */
  readonly viewType?: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';
}

export interface KafkaSource {
  readonly type: 'msk' | 'self-managed-kafka';
  /** The topic. */
  readonly name?: string;
  readonly arn?: string;
  /** Default 1. */
  readonly partitions?: number;
  /** Default 7d. */
  readonly retention?: Duration;
  /** Offsets the consumer group has committed before the run, such as `{ 'orders-0': 5 }`. */
  readonly committed?: Readonly<Record<string, number>>;
  readonly bootstrapServers?: string | readonly string[];
}

export type SourceDocument = QueueSource | KinesisSource | DynamodbSource | KafkaSource;

export interface FunctionDocument {
  readonly name?: string;
  /** Default 3s. */
  readonly timeout?: Duration;
  readonly reservedConcurrency?: number;
  /** Added when an environment starts; default 0ms. */
  readonly coldStart?: Duration;
  /** Default 10ms. */
  readonly duration?:
    | Duration
    | { readonly min: Duration; readonly max: Duration }
    | { readonly base: Duration; readonly perRecord: Duration };
  /** `./handler.mjs#export` relative to the scenario file, or in code the function itself. */
  readonly handler?: string | HandlerFunction;
  readonly behavior?: readonly BehaviorDocument[];
}

export interface BehaviorDocument {
  readonly match?: Readonly<Record<string, unknown>>;
  readonly attempts?: number;
  readonly on?: 'final-window';
  readonly do: BehaviorAction;
  readonly value?: unknown;
  /** Instead of `value`: the body as it stands, which need not be JSON. */
  readonly raw?: string;
  readonly duration?: Duration;
}

interface RecordBase {
  readonly id?: string | number;
  /** Default 0s. */
  readonly at?: Duration;
  readonly repeat?: number;
  /** Default 0ms. */
  readonly every?: Duration;
  /** Plural form: the name of its source. */
  readonly source?: string;
}

export interface QueueRecord extends RecordBase {
  /** Sent as it is; anything but text is sent as JSON. Default `{}`. */
  readonly body?: unknown;
  readonly delay?: Duration;
  readonly attributes?: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
  /** Message group and deduplication id (FIFO; a group also makes a standard queue fair). */
  readonly group?: string | number;
  readonly dedup?: string | number;
}

export interface ShardRecord extends RecordBase {
  readonly key?: string | number;
  /** Text as it is, `{ base64 }` as bytes, anything else as JSON. Default `{}`. */
  readonly data?: unknown;
  readonly explicitHashKey?: string;
}

export interface ItemRecord extends RecordBase {
  /** Default: INSERT with `new` only, REMOVE with `old` only, else MODIFY. */
  readonly op?: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly keys: Readonly<Record<string, unknown>>;
  readonly new?: Readonly<Record<string, unknown>>;
  readonly old?: Readonly<Record<string, unknown>>;
  readonly ttl?: boolean;
}

export interface KafkaRecord extends RecordBase {
  readonly partition?: number;
  readonly key?: unknown;
  /** Text as it is, `{ base64 }` as bytes, null as a tombstone, anything else as JSON. Default `{}`. */
  readonly value?: unknown;
  readonly headers?: readonly Readonly<Record<string, unknown>>[];
  /** The producer's: ISO date, or milliseconds since the epoch. Default: the arrival. */
  readonly timestamp?: number | string;
}

/** The record type of each source type. */
export interface RecordOf {
  readonly sqs: QueueRecord;
  readonly 'sqs-fifo': QueueRecord;
  readonly kinesis: ShardRecord;
  readonly dynamodb: ItemRecord;
  readonly msk: KafkaRecord;
  readonly 'self-managed-kafka': KafkaRecord;
}

export type RecordDocument = QueueRecord | ShardRecord | ItemRecord | KafkaRecord;

export interface FixtureDocument {
  readonly file: string;
  /** Plural form: the name of its source. */
  readonly source?: string;
  /** `10x`: ten times faster than recorded. */
  readonly speed?: number | string;
  /** Columns of a table (CSV, or JSONL of plain rows). */
  readonly key?: string;
  readonly time?: string;
  readonly data?: string;
}

interface OnMapping {
  /** May be left out where there is only one. */
  readonly mapping?: string;
}
interface OnSource {
  readonly source?: string;
}
interface OnFunction {
  readonly function?: string;
}

export type EventDocument = { readonly at?: Duration } & (
  | ({ readonly do: 'update-mapping'; readonly set: MappingParameters } & OnMapping)
  | ({ readonly do: 'disable' | 'enable' | 'delete-mapping' | 'crash-poller' | 'rebalance' } & OnMapping)
  | ({ readonly do: 'split-shard'; readonly shard?: string } & OnSource)
  | ({ readonly do: 'merge-shards'; readonly shards?: readonly [string, string] } & OnSource)
  | ({ readonly do: 'add-partitions'; readonly count?: number } & OnSource)
  | ({ readonly do: 'purge' } & OnSource)
  | { readonly do: 'fail-destination'; readonly for: Duration; readonly destination?: string }
  | ({ readonly do: 'throttle-function'; readonly for: Duration } & OnFunction)
  | ({
      readonly do: 'set-concurrency';
      readonly reservedConcurrency?: number;
      readonly reserved?: number;
      readonly account?: number;
      readonly concurrency?: number;
    } & OnFunction)
  | {
      readonly do: 'call';
      readonly api: string;
      readonly with?: Readonly<Record<string, unknown>>;
      readonly expect?: {
        readonly status?: number;
        readonly body?: unknown;
        readonly error?: { readonly code?: string; readonly message?: string };
      };
    }
);

export interface MappingDocument {
  readonly name?: string;
  readonly source?: string;
  readonly function?: string;
  readonly createdAt?: Duration;
  readonly parameters?: MappingParameters;
}

/** What to take to be true where AWS is silent, or has changed its figures. */
export interface ChoicesDocument {
  /** Default current: 5 concurrent batches, 300 more a minute, up to 1,250. 2023: 60 more a minute, up to 1,000. */
  readonly sqsScaling?: 'current' | '2023' | 2023;
  /** Default true: with a batch window, messages are hidden for window, function timeout and 30 s, if that is longer. */
  readonly effectiveVisibility?: boolean;
  /** Between attempts on streams and Kafka: doubling from `base` (default 250ms) up to `cap` (default 60s). */
  readonly backoff?: { readonly base?: Duration; readonly cap?: Duration };
  /** Default false: filter operators that only EventBridge's documentation lists are accepted. */
  readonly strictFilters?: boolean;
}

export interface ScenarioDocument {
  readonly scenario?: string;
  readonly seed?: number;
  /** ISO date and time; default 2026-01-01T00:00:00Z. */
  readonly start?: string;
  readonly until?: Duration;
  readonly region?: string;
  readonly accountId?: string;
  readonly account?: { readonly concurrency?: number };
  readonly transitions?: Duration;
  readonly choices?: ChoicesDocument;
  readonly source?: SourceDocument;
  readonly sources?: readonly SourceDocument[];
  readonly mapping?: MappingParameters | null;
  readonly mappings?: readonly MappingDocument[];
  readonly mappingCreatedAt?: Duration;
  readonly function?: FunctionDocument;
  readonly functions?: readonly FunctionDocument[];
  readonly records?: readonly RecordDocument[];
  readonly fixture?: string | FixtureDocument;
  readonly speed?: number | string;
  readonly fixtures?: readonly FixtureDocument[];
  readonly events?: readonly EventDocument[];
  readonly expect?: Expectations;
}
