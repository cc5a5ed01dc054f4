/** The assertions as matchers for `expect.extend` of vitest and jest. Neither is imported: they share one shape. */
import type { ShownRun } from '../render/shown.ts';
import type { Fate } from '../result/result.ts';
import type { Amount } from '../scenario/expectations.ts';
import type { DiscardSubset } from './assertions.ts';
import {
  batch,
  deadLetter,
  deliver,
  discard,
  haveFate,
  haveNoViolations,
  invoke,
  keepOrder,
  meetExpectations,
  refuse,
  succeed,
} from './assertions.ts';
import { failureMessage, type Verdict } from './verdict.ts';

/**
 * What `expect(run)` can be asked after `expect.extend(millraceMatchers)`. For the types, add once to your tests:
 * `declare module 'vitest' { interface Matchers<T> extends MillraceMatchers<T> {} }`
 * (jest: `declare global { namespace jest { interface Matchers<R> extends MillraceMatchers<R> {} } }`).
 */
export interface MillraceMatchers<R> {
  /** The record was in so many invocations that ran; at least one when `times` is absent. */
  toDeliver(record: string, times?: Amount): R;
  /** The record was given up, by a discard with these properties. */
  toDiscard(record: string, subset?: DiscardSubset): R;
  /** The record succeeded; without a record, all did. */
  toSucceed(record?: string): R;
  /** No filter matched the record. */
  toFilter(record: string): R;
  /** The record reached its source's retention before it was done. */
  toExpire(record: string): R;
  /** The record went to a dead-letter queue: to this one, or to any. */
  toDeadLetter(record: string, queue?: string): R;
  toHaveFate(record: string, fate: Fate, mapping?: string): R;
  /** Every lane got its records in order, one invocation at a time. */
  toKeepOrder(): R;
  /** So many invocations in all, also those that were throttled. */
  toInvoke(times: Amount): R;
  /** Record ids of every invocation, in order of start. */
  toBatch(batches: readonly (readonly string[])[]): R;
  toHaveNoViolations(): R;
  /** The `expect` of the scenario itself holds. */
  toMeetExpectations(): R;
  /** The mapping was refused, with this code and a message containing this text. */
  toBeRefused(code?: string, text?: string): R;
}

/** What a matcher gives back to vitest or jest. */
export interface MatcherAnswer {
  readonly pass: boolean;
  readonly message: () => string;
}

type Matchers = {
  readonly [Name in keyof MillraceMatchers<void>]: (
    run: ShownRun,
    ...args: Parameters<MillraceMatchers<void>[Name]>
  ) => MatcherAnswer;
};

function matcher<Args extends readonly unknown[]>(assertion: (run: ShownRun, ...args: Args) => Verdict) {
  return (run: ShownRun, ...args: Args): MatcherAnswer => {
    const verdict = assertion(shownRun(run), ...args);
    return { pass: verdict.pass, message: () => failureMessage(run, verdict, verdict.pass) };
  };
}

/** A promise in place of a run is the likeliest mistake. */
function shownRun(run: ShownRun): ShownRun {
  if (typeof run === 'object' && run !== null && typeof run.result === 'object') return run;
  throw new TypeError('This matcher looks at a finished run: write expect(await simulate(…)).');
}

/** For `expect.extend(millraceMatchers)`. A failure shows the timeline of the run. */
export const millraceMatchers: Matchers = {
  toDeliver: matcher(deliver),
  toDiscard: matcher(discard),
  toSucceed: matcher(succeed),
  toFilter: matcher((run: ShownRun, record: string) => haveFate(run, record, 'filtered')),
  toExpire: matcher((run: ShownRun, record: string) => haveFate(run, record, 'expired')),
  toDeadLetter: matcher(deadLetter),
  toHaveFate: matcher(haveFate),
  toKeepOrder: matcher(keepOrder),
  toInvoke: matcher(invoke),
  toBatch: matcher(batch),
  toHaveNoViolations: matcher(haveNoViolations),
  toMeetExpectations: matcher(meetExpectations),
  toBeRefused: matcher(refuse),
};
