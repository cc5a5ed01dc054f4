/** How a function admits invocations: its concurrency, its environments, its rates. */
import type { RuleTable } from './rule.ts';

export const functionRules = {
  'function.warm-environment-is-reused': {
    statement: 'An invocation runs in an environment that is free, one at a time each.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, concurrency; case S10',
  },
  'function.cold-environment-is-started': {
    statement: 'When no environment is free a new one is started, which adds its start to the first invocation.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, concurrency',
  },
  'function.reserved-concurrency-throttles': {
    statement: 'At its reserved concurrency a function refuses further invocations with 429.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, concurrency',
  },
  'function.account-concurrency-throttles': {
    statement: 'When the unreserved pool of the account is used up, functions without a reservation are throttled.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, concurrency; case text ConcurrentInvocationLimitExceeded',
  },
  'function.invocation-rate-throttles': {
    statement: 'A function takes at most 10 times its concurrency in invocations per second.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, concurrency: requests per second',
  },
  'function.scaling-rate-throttles': {
    statement: 'A function starts at most 1,000 environments in 10 seconds.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, concurrency: scaling rate',
  },
} as const satisfies RuleTable;
