/**
 * The port that counts invocations across the whole fleet. It only counts; `admit` of the semantics decides. A permit ends
 * with its deadline, so that a holder that was killed leaks nothing.
 */
import type { Admission, FunctionLimits, Millis } from '@millrace/semantics';

export interface PermitAsk {
  readonly functionName: string;
  readonly attemptId: string;
  /** After this time the permit is nobody's. */
  readonly deadlineMs: Millis;
  readonly limits: FunctionLimits;
}

export interface Permits {
  take(ask: PermitAsk): Promise<Admission>;
  /** The invocation is over; giving back twice, or what has expired, changes nothing. */
  give(functionName: string, attemptId: string): void | Promise<void>;
}
