/**
 * Scenarios that once broke an invariant, made as small as they get. Each runs plainly, is woken too often, too late
 * and in another order, and is told whole by its trace.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ScenarioDocument } from '@millrace/simulation';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { lateWakes, otherOrder, repeated, retold, undisturbed, woken } from './properties/checks.ts';
import { runDocument } from './properties/runs.ts';

const folder = new URL('./regressions/', import.meta.url);
const files = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.yaml'));

describe.each(files)('%s', (file) => {
  const document = parse(readFileSync(new URL(file, folder), 'utf8')) as ScenarioDocument;

  test.each([undisturbed, repeated, retold, woken, lateWakes, otherOrder])('$name', async ({ check }) => {
    for (let chaosSeed = 1; chaosSeed <= 5; chaosSeed += 1) expect(await check(document, chaosSeed)).toEqual([]);
  });

  test('comes out as its file expects', async () => {
    expect((await runDocument(document)).misses).toEqual([]);
  });
});
