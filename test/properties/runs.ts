/** Runs random scenarios, with a guard against runs that never end, and a little chaos that is drawn from a seed. */
import {
  normaliseScenario,
  type Run,
  type RunOptions,
  runPlan,
  type ScenarioDocument,
  type TraceHeader,
  type TraceLine,
} from '@millrace/simulation';

/** No scenario here has this much to say; a run that does goes round in circles. */
const MOST_LINES = 200_000;

export interface TracedRun extends Run {
  readonly document: ScenarioDocument;
  readonly header: TraceHeader;
  readonly lines: readonly TraceLine[];
}

export async function runDocument(document: ScenarioDocument, options: RunOptions = {}): Promise<TracedRun> {
  const read = normaliseScenario(document);
  if (!read.ok) throw new Error(`no scenario: ${read.problems.map(({ message }) => message).join(' ')}`);
  const lines: TraceLine[] = [];
  const headers: TraceHeader[] = [];
  const run = await runPlan(read.plan, read.feed(), {
    ...options,
    onHeader: (header) => headers.push(header),
    onLine: (line) => {
      if (lines.push(line) > MOST_LINES) throw new Error(`does not end: ${MOST_LINES} lines at ${line.at} ms`);
    },
    onProgress: guard(),
  });
  const [header] = headers;
  if (!header) throw new Error('a run without a header');
  return { ...run, document, header, lines };
}

/** Ends a run that makes many events and says nothing. Told every 2,000 events. */
function guard(): () => void {
  let told = 0;
  return () => {
    told += 1;
    if (told > 500) throw new Error('does not end: 1,000,000 events');
  };
}

/** A small generator for chaos within a run (mulberry32): the same seed, the same chaos. */
export function chaos(seed: number): (n: number) => number {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * n) | 0;
  };
}
