/**
 * A scenario after reading: plural, with every default filled in, durations in milliseconds of virtual time (0 is the
 * scenario's start) and payloads in the form their source holds them. The simulator reads nothing else.
 */
import type {
  Backoff,
  ChangeRecord,
  KinesisRecord,
  Millis,
  SentMessage,
  SqsScaling,
  TopicRecord,
} from '@millrace/semantics';
import type { Expectations } from './expectations.ts';

export interface Plan {
  readonly name: string;
  readonly seed: number;
  /** Virtual time zero, in milliseconds since the epoch. */
  readonly startMs: Millis;
  /** Stop at this virtual time; without it the run ends when nothing can happen any more. */
  readonly untilMs?: Millis;
  readonly region: string;
  readonly accountId: string;
  readonly accountConcurrency: number;
  /** How long Creating, Enabling, Disabling, Updating and Deleting last; 0 by default. */
  readonly transitionMs: Millis;
  readonly choices: Choices;
  /** True when the file used the plural form; it decides the shape of the result. */
  readonly plural: boolean;
  readonly sources: readonly SourcePlan[];
  readonly mappings: readonly MappingPlan[];
  readonly functions: readonly FunctionPlan[];
  readonly events: readonly EventPlan[];
  readonly expect?: Expectations;
  /** Only in a plan that was read for a live run. */
  readonly live?: LiveRun;
}

/** What only a live run can use. */
export interface LiveRun {
  /** Address of the Redis to use. */
  readonly redis?: string;
}

/** Where a source really is; without it, on the substrate. */
export interface LiveSource {
  /** Of the service, as the AWS SDK takes it. */
  readonly endpoint?: string;
  /** Of the queue itself. */
  readonly url?: string;
  /** Kafka: host:port of the brokers to begin with. */
  readonly brokers?: readonly string[];
}

/** How a function really runs; without it, in a worker thread, or as its script says. */
export interface LiveFunction {
  readonly run?: 'worker' | 'inline' | 'isolated' | 'http' | 'lambda';
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly memoryMb?: number;
  /** Of the runtime's emulator, or the endpoint of Lambda. */
  readonly url?: string;
}

/** Where AWS is silent, or has changed its figures: what the run takes to be true. */
export interface Choices {
  /** Today's ramp (5, +300 a minute, 1,250), or the one before November 2023 (5, +60 a minute, 1,000). */
  readonly sqsScaling: SqsScaling;
  /** SQS: receive with window + function timeout + 30 s where the queue's own timeout would be too short. */
  readonly effectiveVisibility: boolean;
  /** Between attempts on streams and Kafka. */
  readonly backoff: Backoff;
  /** Refuse filter operators that only EventBridge's documentation lists. */
  readonly strictFilters: boolean;
}

interface SourceBase {
  readonly name: string;
  readonly arn: string;
  readonly live?: LiveSource;
}

export interface QueueSourcePlan extends SourceBase {
  readonly type: 'sqs' | 'sqs-fifo';
  readonly visibilityTimeoutMs: Millis;
  readonly retentionMs: Millis;
  readonly delayMs: Millis;
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadLetterQueue: string };
  readonly contentBasedDeduplication: boolean;
}

export interface KinesisSourcePlan extends SourceBase {
  readonly type: 'kinesis';
  readonly shards: number;
  readonly retentionMs: Millis;
  /** Name of the enhanced fan-out consumer, when the mapping reads through one. */
  readonly consumer?: string;
  readonly consumerArn?: string;
}

export interface DynamodbSourcePlan extends SourceBase {
  readonly type: 'dynamodb';
  /** The stream's ARN is `arn`; this is the table. */
  readonly tableName: string;
  readonly shards: number;
  readonly retentionMs: Millis;
  readonly viewType: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';
}

export interface TopicSourcePlan extends SourceBase {
  readonly type: 'msk' | 'self-managed-kafka';
  readonly topic: string;
  readonly partitions: number;
  readonly retentionMs: Millis;
  /** Offsets that the consumer group had committed before the run, by partition number. */
  readonly committed: Readonly<Record<number, number>>;
  readonly bootstrapServers: readonly string[];
}

export type SourcePlan = QueueSourcePlan | KinesisSourcePlan | DynamodbSourcePlan | TopicSourcePlan;

export interface MappingPlan {
  readonly name: string;
  /** Indexes into `sources` and `functions`. */
  readonly source: number;
  readonly function: number;
  readonly createdAtMs: Millis;
  /** The CreateEventSourceMapping request, AWS's names; what could be derived was filled in, the rest is as written. */
  readonly request: Readonly<Record<string, unknown>>;
}

export type DurationPlan =
  | { readonly kind: 'fixed'; readonly ms: Millis }
  | { readonly kind: 'uniform'; readonly minMs: Millis; readonly maxMs: Millis }
  | { readonly kind: 'linear'; readonly baseMs: Millis; readonly perRecordMs: Millis };

export interface FunctionPlan {
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: Millis;
  readonly reservedConcurrency?: number;
  readonly coldStartMs: Millis;
  readonly duration: DurationPlan;
  /** Real code, called as Lambda calls it. A file is loaded by `simulation/node` before the run. */
  readonly handler?: HandlerFunction | HandlerFile;
  readonly behavior: readonly BehaviorRule[];
  readonly live?: LiveFunction;
}

/** A Lambda handler: `(event, context)`, sync or async; or with a third parameter, a callback. */
// biome-ignore lint/suspicious/noExplicitAny: users type their handlers with their own event types
export type HandlerFunction = (event: any, context: any, callback?: any) => unknown;

export interface HandlerFile {
  /** Absolute path of an ES module (or CommonJS), and the export to call. */
  readonly file: string;
  readonly export: string;
}

export type BehaviorAction =
  | 'report'
  | 'throw'
  | 'timeout'
  | 'exit'
  | 'out-of-memory'
  | 'too-large'
  | 'throttle'
  | 'unreachable'
  | 'return';

export interface BehaviorRule {
  /** An event-filter pattern over the decoded record; absent: every record. */
  readonly match?: Readonly<Record<string, unknown>>;
  /** Only on a record's first N deliveries. */
  readonly attempts?: number;
  readonly on?: 'final-window';
  readonly do: BehaviorAction;
  /** For `return`: the answer, or its body as it stands, which need not be JSON. */
  readonly value?: unknown;
  readonly raw?: string;
  readonly durationMs?: Millis;
}

/** One record on its way into a source. */
export interface Arrival {
  readonly atMs: Millis;
  /** Index into `Plan.sources`. */
  readonly source: number;
  /** The file's id; without one the record is called `r<n>`, by its place among all arrivals. */
  readonly id?: string;
  readonly payload: ArrivalPayload;
}

export type ArrivalPayload = SentMessage | KinesisRecord | ChangeRecord | TopicArrival;

export interface TopicArrival extends TopicRecord {
  /** Without one the key's hash decides; without a key, round robin. */
  readonly partition?: number;
}

/** Arrivals in order of time, in chunks; `undefined` at the end. A chunk is never empty. */
export interface ArrivalFeed {
  next(): readonly Arrival[] | undefined | Promise<readonly Arrival[] | undefined>;
  /** How many there will be in all, where that is known. */
  readonly total?: number;
  /** Gives back files and streams; may be called at any time, also twice. */
  close?(): void | Promise<void>;
}

interface EventBase {
  readonly atMs: Millis;
}

/** Events and faults. Indexes point into the plan's lists. */
export type EventPlan = EventBase &
  (
    | { readonly do: 'update-mapping'; readonly mapping: number; readonly set: Readonly<Record<string, unknown>> }
    | { readonly do: 'disable' | 'enable' | 'delete-mapping' | 'crash-poller' | 'rebalance'; readonly mapping: number }
    | { readonly do: 'split-shard'; readonly source: number; readonly shard?: string }
    | { readonly do: 'merge-shards'; readonly source: number; readonly shards?: readonly [string, string] }
    | { readonly do: 'add-partitions'; readonly source: number; readonly count: number }
    | { readonly do: 'purge'; readonly source: number }
    | { readonly do: 'fail-destination'; readonly destination?: string; readonly forMs: Millis }
    | { readonly do: 'throttle-function'; readonly function: number; readonly forMs: Millis }
    | {
        readonly do: 'set-concurrency';
        readonly function: number;
        readonly reserved?: number;
        readonly account?: number;
      }
    | { readonly do: 'call'; readonly call: CallPlan }
  );

export interface CallPlan {
  readonly api: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly expect?: {
    readonly status?: number;
    readonly body?: unknown;
    readonly error?: { readonly code?: string; readonly message?: string };
  };
}

export function isQueue(source: SourcePlan): source is QueueSourcePlan {
  return source.type === 'sqs' || source.type === 'sqs-fifo';
}

export function isTopic(source: SourcePlan): source is TopicSourcePlan {
  return source.type === 'msk' || source.type === 'self-managed-kafka';
}
