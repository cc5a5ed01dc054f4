/** What a failed property leaves behind: the scenario file that reproduces it, and how to run it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScenarioDocument } from '@millrace/simulation';
import fc from 'fast-check';
import { stringify } from 'yaml';

/** Whether the long tests were asked for (`npm run test:deep`). */
const deep = process.env.MILLRACE_DEEP === '1';

/** Runs of one property: 200, or 20,000 in a deep test; `MILLRACE_RUNS` says otherwise. */
const numRuns = Number(process.env.MILLRACE_RUNS ?? (deep ? 20_000 : 200));

/** A green build stays green: only deep tests, or `MILLRACE_SEED`, draw other scenarios than last time. */
const seed = Number(process.env.MILLRACE_SEED ?? (deep ? Math.floor(Math.random() * 2 ** 31) : 20_260_101));

/** Characters of a scenario that are shown in a message; its file has all of it. */
const MOST_SHOWN = 10_000;

/** How long a failure is made smaller before it is shown. */
const SHRINKING_MS = 30_000;

/** Time enough for every run, in milliseconds. */
export const timeoutMs = deep ? 4 * 3_600_000 : 300_000;

/**
 * Checks a property of a scenario and of a number for its chaos. `check` answers with what is wrong, in sentences.
 * A failure names the file that reproduces it.
 */
export async function holds(
  scenarios: fc.Arbitrary<ScenarioDocument>,
  check: (document: ScenarioDocument, chaosSeed: number) => Promise<readonly string[]>,
): Promise<void> {
  let failedAtMs = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(scenarios, fc.integer({ min: 1, max: 100_000 }), async (document, chaosSeed) => {
    if (Date.now() - failedAtMs > SHRINKING_MS) return;
    const wrong = await check(document, chaosSeed);
    if (wrong.length === 0) return;
    failedAtMs = Math.min(failedAtMs, Date.now());
    throw new Error(wrong.slice(0, 5).join('\n'));
  });
  const details = await fc.check(property, { numRuns, seed });
  if (!details.failed) return;
  const [document, chaosSeed] = details.counterexample ?? [];
  if (!document) throw new Error(`no scenario was drawn (seed ${details.seed})`);
  const error = details.errorInstance;
  throw new Error(report(document, chaosSeed ?? 0, details, error instanceof Error ? error.message : String(error)));
}

function report(
  document: ScenarioDocument,
  chaosSeed: number,
  { seed: drawn, numRuns: run, numShrinks }: { seed: number; numRuns: number; numShrinks: number },
  wrong: string,
): string {
  const text = stringify(document, { aliasDuplicateObjects: false });
  const folder = join(tmpdir(), 'millrace-failures');
  const file = join(folder, `${drawn}-${run}.yaml`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `# ${wrong.replaceAll('\n', '\n# ')}\n# Chaos ${chaosSeed}, seed ${drawn}.\n${text}`);
  return [
    wrong,
    `After ${run} runs, made smaller ${numShrinks} times. Chaos ${chaosSeed}; all runs again: MILLRACE_SEED=${drawn}`,
    `To run it: npx millrace run ${file}`,
    text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)} …` : text,
  ].join('\n');
}
