/**
 * Every rule of the catalogue is noted in the trace of some scenario file, and every scenario file ends as it expects. A
 * rule that no scenario notes fails here: it is either never applied, or applied without saying so.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from '@millrace/semantics';
import { type Run, runPlan, type TraceLine } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { beforeAll, describe, expect, test } from 'vitest';

const folders = ['./scenarios', './aws-cases'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const scenarios = yamlIn(folders[0] ?? '');
const noted = new Set<string>();
const runs = new Map<string, Run>();

function yamlIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
}

/** The rules that a line names: its own, and those of the event or the failure record that it holds. */
function rulesOf({ rule, data }: TraceLine): readonly string[] {
  const several = Array.isArray(data?.rules) ? (data.rules as string[]) : [];
  return rule === undefined ? several : [rule, ...several];
}

async function runFile(path: string): Promise<Run> {
  const { plan, feed } = await loadScenario(path);
  return runPlan(plan, feed, {
    events: true,
    onLine: (line) => {
      for (const rule of rulesOf(line)) noted.add(rule);
    },
  });
}

beforeAll(async () => {
  for (const folder of folders) {
    for (const file of yamlIn(folder)) runs.set(join(folder, file), await runFile(join(folder, file)));
  }
});

describe('scenarios', () => {
  test.each(scenarios)('%s', (file) => {
    const run = runs.get(join(folders[0] ?? '', file));
    expect(run?.misses).toEqual([]);
    expect(run?.result.violations).toEqual([]);
    expect(run?.exitCode).toBe(0);
  });
});

describe('the catalogue', () => {
  test.each(Object.keys(rules))('%s is noted by a scenario', (id) => {
    expect(noted).toContain(id);
  });

  test('nothing is noted that is not in it', () => {
    expect([...noted].filter((id) => !(id in rules))).toEqual([]);
  });
});
