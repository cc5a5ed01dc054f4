/** What the poller suite needs of a kind of queue, and a mapping over it with a function that the test itself answers. */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import {
  DEFAULT_CHOICES,
  type MappingSettings,
  mappingPolicy,
  type SentMessage,
  type TraceLine,
} from '@millrace/semantics';
import { systemClock } from '../clock.ts';
import { FunctionGate } from '../drive/functionGate.ts';
import { MappingDriver } from '../drive/mappingDriver.ts';
import { Tracer } from '../drive/trace.ts';
import { memoryPermits } from '../memory/permits.ts';
import type { Invocation, InvocationResult, Invoker } from '../ports/invoker.ts';
import type { JournalEntry } from '../ports/journal.ts';
import type { MappingSource } from '../ports/source.ts';

export interface QueueShape {
  readonly fifo: boolean;
  readonly visibilityTimeoutMs: number;
  readonly maxReceiveCount?: number;
}

export interface QueueUnderTest {
  readonly arn: string;
  source(batchWindowMs: number): Promise<MappingSource>;
  /** Sends in order. */
  send(messages: readonly SentMessage[]): Promise<void>;
  /** Messages that are left: waiting, in flight or delayed. */
  left(): Promise<number>;
  /** Bodies in its dead-letter queue. */
  deadLetters(): Promise<readonly string[]>;
}

/** One kind of queue: the substrate, the gateway, ElasticMQ … */
export interface PollerSubject {
  queue(shape: QueueShape): Promise<QueueUnderTest>;
}

/** A message as a function sees it. */
export interface SeenMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
}

/** Answers a batch; what it throws is an error of the function. */
export type Answering = (messages: readonly SeenMessage[], invocation: Invocation) => unknown | Promise<unknown>;

export interface Seen {
  readonly batches: (readonly SeenMessage[])[];
  /** Invocations at once, at most. */
  readonly mostAtOnce: number;
  readonly lines: readonly TraceLine[];
  readonly journal: readonly JournalEntry[];
}

const SETTINGS: MappingSettings = {
  kind: 'sqs',
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

export interface RunningMapping {
  readonly seen: Seen;
  readonly driver: MappingDriver;
  stop(): Promise<void>;
}

/** Starts a mapping over a queue. */
export async function runMapping(
  queue: QueueUnderTest,
  shape: QueueShape,
  changes: Partial<MappingSettings>,
  answer: Answering,
): Promise<RunningMapping> {
  const kind = shape.fifo ? 'sqs-fifo' : 'sqs';
  const settings: MappingSettings = { ...SETTINGS, kind, eventSourceArn: queue.arn, ...changes };
  const tracer = new Tracer();
  const lines: TraceLine[] = [];
  const journal: JournalEntry[] = [];
  tracer.listen((line) => lines.push(line));
  const invoker = new AnsweringInvoker(answer);
  const gate = new FunctionGate({
    definition: { name: 'f', arn: settings.functionArn, timeoutMs: 3000, memoryMb: 128, env: {} },
    invoker,
    permits: memoryPermits(systemClock),
    limits: { unreservedPool: 1000 },
    clock: systemClock,
  });
  const driver = new MappingDriver({
    name: 'm',
    uuid: 'f0a1b2c3-0000-4000-8000-000000000000',
    settings,
    policy: mappingPolicy(settings),
    choices: DEFAULT_CHOICES,
    source: await queue.source(settings.batchWindowMs),
    gate,
    clock: systemClock,
    tracer,
    journal: { write: (entry) => journal.push(JSON.parse(JSON.stringify(entry)) as JournalEntry) },
  });
  driver.start();
  const { batches } = invoker;
  const seen = {
    batches,
    lines,
    journal,
    get mostAtOnce() {
      return invoker.mostAtOnce;
    },
  };
  return { seen, driver, stop: () => driver.stop() };
}

class AnsweringInvoker implements Invoker {
  readonly batches: (readonly SeenMessage[])[] = [];
  readonly #answer: Answering;
  #running = 0;
  mostAtOnce = 0;

  constructor(answer: Answering) {
    this.#answer = answer;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const { Records } = invocation.event as { Records: readonly SeenMessage[] };
    this.batches.push(Records);
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    const startMs = systemClock.now();
    const answer = await this.#answered(Records, invocation);
    this.#running -= 1;
    return { answer, cold: false, startMs, endMs: systemClock.now() };
  }

  async #answered(messages: readonly SeenMessage[], invocation: Invocation): Promise<FunctionAnswer> {
    try {
      const value = await this.#answer(messages, invocation);
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
