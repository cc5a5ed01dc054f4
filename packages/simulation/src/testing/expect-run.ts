/** The matchers as a chain of their own, for test runners without `expect.extend` (node:test) and for scripts. */
import type { ShownRun } from '../render/shown.ts';
import { type MatcherAnswer, type MillraceMatchers, millraceMatchers } from './matchers.ts';

/** Every call asserts, throws when it fails, and gives the chain back. `not` negates the next call only. */
export interface RunExpectation extends MillraceMatchers<RunExpectation> {
  readonly not: MillraceMatchers<RunExpectation>;
}

/** A run is not what a test expected. The message shows the timeline. */
export class RunAssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly code = 'ERR_MILLRACE_ASSERTION';
}

/**
 * `expectRun(run).toDeliver('bad', 5).toKeepOrder().not.toExpire('bad')`
 *
 * @throws {RunAssertionError} at the first assertion that does not hold
 */
export function expectRun(run: ShownRun): RunExpectation {
  const chain = {} as RunExpectation;
  Object.assign(chain, calls(run, chain, false), { not: calls(run, chain, true) });
  return chain;
}

type AnyMatcher = (run: ShownRun, ...args: readonly unknown[]) => MatcherAnswer;

function calls(run: ShownRun, chain: RunExpectation, negated: boolean): MillraceMatchers<RunExpectation> {
  const entries = Object.entries(millraceMatchers as unknown as Record<string, AnyMatcher>).map(([name, matcher]) => [
    name,
    (...args: readonly unknown[]) => {
      const answer = matcher(run, ...args);
      if (answer.pass === negated) throw new RunAssertionError(answer.message());
      return chain;
    },
  ]);
  return Object.fromEntries(entries) as MillraceMatchers<RunExpectation>;
}
