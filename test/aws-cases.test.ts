/**
 * Every case that was observed on AWS, one scenario file each (test/aws-cases/README.md). The files say what AWS showed as
 * far as a scenario can; `further` adds what it cannot.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPlan } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { describe, expect, test } from 'vitest';
import { further, idOf } from './aws-cases/further.ts';

const folder = fileURLToPath(new URL('./aws-cases', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** The cases in scope. What is left out, and why, stands in test/aws-cases/README.md. */
const ids = `
  S01 S02 S03 S07 S09 S10 S11 S12 S13 S15 S18 S19 S21 S22 S23 S25 S27 S28 S29 S32
  K01 K02 K03 K04 K05 K08 K09 K10 K11 K13 K15 K16 K18 K19 K21 K22 K25 K28
  D01 D02 D03 D04 D07 D08 D09 D11 D12 D15 D16 D17 D18 D21 D23 D24 D26 D27 D28 D30 D32
  A01 A03 A05 A06 A07 A08a C02 C03 C05
`
  .trim()
  .split(/\s+/);

describe('observed on AWS', () => {
  test('every case in scope has a file, and every file is a case in scope', () => {
    expect([...new Set(files.map(idOf))].sort()).toEqual([...ids].sort());
    expect(Object.keys(further).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test.each(files)('%s', async (file) => {
    const { plan, feed } = await loadScenario(join(folder, file));
    const { result, misses, exitCode } = await runPlan(plan, feed, { events: true });
    expect(misses).toEqual([]);
    expect(result.violations).toEqual([]);
    expect(exitCode).toBe(0);
    further[idOf(file)]?.(result);
  });
});
