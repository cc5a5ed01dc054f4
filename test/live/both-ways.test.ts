/**
 * Scenarios of queues, played on Redis and run in virtual time: the same fates, deliveries, dead letters, answers and
 * refusals come out, times aside, and the same batches where they do not depend on who polls first.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isQueue, type RunResult, runPlan } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../infra/components/redis.mjs';
import { describeWith } from '../components/available.ts';
import { Plays, playFile } from './play.ts';

const TOLERANCE_MS = 3000;
/** What takes longer in virtual time runs only with MILLRACE_DEEP=1. */
const QUICK_MS = 15_000;
const HEAVY = 500;
const folders = ['../scenarios', './scenarios'];
/** What a difference of some milliseconds may change, with the reason. */
const differs: Readonly<Record<string, { readonly batches?: string }>> = {
  'function.scaling-rate-throttles.yaml': {
    batches: 'how often the 1,001st is refused depends on how fast a thousand others have begun',
  },
  'sqs.window-collects-messages.yaml': {
    batches: 'the message that comes later may go to a slot without an open batch, as on AWS',
  },
  'sqs.receives-up-to-ten.yaml': {
    batches:
      'two slots that poll at once share the 15 messages; in virtual time the slot that has a batch open comes first',
  },
};

interface Both {
  readonly file: string;
  readonly path: string;
  readonly virtual: RunResult;
}

async function load(): Promise<Both[]> {
  const all: Both[] = [];
  for (const folder of folders) {
    const directory = fileURLToPath(new URL(folder, import.meta.url));
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.yaml'))) {
      const path = join(directory, file);
      const { plan, feed } = await loadScenario(path);
      const { result: virtual } = await runPlan(plan, feed);
      const ofQueues = plan.mappings.every(({ source }) => plan.sources[source] && isQueue(plan.sources[source]));
      if (plan.mappings.length > 0 && ofQueues) all.push({ file, path, virtual });
    }
  }
  return all;
}

/** What must be the same, whichever clock the run went by. */
function outcomeOf({ records, queues, discards, errors, calls }: RunResult) {
  return {
    records,
    queues: Object.fromEntries(Object.entries(queues).map(([name, all]) => [name, all.map(({ record }) => record)])),
    discards,
    errors,
    calls: calls.map(({ api, status, error }) => ({ api, status, error })),
  };
}

/** In the order in which they began where they follow one another; what goes on at once has no order. */
function batchesOf({ invocations }: RunResult, virtual: RunResult) {
  const batches = invocations.map(({ records, outcome }) => `${outcome}: ${records.join(' ')}`);
  return virtual.metrics.ConcurrentExecutionsMax > 1 ? batches.sort() : batches;
}

const all = await load();
const quick = all.filter(({ virtual }) => virtual.virtualMs <= QUICK_MS);
const slow = all.filter(({ virtual }) => virtual.virtualMs > QUICK_MS);

test('there are scenarios, and exceptions only for those', () => {
  expect(quick.length).toBeGreaterThan(17);
  expect(slow.length).toBeGreaterThan(10);
  expect(Object.keys(differs).filter((name) => !all.some(({ file }) => file === name))).toEqual([]);
});

describeWith(['redis'], 'live as in virtual time', () => {
  const plays = new Plays();
  const chosen = process.env.MILLRACE_DEEP === '1' ? all : quick;
  // A thousand invocations at once would make the others late.
  const heavy = chosen.filter(({ virtual }) => virtual.invocations.length > HEAVY);
  const light = chosen.filter((each) => !heavy.includes(each));
  const patienceMs = 60_000 + Math.max(...chosen.map(({ virtual }) => virtual.virtualMs));
  let redis: RunningRedis;
  beforeAll(async () => {
    redis = await startRedis();
    for (const { file, path } of light) {
      await plays.start(file, (options) => playFile(path, redis.url, options, TOLERANCE_MS));
    }
  });
  afterAll(() => redis?.stop());

  const compare = ({ file, virtual }: Both, { result, problems }: Awaited<ReturnType<typeof playFile>>) => {
    expect(problems).toEqual([]);
    expect(outcomeOf(result)).toEqual(outcomeOf(virtual));
    expect(result.violations).toEqual([]);
    if (differs[file]?.batches === undefined) expect(batchesOf(result, virtual)).toEqual(batchesOf(virtual, virtual));
  };
  test.each(light)('$file', async (each) => compare(each, await plays.of(each.file)), patienceMs);
  test.each(heavy)('$file', async (each) => compare(each, await playFile(each.path, redis.url, {}, TOLERANCE_MS)));
});
