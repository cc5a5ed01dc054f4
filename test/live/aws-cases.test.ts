/**
 * The cases that were observed on AWS, from the same files as in virtual time (test/aws-cases), played on Redis through
 * the function behind `millrace up --once`. Expected times may come up to TOLERANCE_MS later, never earlier; everything
 * else is expected as it stands. Most of the time is waiting, so all cases run at once.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPlan } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../infra/components/redis.mjs';
import { further, idOf } from '../aws-cases/further.ts';
import { describeWith } from '../components/available.ts';
import { Plays, playFile } from './play.ts';

const folder = fileURLToPath(new URL('../aws-cases', import.meta.url));
const TOLERANCE_MS = 3000;
/** Cases that take longer in virtual time run only with MILLRACE_DEEP=1. */
const QUICK_MS = 15_000;

interface Case {
  readonly file: string;
  readonly virtualMs: number;
}

/** Every file in which something is polled, or refused. */
async function casesOf(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const { plan, feed } = await loadScenario(join(folder, file));
    const { result } = await runPlan(plan, feed);
    if (plan.sources.length > 0) cases.push({ file, virtualMs: result.virtualMs });
  }
  return cases;
}

const cases = await casesOf();
const quick = cases.filter(({ virtualMs }) => virtualMs <= QUICK_MS);
const slow = cases.filter(({ virtualMs }) => virtualMs > QUICK_MS);

test('these are the cases', () => {
  const ids = [...new Set(cases.map(({ file }) => idOf(file)))];
  expect(ids.filter((id) => id.startsWith('S'))).toHaveLength(20);
  expect(ids.filter((id) => id.startsWith('K'))).toHaveLength(18);
  expect(ids.filter((id) => id.startsWith('D'))).toHaveLength(21);
  expect(slow.map(({ file }) => idOf(file))).toEqual(['C05', 'D04', 'K25', 'S10']);
});

describeWith(['redis'], 'observed on AWS, live', () => {
  const plays = new Plays();
  const chosen = process.env.MILLRACE_DEEP === '1' ? cases : quick;
  let redis: RunningRedis;
  beforeAll(async () => {
    redis = await startRedis();
    for (const { file } of chosen) {
      await plays.start(file, (options) =>
        playFile(join(folder, file), redis.url, { ...options, events: true }, TOLERANCE_MS),
      );
    }
  });
  afterAll(() => redis?.stop());

  test.each(chosen)('$file', async ({ file }) => {
    const run = await plays.of(file);
    expect(run.misses).toEqual([]);
    expect(run.result.violations).toEqual([]);
    expect(run.exitCode).toBe(0);
    further[idOf(file)]?.(run.result);
  });
});
