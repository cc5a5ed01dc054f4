/** A mapping over whatever a suite has put records or messages into, with a function that the test itself answers. */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import { DEFAULT_CHOICES, type MappingSettings, mappingPolicy, type TraceLine } from '@millrace/semantics';
import { systemClock } from '../clock.ts';
import { FunctionGate } from '../drive/functionGate.ts';
import { MappingDriver } from '../drive/mappingDriver.ts';
import { Tracer } from '../drive/trace.ts';
import { memoryPermits } from '../memory/permits.ts';
import type { Checkpoints } from '../ports/checkpoints.ts';
import type { Invocation, InvocationResult, Invoker } from '../ports/invoker.ts';
import type { JournalEntry } from '../ports/journal.ts';
import type { MappingSource } from '../ports/source.ts';

/** Answers a batch; what it throws is an error of the function. */
export type Answering<Item> = (batch: readonly Item[], invocation: Invocation) => unknown | Promise<unknown>;

/** What a mapping has when nothing else is said. */
export const PLAIN_SETTINGS: MappingSettings = {
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

interface AnsweredMapping<Item> {
  readonly settings: MappingSettings;
  readonly source: MappingSource;
  readonly checkpoints?: Checkpoints;
  /** What is in an event. */
  readonly batchOf: (event: unknown) => readonly Item[];
  readonly answer: Answering<Item>;
}

/** Starts it. */
export function startAnswered<Item>({ settings, source, checkpoints, batchOf, answer }: AnsweredMapping<Item>) {
  const tracer = new Tracer();
  const lines: TraceLine[] = [];
  const journal: JournalEntry[] = [];
  tracer.listen((line) => lines.push(line));
  const invoker = new AnsweringInvoker(batchOf, answer);
  const driver = new MappingDriver({
    name: 'm',
    uuid: 'f0a1b2c3-0000-4000-8000-000000000000',
    settings,
    policy: mappingPolicy(settings),
    choices: DEFAULT_CHOICES,
    source,
    gate: gateOf(settings, invoker),
    clock: systemClock,
    tracer,
    journal: { write: (entry) => journal.push(JSON.parse(JSON.stringify(entry)) as JournalEntry) },
    ...(checkpoints && { checkpoints }),
  });
  driver.start();
  return { driver, invoker, lines, journal };
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

class AnsweringInvoker<Item> implements Invoker {
  readonly batches: (readonly Item[])[] = [];
  readonly #batchOf: (event: unknown) => readonly Item[];
  readonly #answer: Answering<Item>;
  #running = 0;
  /** Invocations at once, at most. */
  mostAtOnce = 0;

  constructor(batchOf: (event: unknown) => readonly Item[], answer: Answering<Item>) {
    this.#batchOf = batchOf;
    this.#answer = answer;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const batch = this.#batchOf(invocation.event);
    this.batches.push(batch);
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    const startMs = systemClock.now();
    const answer = await this.#answered(batch, invocation);
    this.#running -= 1;
    return { answer, cold: false, startMs, endMs: systemClock.now() };
  }

  async #answered(batch: readonly Item[], invocation: Invocation): Promise<FunctionAnswer> {
    try {
      const value = await this.#answer(batch, invocation);
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
