/**
 * How far each count may go, found by asking `admit`: the script that enters a permit compares with these, so that what
 * would be refused is never entered, where it would have others refused.
 *
 * 1. The rule stays in `admit`. This holds as long as it refuses by each count by itself; the caller asks `admit` again with
 *    what was counted, and an answer that differs from the script's is a bug that it reports.
 */
import { admit, type FunctionLimits, type FunctionUsage, HOLDER } from '@millrace/semantics';

/** More than any count comes to; stands for no bound. */
const BEYOND = 2 ** 40;

/** An attempt is admitted while the count is below its bound. */
export interface Bounds {
  readonly running: number;
  readonly runningUnreserved: number;
  readonly takenRecently: number;
  /** Only where no environment is free. */
  readonly startedRecently: number;
}

export function boundsOf(limits: FunctionLimits): Bounds {
  return {
    running: firstRefused((running) => ({ ...HOLDER, running }), limits),
    runningUnreserved: firstRefused((runningUnreserved) => ({ ...HOLDER, runningUnreserved }), limits),
    takenRecently: firstRefused((takenRecently) => ({ ...HOLDER, takenRecently }), limits),
    startedRecently: firstRefused((startedRecently) => ({ ...HOLDER, idleEnvironments: 0, startedRecently }), limits),
  };
}

/** The smallest count that is refused, by halving. */
function firstRefused(usageOf: (count: number) => FunctionUsage, limits: FunctionLimits): number {
  let admitted = -1;
  let refused = BEYOND;
  while (refused - admitted > 1) {
    const middle = Math.floor((admitted + refused) / 2);
    if (admit(usageOf(middle), limits).admitted) admitted = middle;
    else refused = middle;
  }
  return refused;
}
