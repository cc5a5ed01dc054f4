/**
 * Scenarios, played on Redis and run in virtual time: the same fates, deliveries, dead letters, answers and
 * refusals come out, times aside, and the same batches where they do not depend on who polls first.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunResult, runPlan } from '@millrace/simulation';
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
const differs: Readonly<Record<string, { readonly batches?: string; readonly outcome?: string }>> = {
  'parameters.streams.yaml': { outcome: 'whether a timestamp lies in the future depends on today' },
  'source.skipped-before-starting-position.yaml': { outcome: 'its timestamp is one of virtual time' },
  'mapping.update-keeps-what-is-in-progress.yaml': {
    outcome: 'its update must come within 150 ms of the first attempt',
  },
  'sqs.throttled-batch-waits.yaml': { batches: 'how often it is refused depends on when it first came' },
  'batch.closes-at-the-payload-limit.yaml': {
    batches: 'arrival times with milliseconds are longer, so that fewer records fit into 6 MB',
  },
  'function.invocation-rate-throttles.yaml': {
    batches: 'how often it is refused within a second depends on the clock',
  },
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
      const isMoot = plan.events.some((event) => event.do === 'rebalance');
      if (plan.mappings.length > 0 && !isMoot) all.push({ file, path, virtual });
    }
  }
  return all;
}

/** What must be the same, whichever clock the run went by. */
function outcomeOf({ records, queues, discards, errors, calls }: RunResult) {
  return {
    records,
    queues: Object.fromEntries(Object.entries(queues).map(([name, all]) => [name, all.map(({ record }) => record)])),
    discards: timeless(discards.map(({ atMs: _, ...rest }) => rest)),
    errors,
    calls: timeless(calls.map(({ api, status, error }) => ({ api, status, error }))),
  };
}

/** What no two runs share: times, ids, and the sequence numbers that are made of them. */
function timeless(value: unknown): string {
  return JSON.stringify(value)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-/g, 'TIME-')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replace(/\b\d{20,56}\b/g, 'NUMBER')
    .replace(/(\\?"(?:approximateArrivalTimestamp|timestamp|ApproximateCreationDateTime)\\?":)[\d.]+/g, '$1TIME')
    .replace(/"eventID\\?":\\?"[^"\\]+/g, '"eventID":"ID')
    .replace(/"payloadSize":\d+/g, '"payloadSize":0');
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
    if (differs[file]?.outcome !== undefined) return;
    expect(outcomeOf(result)).toEqual(outcomeOf(virtual));
    expect(result.violations).toEqual([]);
    if (differs[file]?.batches === undefined) expect(batchesOf(result, virtual)).toEqual(batchesOf(virtual, virtual));
  };
  test.each(light)('$file', async (each) => compare(each, await plays.of(each.file)), patienceMs);
  test.each(heavy)('$file', async (each) => compare(each, await playFile(each.path, redis.url, {}, TOLERANCE_MS)));
});
