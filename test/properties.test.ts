/**
 * The whole simulator under random scenarios: every kind of source, mapping, function, arrival and fault. What fails
 * prints the scenario file that reproduces it. 200 runs each; `npm run test:deep` makes 20,000.
 */
import { normaliseScenario, runPlan } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lateWakes, otherOrder, repeated, retold, undisturbed, woken } from './properties/checks.ts';
import { holds, timeoutMs } from './properties/failures.ts';
import { runDocument, type TracedRun } from './properties/runs.ts';
import { scenarios } from './properties/scenarios.ts';

describe('any scenario', () => {
  test.each([undisturbed, repeated, retold, woken, lateWakes, otherOrder])(
    '$name',
    { timeout: timeoutMs },
    async ({ check }) => {
      await holds(scenarios, check);
    },
  );
});

test('a failure names a file that runs', async () => {
  const failure = await holds(scenarios, async () => ['all is wrong']).catch((error: Error) => error.message);
  const [, file] = /npx millrace run (\S+\.yaml)/.exec(failure ?? '') ?? [];
  expect(failure).toContain('all is wrong');
  const { plan, feed } = await loadScenario(file ?? '');
  expect((await runPlan(plan, feed)).result.scenario).toBe('found-by-a-property');
});

test('the arbitraries draw what they mean to', async () => {
  const documents = fc.sample(scenarios, { numRuns: 300, seed: 7 });
  const refused = documents.flatMap((document) => {
    const read = normaliseScenario(document);
    return read.ok ? [] : read.problems.map(({ message }) => message);
  });
  expect(refused).toEqual([]);
  const runs: TracedRun[] = [];
  for (const document of documents) runs.push(await runDocument(document));
  const creations = runs.flatMap(({ lines }) => lines.filter(isRefusedCreation));
  expect(creations.map(({ data }) => data?.message)).toEqual([]);
  const fates = new Set(runs.flatMap(({ result }) => result.records.map(({ fate }) => fate)));
  const outcomes = new Set(runs.flatMap(({ result }) => result.invocations.map(({ outcome }) => outcome)));
  expect(fates.size).toBe(9);
  expect(outcomes.size).toBe(8);
});

function isRefusedCreation({ what, data }: TracedRun['lines'][number]): boolean {
  return what === 'refused' && data?.mapping !== undefined;
}
