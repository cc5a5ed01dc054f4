/**
 * Whether a function takes an invocation now, and in which environment. Pure: the caller counts, this decides.
 */
import type { RuleId } from '../rules/index.ts';

/** How many environments a function may start in ten seconds, and its invocations per second per unit of concurrency. */
const ENVIRONMENTS_PER_10_S = 1000;
const INVOCATIONS_PER_CONCURRENCY = 10;

/** A reservation must leave this much of the account's pool; accounts that have less anyway may do as they like. */
const UNRESERVED_MINIMUM = 100;

/** What AWS answers to a reservation that leaves too little (PutFunctionConcurrency). */
export const UNRESERVED_MINIMUM_TEXT =
  "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";

/** Whether a change of a reservation leaves enough of the pool. */
export function hasUnreservedMinimum(before: number, after: number): boolean {
  return before < UNRESERVED_MINIMUM || after >= UNRESERVED_MINIMUM;
}

/** What is in use at this instant. */
export interface FunctionUsage {
  /** Invocations of this function that are running. */
  readonly running: number;
  /** Invocations running in the whole account in functions without a reservation. */
  readonly runningUnreserved: number;
  /** Environments of this function that are warm and free. */
  readonly idleEnvironments: number;
  /** Environments that this function started in the last ten seconds. */
  readonly startedRecently: number;
  /** Invocations that this function took in the last second. */
  readonly takenRecently: number;
}

/** What somebody is judged by who has a permit already, or takes one over with its environment: it counts once. */
export const HOLDER: FunctionUsage = {
  running: 0,
  runningUnreserved: 0,
  idleEnvironments: 1,
  startedRecently: 0,
  takenRecently: 0,
};

export interface FunctionLimits {
  /** Absent: the function shares the account's pool. */
  readonly reservedConcurrency?: number;
  /** The account's concurrency less every reservation. */
  readonly unreservedPool: number;
}

export type Admission =
  | { readonly admitted: true; readonly cold: boolean; readonly rule: RuleId }
  /** `reason` is the `Reason` of AWS's TooManyRequestsException. */
  | { readonly admitted: false; readonly reason: string; readonly rule: RuleId };

export function admit(usage: FunctionUsage, limits: FunctionLimits): Admission {
  return refusal(usage, limits) ?? placement(usage);
}

function refusal(usage: FunctionUsage, limits: FunctionLimits): Admission | undefined {
  const { reservedConcurrency, unreservedPool } = limits;
  const reserved = reservedConcurrency !== undefined;
  if (reserved && usage.running >= reservedConcurrency) {
    return refuse('ReservedFunctionConcurrentInvocationLimitExceeded', 'function.reserved-concurrency-throttles');
  }
  if (!reserved && usage.runningUnreserved >= unreservedPool) {
    return refuse('ConcurrentInvocationLimitExceeded', 'function.account-concurrency-throttles');
  }
  if (usage.takenRecently >= INVOCATIONS_PER_CONCURRENCY * (reservedConcurrency ?? unreservedPool)) {
    const reason = reserved ? 'ReservedFunctionInvocationRateLimitExceeded' : 'FunctionInvocationRateLimitExceeded';
    return refuse(reason, 'function.invocation-rate-throttles');
  }
  if (usage.idleEnvironments === 0 && usage.startedRecently >= ENVIRONMENTS_PER_10_S) {
    return refuse('ConcurrentInvocationLimitExceeded', 'function.scaling-rate-throttles');
  }
  return undefined;
}

function refuse(reason: string, rule: RuleId): Admission {
  return { admitted: false, reason, rule };
}

function placement(usage: FunctionUsage): Admission {
  const cold = usage.idleEnvironments === 0;
  return {
    admitted: true,
    cold,
    rule: cold ? 'function.cold-environment-is-started' : 'function.warm-environment-is-reused',
  };
}
