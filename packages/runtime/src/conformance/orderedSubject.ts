/** What the suite of ordered sources needs of a kind of stream or topic, and a mapping over it that the test itself answers. */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import {
  DEFAULT_CHOICES,
  type MappingSettings,
  mappingPolicy,
  type SourceKind,
  type TraceLine,
} from '@millrace/semantics';
import { systemClock } from '../clock.ts';
import { FunctionGate } from '../drive/functionGate.ts';
import { MappingDriver } from '../drive/mappingDriver.ts';
import { Tracer } from '../drive/trace.ts';
import { memoryCheckpoints } from '../memory/checkpoints.ts';
import { memoryPermits } from '../memory/permits.ts';
import type { Checkpoints } from '../ports/checkpoints.ts';
import type { Invocation, InvocationResult, Invoker } from '../ports/invoker.ts';
import type { JournalEntry } from '../ports/journal.ts';
import type { MappingSource } from '../ports/source.ts';

export interface OrderedRecord {
  readonly key: string;
  readonly value: string;
}

/** A record as a function saw it. */
export interface SeenRecord extends OrderedRecord {
  /** Shard, or topic-partition. */
  readonly unit: string;
  /** Sequence number or offset. */
  readonly position: string;
}

/** A stream or a topic that only this test knows. */
export interface OrderedUnderTest {
  readonly kind: SourceKind;
  readonly eventSourceArn?: string | undefined;
  /** More settings that a mapping of this kind needs. */
  readonly settings?: Partial<MappingSettings>;
  /** A filter pattern that keeps records whose value is JSON with a `kind` of 1. */
  readonly kindOne: string;
  /** A source of its own for each mapping, as each process has one. */
  source(settings: MappingSettings): Promise<MappingSource>;
  /** Puts in order. */
  put(records: readonly OrderedRecord[]): Promise<void>;
  /** The records of an event, unit by unit in its order. */
  seen(event: unknown): readonly SeenRecord[];
  /** One unit becomes two. Absent where units cannot be split so that a parent ends. */
  split?(): Promise<void>;
  /** Two units become one; units were not split before. */
  merge?(): Promise<void>;
  /** What reading holds at the source (iterator, session) becomes worthless. */
  expire?(): Promise<void>;
  /** The next reads of the source are refused for being too many. */
  throttle?(): Promise<void>;
  close?(): Promise<void>;
}

/** One kind of ordered source: the substrate, the gateway, kinesis-mock, DynamoDB Local, Kafka … */
export interface OrderedSubject {
  /** A stream of so many shards, a topic of so many partitions; of one where there cannot be more. */
  make(units: number): Promise<OrderedUnderTest>;
}

/** Answers a batch; what it throws is an error of the function. */
export type OrderedAnswer = (records: readonly SeenRecord[], invocation: Invocation) => unknown | Promise<unknown>;

export interface OrderedRun {
  readonly driver: MappingDriver;
  readonly batches: readonly (readonly SeenRecord[])[];
  readonly lines: readonly TraceLine[];
  readonly journal: readonly JournalEntry[];
  readonly checkpoints: Checkpoints;
  /** Reading places that were opened. */
  readonly opened: () => number;
  /** Records of all batches, in the order of invocation. */
  readonly all: () => readonly SeenRecord[];
  stop(): Promise<void>;
}

const SETTINGS: MappingSettings = {
  kind: 'kinesis',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
  batchSize: 10,
  batchWindowMs: 0,
  filterPatterns: [],
  partialResponses: false,
  parallelizationFactor: 1,
  maximumRetries: 'untilExpiry',
  maximumRecordAgeMs: 'never',
  bisect: false,
  tumblingWindowMs: 0,
  startingPosition: 'TRIM_HORIZON',
  metrics: [],
};

export interface RunOptions {
  readonly settings?: Partial<MappingSettings>;
  /** Of a mapping that ran before. */
  readonly checkpoints?: Checkpoints;
}

/** Starts a mapping over an ordered source. */
export async function runOrdered(
  under: OrderedUnderTest,
  { settings: changes = {}, checkpoints = memoryCheckpoints() }: RunOptions,
  answer: OrderedAnswer,
): Promise<OrderedRun> {
  const { kind, eventSourceArn } = under;
  const arn = eventSourceArn === undefined ? {} : { eventSourceArn };
  const settings: MappingSettings = { ...SETTINGS, kind, ...arn, ...under.settings, ...changes };
  const tracer = new Tracer();
  const lines: TraceLine[] = [];
  const journal: JournalEntry[] = [];
  tracer.listen((line) => lines.push(line));
  const invoker = new OrderedInvoker(under, answer);
  const watched = watch(await under.source(settings));
  const driver = new MappingDriver({
    name: 'm',
    uuid: 'f0a1b2c3-0000-4000-8000-000000000000',
    settings,
    policy: mappingPolicy(settings),
    choices: DEFAULT_CHOICES,
    source: watched.source,
    gate: gateOf(settings, invoker),
    clock: systemClock,
    tracer,
    journal: { write: (entry) => journal.push(JSON.parse(JSON.stringify(entry)) as JournalEntry) },
    checkpoints,
  });
  driver.start();
  const { batches } = invoker;
  const { opened } = watched;
  const stop = async () => {
    await driver.stop();
    await driver.close();
  };
  return { driver, batches, lines, journal, checkpoints, opened, all: () => batches.flat(), stop };
}

function gateOf(settings: MappingSettings, invoker: Invoker): FunctionGate {
  return new FunctionGate({
    definition: { name: 'f', arn: settings.functionArn, timeoutMs: 3000, memoryMb: 128, env: {} },
    invoker,
    permits: memoryPermits(systemClock),
    limits: { unreservedPool: 1000 },
    clock: systemClock,
  });
}

/** Counts the reading places that were opened. */
function watch(source: MappingSource) {
  let opened = 0;
  const open: MappingSource['open'] = async (poller, opening) => {
    const place = await source.open(poller, opening);
    opened += 1;
    return place;
  };
  // What a source has is not all its own: its methods stay where they are.
  const watched: MappingSource = Object.create(source, { open: { value: open } });
  return { source: watched, opened: () => opened };
}

class OrderedInvoker implements Invoker {
  readonly batches: (readonly SeenRecord[])[] = [];
  readonly #under: OrderedUnderTest;
  readonly #answer: OrderedAnswer;
  #running = 0;

  constructor(under: OrderedUnderTest, answer: OrderedAnswer) {
    this.#under = under;
    this.#answer = answer;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const records = this.#under.seen(invocation.event);
    this.batches.push(records);
    this.#running += 1;
    const startMs = systemClock.now();
    const answer = await this.#answered(records, invocation);
    this.#running -= 1;
    return { answer, cold: false, startMs, endMs: systemClock.now() };
  }

  async #answered(records: readonly SeenRecord[], invocation: Invocation): Promise<FunctionAnswer> {
    try {
      const value = await this.#answer(records, invocation);
      return { kind: 'returned', value: value ?? null };
    } catch (error) {
      return { kind: 'threw', errorType: 'Error', errorMessage: String(error) };
    }
  }

  environments() {
    return { running: this.#running, idle: 0 };
  }

  async close(): Promise<void> {}
}
