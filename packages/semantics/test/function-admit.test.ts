/** Whether a function takes an invocation, and in which environment: one row per limit, at it and one below. */
import { describe, expect, it } from 'vitest';
import { admit, type FunctionLimits, type FunctionUsage } from '../src/index.ts';

const quiet: FunctionUsage = {
  running: 0,
  runningUnreserved: 0,
  idleEnvironments: 0,
  startedRecently: 0,
  takenRecently: 0,
};
const shared: FunctionLimits = { unreservedPool: 1000 };
const reserved: FunctionLimits = { unreservedPool: 1000, reservedConcurrency: 10 };

describe('admission', () => {
  it.each([
    [
      'reserved concurrency',
      { running: 10 },
      reserved,
      'ReservedFunctionConcurrentInvocationLimitExceeded',
      'function.reserved-concurrency-throttles',
    ],
    [
      'a reservation of 0',
      {},
      { unreservedPool: 1000, reservedConcurrency: 0 },
      'ReservedFunctionConcurrentInvocationLimitExceeded',
      'function.reserved-concurrency-throttles',
    ],
    [
      'the pool of the account',
      { running: 1, runningUnreserved: 1000 },
      shared,
      'ConcurrentInvocationLimitExceeded',
      'function.account-concurrency-throttles',
    ],
    [
      'the rate of a reservation',
      { takenRecently: 100 },
      reserved,
      'ReservedFunctionInvocationRateLimitExceeded',
      'function.invocation-rate-throttles',
    ],
    [
      'the rate of the pool',
      { takenRecently: 10_000 },
      shared,
      'FunctionInvocationRateLimitExceeded',
      'function.invocation-rate-throttles',
    ],
    [
      'a thousand environments in ten seconds',
      { startedRecently: 1000 },
      shared,
      'ConcurrentInvocationLimitExceeded',
      'function.scaling-rate-throttles',
    ],
  ] as const)('%s is a limit', (_, usage, limits, reason, rule) => {
    expect(admit({ ...quiet, ...usage }, limits)).toEqual({ admitted: false, reason, rule });
  });

  it.each([
    ['below reserved concurrency', { running: 9 }, reserved],
    ['below the pool', { running: 999, runningUnreserved: 999 }, shared],
    ['with a reservation although the pool is used up', { runningUnreserved: 1000 }, reserved],
    ['below the rate of a reservation', { takenRecently: 99 }, reserved],
    ['below the rate of the pool', { takenRecently: 9999 }, shared],
    ['below a thousand environments', { startedRecently: 999 }, shared],
  ] as const)('%s it is admitted', (_, usage, limits) => {
    expect(admit({ ...quiet, ...usage }, limits).admitted).toBe(true);
  });

  it('function.cold-environment-is-started when none is free', () => {
    const rule = 'function.cold-environment-is-started';
    expect(admit(quiet, shared)).toEqual({ admitted: true, cold: true, rule });
  });

  it('function.warm-environment-is-reused, also when no new one could be started', () => {
    const usage = { ...quiet, idleEnvironments: 1, startedRecently: 5000 };
    const rule = 'function.warm-environment-is-reused';
    expect(admit(usage, shared)).toEqual({ admitted: true, cold: false, rule });
  });
});
