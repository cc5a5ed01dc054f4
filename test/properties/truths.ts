/** What must be true of any result, whatever the scenario. The checkers watch the run; these look at what it said. */
import type { RunResult } from '@millrace/simulation';
import { staleCheckpoints } from './checkpoints.ts';
import type { TracedRun } from './runs.ts';

const LONGEST_MS = 30 * 24 * 3_600_000;
/** Only the last invocation of a tumbling window, and its retries, come without records. */
const ENDS_A_WINDOW = new Set(['window-end', 'retry']);
const NOT_RUN = new Set(['throttled', 'unreachable', 'lost']);

/** Every broken truth as a sentence. */
export function untruths({ document, lines, result }: TracedRun): string[] {
  return [
    ...result.violations.map(({ invariant, message, records, atMs }) => {
      return `${invariant}: ${message} (${records.slice(0, 5).join(', ')} at ${atMs.join(', ')} ms)`;
    }),
    ...(result.virtualMs > LONGEST_MS ? [`does not end: ${result.virtualMs} ms`] : []),
    ...deliveriesAddUp(result),
    ...fatesFit(result),
    ...invocationsFit(result),
    ...staleCheckpoints(document, lines),
  ];
}

function deliveriesAddUp({ invocations, records }: RunResult): string[] {
  const counted = new Map<string, number>();
  for (const { outcome, records: held } of invocations) {
    if (NOT_RUN.has(outcome)) continue;
    for (const id of held) counted.set(id, (counted.get(id) ?? 0) + 1);
  }
  const wrong = records.filter(({ id, deliveries }) => deliveries !== (counted.get(id) ?? 0));
  const known = new Set(records.map(({ id }) => id));
  const strangers = [...counted.keys()].filter((id) => !known.has(id));
  return [
    ...wrong.map(({ id, deliveries }) => `${id} has ${deliveries} deliveries and ran ${counted.get(id) ?? 0} times`),
    ...strangers.map((id) => `${id} was invoked and never arrived`),
  ];
}

function fatesFit({ records }: RunResult): string[] {
  return records.flatMap(({ id, deliveries, fate }) => {
    if (fate === 'succeeded' && deliveries === 0) return [`${id} succeeded and was never delivered`];
    if (fate === 'deduplicated' && deliveries > 0) return [`${id} is a duplicate and was delivered`];
    return [];
  });
}

function invocationsFit({ invocations, virtualMs }: RunResult): string[] {
  return invocations.flatMap(({ id, startMs, endMs, records, closedBy }, index) => {
    if (id !== index + 1) return [`invocation ${id} stands at place ${index + 1}`];
    if (endMs < startMs || endMs > virtualMs) return [`invocation ${id} runs from ${startMs} to ${endMs} ms`];
    if (new Set(records).size !== records.length) return [`invocation ${id} holds a record twice`];
    return records.length === 0 && !ENDS_A_WINDOW.has(closedBy) ? [`invocation ${id} is empty`] : [];
  });
}
