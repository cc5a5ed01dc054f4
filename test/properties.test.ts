/**
 * The whole simulator under random scenarios: every kind of source, mapping, function, arrival and fault. What fails
 * prints the scenario file that reproduces it. 200 runs each; `npm run test:deep` makes 20,000.
 */
import { normaliseScenario, resultOfTrace } from '@millrace/simulation';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, timeoutMs } from './properties/failures.ts';
import { chaos, runDocument, type TracedRun } from './properties/runs.ts';
import { scenarios } from './properties/scenarios.ts';
import { untruths } from './properties/truths.ts';

describe('any scenario', () => {
  test('breaks no invariant, and ends', { timeout: timeoutMs }, async () => {
    await holds(scenarios, async (document) => untruths(await runDocument(document)));
  });

  test('runs the same way twice', { timeout: timeoutMs }, async () => {
    await holds(scenarios, async (document) => {
      return differences(await runDocument(document), await runDocument(document));
    });
  });

  test('is told whole by its trace', { timeout: timeoutMs }, async () => {
    await holds(scenarios, async (document) => {
      const { header, lines, result } = await runDocument(document);
      const read = resultOfTrace(throughFile(header), lines.map(throughFile));
      return difference('result', JSON.stringify(result), JSON.stringify(read));
    });
  });

  test('does not change with extra wake-ups', { timeout: timeoutMs }, async () => {
    await holds(scenarios, async (document, seed) => {
      const draw = chaos(seed);
      const woken = await runDocument(document, { extraWakes: () => draw(3) === 0 });
      return differences(await runDocument(document), woken);
    });
  });

  test('breaks no invariant when wake-ups come late', { timeout: timeoutMs }, async () => {
    await holds(scenarios, async (document, seed) => {
      const draw = chaos(seed);
      return untruths(await runDocument(document, { lateness: () => (draw(2) === 0 ? 0 : draw(500)) }));
    });
  });

  test('breaks no invariant whatever comes first at one instant', { timeout: timeoutMs }, async () => {
    await holds(scenarios, async (document, seed) => untruths(await runDocument(document, { shuffle: chaos(seed) })));
  });
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

/** As it comes back from a file. */
function throughFile<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function differences(one: TracedRun, other: TracedRun): string[] {
  const traces = difference('trace', asFile(one), asFile(other));
  return [...traces, ...difference('result', JSON.stringify(one.result), JSON.stringify(other.result))];
}

function asFile({ lines }: TracedRun): string {
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** The first place at which two texts differ. */
function difference(what: string, one: string, other: string): string[] {
  if (one === other) return [];
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 200), at + 200);
  return [`the ${what}s differ:\n  ${around(one)}\n  ${around(other)}`];
}
