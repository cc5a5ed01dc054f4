/** A function as pollers see it: what is refused takes no permit, and never runs. */
import type { Admission } from '@millrace/semantics';
import { expect, test } from 'vitest';
import type { Clock, Invocation, Invoker, PermitAsk } from '../src/index.ts';
import { FunctionGate } from '../src/index.ts';

const definition = { name: 'f', arn: 'arn:f', timeoutMs: 1000, memoryMb: 128, env: {} };
const invocation: Invocation = { attemptId: 'a', requestId: 'r', event: {} };
const ADMITTED: Admission = { admitted: true, cold: true, rule: 'function.cold-environment-is-started' };

function gateOf(refuse?: Invoker['refuse']) {
  let nowMs = 0;
  const asks: PermitAsk[] = [];
  const given: string[] = [];
  const answers: ((admission: Admission) => void)[] = [];
  const clock = { now: () => nowMs } as Clock;
  const invoker: Invoker = {
    ...(refuse && { refuse }),
    invoke: async () => ({ answer: { kind: 'returned', value: {} }, cold: true, startMs: 0, endMs: 0 }),
    environments: () => ({ running: 0, idle: 0 }),
    close: async () => {},
  };
  const permits = {
    take: (ask: PermitAsk) => {
      asks.push(ask);
      return new Promise<Admission>((resolve) => answers.push(resolve));
    },
    give: (_: string, attemptId: string) => void given.push(attemptId),
  };
  const gate = new FunctionGate({ definition, invoker, permits, limits: { unreservedPool: 5 }, clock });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { gate, asks, given, answers, pass };
}

test('refuses everything while the fault lasts, without a permit', async () => {
  const { gate, asks, answers, given, pass } = gateOf();
  gate.throttledUntilMs = 100;
  pass(99);
  expect(await gate.offer(invocation)).toMatchObject({ admitted: false, outcome: { kind: 'throttled' } });
  expect(asks).toEqual([]);
  pass(1);
  const offered = gate.offer(invocation);
  answers[0]?.(ADMITTED);
  const gated = await offered;
  expect(gated.admitted && (await gated.result).answer).toEqual({ kind: 'returned', value: {} });
  expect(given).toEqual(['a']);
});

test('what the function itself would refuse takes no permit', async () => {
  const { gate, asks } = gateOf(() => ({ kind: 'unreachable', reason: 'ServiceException' }));
  expect(await gate.offer(invocation)).toEqual({
    admitted: false,
    outcome: { kind: 'unreachable', reason: 'ServiceException' },
  });
  expect(asks).toEqual([]);
});

test('who asked under the former limits is answered by them', async () => {
  const { gate, asks, answers } = gateOf();
  const offered = gate.offer(invocation);
  gate.limits = { unreservedPool: 5, reservedConcurrency: 0 };
  expect(asks[0]?.limits).toEqual({ unreservedPool: 5 });
  answers[0]?.({ admitted: false, reason: 'x', rule: 'function.account-concurrency-throttles' });
  expect(await offered).toMatchObject({ admitted: false, rule: 'function.account-concurrency-throttles' });
});
