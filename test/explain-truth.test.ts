/**
 * What `explain` says about a record is what the result says: its fate and the number of its deliveries, in every
 * scenario of this repository. Its sentences are whole ones.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  answerOf,
  LifeCollector,
  plainLook,
  type RunResult,
  renderLife,
  runPlan,
  type TraceLine,
} from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { describe, expect, test } from 'vitest';
import { root } from './tidy/repository.ts';

const folders = ['test/aws-cases', 'test/scenarios'];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`),
);

/** Records that are explained of each scenario: the first and the last ones. */
const most = 40;

interface Told {
  readonly result: RunResult;
  readonly lines: readonly TraceLine[];
  readonly mappings: number;
}

async function told(file: string): Promise<Told> {
  const { plan, feed } = await loadScenario(join(root, file));
  const lines: TraceLine[] = [];
  const { result } = await runPlan(plan, feed, { onLine: (line) => lines.push(line) });
  return { result, lines, mappings: plan.mappings.length };
}

function lifeOf(record: string, lines: readonly TraceLine[]) {
  const collector = new LifeCollector(record);
  for (const line of lines) collector.take(line);
  return collector.finish();
}

describe('explain tells what the result tells', () => {
  test.each(files)('%s', async (file) => {
    const { result, lines, mappings } = await told(file);
    const some =
      result.records.length > most ? [...result.records.slice(0, 20), ...result.records.slice(-20)] : result.records;
    for (const { id, fate, deliveries } of some) {
      const lives = lifeOf(id, lines);
      for (const life of lives) {
        expect(answerOf(life)).toMatch(/^[^\n]+\.$/);
        expect(renderLife(life, plainLook(100)).join('\n')).not.toMatch(/undefined|NaN|\[object|\d{5,} ms/);
      }
      if (mappings !== 1 || lives.length === 0) continue;
      const [life] = lives;
      expect([id, life?.fate, life?.deliveries.length]).toEqual([id, fate, deliveries]);
    }
  });
});
