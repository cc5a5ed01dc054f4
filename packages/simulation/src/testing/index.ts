export type { DiscardSubset } from './assertions.ts';
export { expectRun, RunAssertionError, type RunExpectation } from './expect-run.ts';
export { type MatcherAnswer, type MillraceMatchers, millraceMatchers } from './matchers.ts';
