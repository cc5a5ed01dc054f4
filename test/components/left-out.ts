/** What the end of a run says about tests that were left out because a component is missing. */
import type { ComponentName, ComponentStatus } from '../../infra/components/ensure.mjs';
import { leftOutMark } from './marks.ts';

/** One line for the number of tests, one for each component that they missed; none when all ran. */
export function leftOutLines(
  statuses: Record<ComponentName, ComponentStatus>,
  skippedNames: readonly string[],
): readonly string[] {
  const leftOut = skippedNames.filter((name) => name.includes(leftOutMark));
  if (leftOut.length === 0) return [];
  const missed = Object.entries(statuses).filter(([, { problem }]) => problem !== undefined);
  const reasons = missed.map(([name, { problem }]) => `  ${name}: ${problem}`);
  const count = leftOut.length === 1 ? '1 test was' : `${leftOut.length} tests were`;
  return [`${count} left out, because components are missing:`, ...reasons];
}
