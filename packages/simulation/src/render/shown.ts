/** What a report shows of a run: any part of it may be missing (a summary keeps no invocations and no records). */
import type { Fate, RunResult } from '../result/result.ts';

export interface RunTotals {
  readonly invocations: number;
  readonly records: number;
  readonly fates: Readonly<Partial<Record<Fate, number>>>;
  readonly deliveries: number;
  readonly discards: number;
}

/** An expectation that the run did not meet. */
export interface ShownMiss {
  /** Where it stands in the file, for example `expect.deliveries.bad`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly message: string;
}

/** What the simulator's `Run` is to those who show it. */
export interface ShownRun {
  readonly result: RunResult;
  /** It went by a real clock. */
  readonly live?: boolean;
  readonly totals?: RunTotals;
  readonly misses?: readonly ShownMiss[];
}

/** The run's counts: its own, or counted from its result. */
export function totalsOf(run: ShownRun): RunTotals {
  if (run.totals) return run.totals;
  const { invocations, records, discards } = run.result;
  const fates: Partial<Record<Fate, number>> = {};
  let deliveries = 0;
  for (const record of records) {
    fates[record.fate] = (fates[record.fate] ?? 0) + 1;
    deliveries += record.deliveries;
  }
  return { invocations: invocations.length, records: records.length, fates, deliveries, discards: discards.length };
}
