/** What an assertion says about a run, and how it is told: one sentence, then the timeline that shows it. */
import { didYouMean } from '../closest.ts';
import { renderInvocations } from '../render/invocations.ts';
import { renderDiscards } from '../render/lists.ts';
import { plainLook } from '../render/look.ts';
import { joinSections } from '../render/report.ts';
import type { ShownRun } from '../render/shown.ts';
import { renderTimeline } from '../render/timeline.ts';
import type { RecordResult } from '../result/result.ts';

export interface Verdict {
  readonly pass: boolean;
  /** Completes "expected the run to …". */
  readonly wanted: string;
  /** A sentence about what it did instead; also true when the assertion holds. */
  readonly actual: string;
}

/** The failure message: what was wanted, what was, and the run's timeline. */
export function failureMessage(run: ShownRun, verdict: Verdict, negated: boolean): string {
  const head = `expected the run ${negated ? 'not ' : ''}to ${verdict.wanted}, but ${verdict.actual}`;
  const look = plainLook(100);
  const { result } = run;
  const picture = [renderTimeline(result, look), renderInvocations(result, look), renderDiscards(result, look)];
  return joinSections([[head], ...picture]).join('\n');
}

/** The record of that id. An id that the run does not have is a mistake in the test, so it throws, negated or not. */
export function recordOf(run: ShownRun, id: string): RecordResult {
  const { records } = run.result;
  if (records.length === 0) {
    throw new Error(`There is no record "${id}": this run lists no records (run it without \`summary\`).`);
  }
  const found = records.find((record) => record.id === id);
  if (found) return found;
  throw new Error(
    `There is no record "${id}" in this run.${didYouMean(
      id,
      records.map((record) => record.id),
    )}`,
  );
}
