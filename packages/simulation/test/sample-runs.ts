/** Runs built by hand, for tests of what shows them. Ids and times are fixed. */
import type { DiscardResult, InvocationResult, RunResult } from '../src/result/result.ts';

export const shard = 'shardId-000000000000';
export const destination = 'arn:aws:sqs:us-east-1:123456789012:failed';

const noMetrics = {
  PolledEventCount: 0,
  InvokedEventCount: 0,
  FilteredOutEventCount: 0,
  FailedInvokeEventCount: 0,
  DeletedEventCount: 0,
  DroppedEventCount: 0,
  OnFailureDestinationDeliveredEventCount: 0,
  IteratorAgeMaxMs: 0,
  ConcurrentExecutionsMax: 0,
  Throttles: 0,
};

export function result(parts: Partial<RunResult>): RunResult {
  return {
    scenario: 'sample',
    seed: 1,
    virtualMs: 0,
    invocations: [],
    discards: [],
    queues: {},
    records: [],
    checkpoints: {},
    calls: [],
    metrics: noMetrics,
    violations: [],
    errors: [],
    ...parts,
  };
}

export function invocation(parts: Partial<InvocationResult> & { id: number; startMs: number }): InvocationResult {
  return {
    mapping: 'orders-consumer',
    function: 'consumer',
    lanes: [shard],
    endMs: parts.startMs + 50,
    cold: parts.id === 1,
    attempt: 1,
    closedBy: 'size',
    records: [`r${parts.id}`],
    outcome: 'success',
    ...parts,
  };
}

export function discard(parts: Partial<DiscardResult> & { atMs: number; records: readonly string[] }): DiscardResult {
  return {
    mapping: 'orders-consumer',
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 4,
    destination,
    delivered: true,
    message: {},
    ...parts,
  };
}

/** The scenario of scenario-format.md: five good records and a bad one that is reported until its budget is spent. */
export function poisonRun(): RunResult {
  const bad = ['bad'];
  const retry = { closedBy: 'retry', outcome: 'partial', records: bad } as const;
  return result({
    scenario: 'poison-record-after-partial-success',
    seed: 7,
    virtualMs: 16_250,
    invocations: [
      invocation({ id: 1, startMs: 1000, records: ['ok.1', 'ok.2', 'ok.3'] }),
      invocation({ id: 2, startMs: 1050, records: ['ok.4', 'ok.5', 'bad'], outcome: 'partial' }),
      invocation({ id: 3, startMs: 2100, attempt: 1, ...retry }),
      invocation({ id: 4, startMs: 4150, attempt: 2, ...retry }),
      invocation({ id: 5, startMs: 8200, endMs: 9700, attempt: 3, ...retry, outcome: 'timeout' }),
      invocation({ id: 6, startMs: 16_200, attempt: 4, ...retry }),
    ],
    discards: [discard({ atMs: 16_250, records: bad })],
    records: [
      ...[1, 2, 3, 4, 5].map((n) => ({ id: `ok.${n}`, deliveries: 1, fate: 'succeeded' as const })),
      { id: 'bad', deliveries: 5, fate: 'discarded' },
    ],
    checkpoints: { [shard]: '49590338271490256608559692538361571095921575989136588802' },
    metrics: {
      ...noMetrics,
      PolledEventCount: 6,
      InvokedEventCount: 10,
      FailedInvokeEventCount: 5,
      OnFailureDestinationDeliveredEventCount: 1,
      IteratorAgeMaxMs: 16_200,
      ConcurrentExecutionsMax: 1,
    },
  });
}

/** Forty shards, one of them with a failure; every shard invoked twice. */
export function manyLanesRun(lanes = 40): RunResult {
  const invocations: InvocationResult[] = [];
  for (let lane = 0; lane < lanes; lane += 1) {
    for (const startMs of [1000 + lane * 10, 3000 + lane * 10]) {
      const outcome = lane === 37 && startMs > 3000 ? 'error' : 'success';
      const name = `shardId-${String(lane).padStart(12, '0')}`;
      invocations.push(
        invocation({ id: invocations.length + 1, startMs, endMs: startMs + 400, lanes: [name], outcome, cold: false }),
      );
    }
  }
  return result({ scenario: 'many-lanes', virtualMs: 4000, invocations });
}

/** A standard queue: no lanes; three overlapping invocations, again and again for an hour. */
export function busyQueueRun(): RunResult {
  const invocations: InvocationResult[] = [];
  for (let at = 0; at < 3_600_000; at += 6000) {
    for (const offset of [0, 1000, 2000]) {
      const outcome = at > 1_800_000 && at < 1_900_000 && offset === 0 ? 'throttled' : 'success';
      invocations.push(
        invocation({
          id: invocations.length + 1,
          startMs: at + offset,
          endMs: at + offset + 2500,
          lanes: [],
          outcome,
          cold: false,
        }),
      );
    }
  }
  return result({ scenario: 'busy-queue', virtualMs: 3_600_000, invocations });
}
