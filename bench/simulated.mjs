/** The same loads through the simulator. */
import { normaliseScenario, runPlan } from '@millrace/simulation';

export function planOf(source, mapping, handler, functionOptions = {}) {
  const read = normaliseScenario({
    scenario: 'bench',
    account: { concurrency: 100_000 },
    source: { name: 'bench', ...source },
    mapping,
    function: { name: 'f', duration: '20ms', handler, ...functionOptions },
    records: [],
  });
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'));
  return read.plan;
}

export async function simulated(plan, feed, options = {}) {
  const run = await runPlan(plan, feed, { summary: true, ...options });
  if (run.exitCode !== 0) throw new Error(JSON.stringify({ ...run.result, records: [] }).slice(0, 2000));
  return run;
}
