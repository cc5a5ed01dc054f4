/** What a run comes to, whichever clock it went by: its result, what was expected of it and did not hold, its exit code. */
import type { RunTotals } from '../render/shown.ts';
import type { Plan } from '../scenario/plan.ts';
import type { ResultBuilder } from './builder.ts';
import { callMisses, expectationMisses, type Miss } from './expect.ts';
import type { RunResult } from './result.ts';

export interface Run {
  readonly result: RunResult;
  readonly totals: RunTotals;
  /** It went by a real clock. */
  readonly live?: boolean;
  /** Expectations of the file that did not hold. */
  readonly misses: readonly Miss[];
  /** 0 as expected, 1 an expectation or an invariant broke, 2 a mapping was refused. */
  readonly exitCode: 0 | 1 | 2;
}

export function conclude(plan: Plan, builder: ResultBuilder, summary: boolean): Run {
  const result = builder.result();
  const misses = [...expectationMisses(plan.expect, result), ...callMisses(plan.events, result)];
  const refused = result.errors.length > 0 && plan.expect?.errors === undefined;
  const failed = misses.length > 0 || result.violations.length > 0;
  const shown = summary ? { ...result, invocations: [], records: [] } : result;
  return { result: shown, totals: builder.totals(), misses, exitCode: refused ? 2 : failed ? 1 : 0 };
}
