/** Mappings of ordered sources as tests drive them: settings, a function in the test's hands, and what they share. */
import {
  type Clock,
  FunctionGate,
  type InvocationResult,
  type Invoker,
  type MappingOptions,
  memoryCheckpoints,
  memoryPermits,
  systemClock,
  Tracer,
} from '@millrace/runtime';
import { DEFAULT_CHOICES, type MappingSettings, mappingPolicy, type TraceLine } from '@millrace/semantics';
import type { HandSource } from './handSource.ts';

export const UUID = 'f0a1b2c3-0000-4000-8000-000000000000';

export const KINESIS: MappingSettings = {
  kind: 'kinesis',
  eventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
  batchSize: 1,
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

export const KAFKA: MappingSettings = {
  ...KINESIS,
  kind: 'self-managed-kafka',
  topic: 't',
  bootstrapServers: ['127.0.0.1:1'],
};

export const DONE: InvocationResult = { answer: { kind: 'returned', value: null }, cold: false, startMs: 0, endMs: 0 };
export const FAILED: InvocationResult = {
  answer: { kind: 'threw', errorType: 'Error', errorMessage: 'no' },
  cold: false,
  startMs: 0,
  endMs: 0,
};

/** A function that remembers its events; it answers at once unless the test holds its answers. */
export class HandFunction implements Invoker {
  readonly events: { readonly shard: string; readonly positions: readonly number[] }[] = [];
  readonly waiting: ((result: InvocationResult) => void)[] = [];
  holds = false;
  result = DONE;

  async invoke({ event }: Parameters<Invoker['invoke']>[0]): Promise<InvocationResult> {
    this.events.push(event as HandFunction['events'][number]);
    if (!this.holds) return this.result;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  environments() {
    return { running: 0, idle: 0 };
  }

  async close(): Promise<void> {}

  get seen(): string[] {
    return this.events.flatMap(({ shard, positions }) => positions.map((position) => `${shard}@${position}`));
  }
}

export function optionsOf(
  source: HandSource,
  run: HandFunction,
  settings: MappingSettings = KINESIS,
  rest: Partial<MappingOptions> = {},
): MappingOptions & { readonly lines: TraceLine[] } {
  const clock: Clock = rest.clock ?? systemClock;
  const tracer = rest.tracer ?? new Tracer();
  const lines: TraceLine[] = [];
  tracer.listen((line) => lines.push(line));
  const gate = new FunctionGate({
    definition: { name: 'f', arn: settings.functionArn, timeoutMs: 3000, memoryMb: 128, env: {} },
    invoker: run,
    permits: memoryPermits(systemClock),
    limits: { unreservedPool: 1000 },
    clock,
  });
  return {
    name: 'm',
    uuid: UUID,
    settings,
    policy: mappingPolicy(settings),
    choices: DEFAULT_CHOICES,
    source,
    gate,
    clock,
    tracer,
    checkpoints: memoryCheckpoints(),
    lines,
    ...rest,
  };
}

/** Lets everything that is already resolved go on. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
