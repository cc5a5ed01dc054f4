/**
 * What a live mapping must do over any source that keeps order: the suite that the substrate, the gateway, kinesis-mock,
 * DynamoDB Local and Kafka run. Each case is a promise that rejects when it does not hold.
 */
import assert from 'node:assert/strict';
import { systemClock } from '../clock.ts';
import { replayJournal } from '../drive/journal.ts';
import {
  eachOnceInOrder,
  eventually,
  grouped,
  inOrder,
  recordsOf,
  untilSeen,
  valuesOf,
  withSource,
} from './orderedChecks.ts';
import { reshardingCases } from './orderedResharding.ts';
import { type OrderedSubject, type OrderedUnderTest, runOrdered } from './orderedSubject.ts';

export interface OrderedCase {
  readonly name: string;
  run(subject: OrderedSubject): Promise<void>;
}

const later = (ms: number) => systemClock.until(systemClock.now() + ms);

async function deliversEach(under: OrderedUnderTest): Promise<void> {
  const [before, during] = [recordsOf('a', 40), recordsOf('b', 20)];
  await under.put(before);
  const run = await runOrdered(under, { settings: { batchSize: 7 } }, () => null);
  await untilSeen(run, 1);
  await under.put(during);
  await untilSeen(run, 60);
  await run.stop();
  eachOnceInOrder(run.all(), [...before, ...during]);
  assert.ok(
    run.batches.every((batch) => batch.length <= 7),
    'no batch is over its size',
  );
  assert.deepEqual(replayJournal(run.journal), [], 'the journal gives the same orders again');
}

async function keepsValues(under: OrderedUnderTest): Promise<void> {
  const values = ['{"a": 1.0,  "b":[]}', 'ünïcödé 🎈\n\ttab', ' leading and trailing ', 'x'.repeat(20_000)];
  const put = values.map((value, index) => ({ key: `schlüssel ${index}`, value }));
  await under.put(put);
  const run = await runOrdered(under, {}, () => null);
  await untilSeen(run, put.length);
  await run.stop();
  eachOnceInOrder(run.all(), put);
}

async function latestTakesWhatComesAfter(under: OrderedUnderTest): Promise<void> {
  await under.put(recordsOf('old', 10));
  await later(50);
  const run = await runOrdered(under, { settings: { startingPosition: 'LATEST' } }, () => null);
  await eventually('its reading places are open', () => run.opened() > 0);
  await later(50);
  const put = recordsOf('new', 10);
  await under.put(put);
  await untilSeen(run, 10);
  await run.stop();
  eachOnceInOrder(run.all(), put);
}

/** It dies before anything was finished or even read: where it began is known all the same. */
async function latestSurvives(under: OrderedUnderTest): Promise<void> {
  await under.put(recordsOf('old', 5));
  await later(50);
  const settings = { startingPosition: 'LATEST' } as const;
  const first = await runOrdered(under, { settings }, () => null);
  await eventually('its reading places are open', () => first.opened() > 0 && first.driver.pollers().open > 0);
  await later(100);
  await first.stop();
  const put = recordsOf('new', 10);
  await under.put(put);
  const second = await runOrdered(under, { settings, checkpoints: first.checkpoints }, () => null);
  await untilSeen(second, 10);
  await second.stop();
  eachOnceInOrder([...first.all(), ...second.all()], put);
}

async function resumes(under: OrderedUnderTest): Promise<void> {
  const [before, after] = [recordsOf('a', 25), recordsOf('b', 15)];
  await under.put(before);
  const first = await runOrdered(under, { settings: { batchSize: 4 } }, () => null);
  await untilSeen(first, 25);
  await first.stop();
  await under.put(after);
  const second = await runOrdered(under, { checkpoints: first.checkpoints }, () => null);
  await untilSeen(second, 15);
  await later(300);
  await second.stop();
  eachOnceInOrder(second.all(), after);
}

/** Batches in progress are cut again as they were, though other cuts would be possible by now. */
async function cutsAgainAsSaved(under: OrderedUnderTest): Promise<void> {
  const put = recordsOf('a', 12, 1);
  await under.put(put.slice(0, 5));
  let fails = true;
  const first = await runOrdered(under, { settings: { batchSize: 5 } }, async () => {
    if (fails) throw new Error('not today');
  });
  await eventually('a batch has failed', () => first.batches.length > 0);
  await first.stop();
  fails = false;
  await under.put(put.slice(5));
  const second = await runOrdered(under, { settings: { batchSize: 100 }, checkpoints: first.checkpoints }, () => null);
  await untilSeen(second, 12);
  await second.stop();
  assert.deepEqual(second.batches[0], first.batches.at(-1), 'the batch in progress comes again as it was');
  eachOnceInOrder(second.all(), put);
}

async function losesNothingInACrash(under: OrderedUnderTest): Promise<void> {
  const put = recordsOf('a', 40);
  await under.put(put.slice(0, 20));
  const run = await runOrdered(under, { settings: { batchSize: 3 } }, () => later(20));
  await untilSeen(run, 6);
  run.driver.crash();
  await under.put(put.slice(20));
  await eventually('all were delivered', () => new Set(valuesOf(run.all())).size === put.length);
  await run.stop();
  for (const batches of grouped(run.batches, (batch) => batch[0]?.value ?? '').values()) {
    for (const batch of batches) assert.deepEqual(batch, batches[0], 'what comes again is cut as it was');
  }
}

async function retriesInOrder(under: OrderedUnderTest): Promise<void> {
  const put = recordsOf('a', 12, 2);
  await under.put(put);
  const failed = new Set<string>();
  const run = await runOrdered(under, { settings: { batchSize: 4 } }, ([first]) => {
    if (!first || failed.has(first.value)) return;
    failed.add(first.value);
    throw new Error('not yet');
  });
  await eventually('all were delivered twice', () => run.all().length >= 24);
  await run.stop();
  const again = run.batches.filter((batch, index) => batch[0]?.value === run.batches[index - 1]?.[0]?.value);
  assert.equal(again.length * 2, run.batches.length, 'a batch that failed comes again before another of its unit');
  eachOnceInOrder(again.flat(), put);
}

async function filters(under: OrderedUnderTest): Promise<void> {
  const put = [1, 2, 1, 2].map((kind, index) => ({ key: 'k', value: JSON.stringify({ kind, index }) }));
  await under.put(put);
  const run = await runOrdered(under, { settings: { filterPatterns: [under.kindOne] } }, () => null);
  await untilSeen(run, 2);
  await run.stop();
  eachOnceInOrder(
    run.all(),
    put.filter((_, index) => index % 2 === 0),
  );
}

async function survivesExpiry(under: OrderedUnderTest): Promise<void> {
  if (!under.expire) return;
  const put = recordsOf('a', 30);
  await under.put(put.slice(0, 10));
  const run = await runOrdered(under, {}, () => null);
  await untilSeen(run, 10);
  await under.expire();
  await under.put(put.slice(10, 20));
  await untilSeen(run, 20);
  await under.expire();
  await under.put(put.slice(20));
  await untilSeen(run, 30);
  await run.stop();
  eachOnceInOrder(run.all(), put);
}

async function survivesThrottling(under: OrderedUnderTest): Promise<void> {
  if (!under.throttle) return;
  const put = recordsOf('a', 20);
  await under.put(put.slice(0, 10));
  await under.throttle();
  const run = await runOrdered(under, {}, () => null);
  await untilSeen(run, 10);
  await under.throttle();
  await under.put(put.slice(10));
  await untilSeen(run, 20);
  await run.stop();
  eachOnceInOrder(run.all(), put);
}

async function stopsCleanly(under: OrderedUnderTest): Promise<void> {
  const put = recordsOf('a', 1);
  await under.put(put);
  let ended = false;
  const run = await runOrdered(under, {}, async () => {
    await later(300);
    ended = true;
  });
  await untilSeen(run, 1);
  await run.stop();
  assert.ok(ended, 'a running invocation ends before the mapping has stopped');
  await under.put(recordsOf('late', 3));
  await later(1500);
  assert.deepEqual(valuesOf(run.all()), valuesOf(put), 'nothing is read after it has stopped');
}

/** Many small batches over all units, with a function that takes its time: no unit overtakes itself. */
async function keepsOrderUnderLoad(under: OrderedUnderTest): Promise<void> {
  const put = recordsOf('a', 120, 12);
  await under.put(put);
  const running = new Set<string>();
  const run = await runOrdered(under, { settings: { batchSize: 5 } }, async (records) => {
    const units = new Set(records.map(({ unit }) => unit));
    for (const unit of units) assert.ok(!running.has(unit), `two batches of ${unit} at once`);
    for (const unit of units) running.add(unit);
    await later(3);
    for (const unit of units) running.delete(unit);
  });
  await untilSeen(run, 120);
  await run.stop();
  eachOnceInOrder(run.all(), put);
  inOrder(run.all(), put);
}

const cases: readonly [name: string, units: number, run: (under: OrderedUnderTest) => Promise<void>][] = [
  ['delivers each record once, in order', 3, deliversEach],
  ['passes keys and values on byte for byte', 2, keepsValues],
  ['LATEST takes what comes after', 2, latestTakesWhatComesAfter],
  ['LATEST stays where it was when nothing was read before the end', 2, latestSurvives],
  ['goes on after its checkpoint', 2, resumes],
  ['a batch in progress comes again as it was', 1, cutsAgainAsSaved],
  ['loses nothing when its pollers lose all they hold', 2, losesNothingInACrash],
  ['a failed batch comes again before anything after it', 1, retriesInOrder],
  ['what no filter matches is passed', 1, filters],
  ['survives that what it holds at the source expires', 2, survivesExpiry],
  ['survives being throttled', 2, survivesThrottling],
  ['stops after what runs has ended', 1, stopsCleanly],
  ['keeps order with many batches', 4, keepsOrderUnderLoad],
];

export const orderedCases: readonly OrderedCase[] = [
  ...cases.map(([name, units, run]) => ({
    name,
    run: (subject: OrderedSubject) => withSource(subject, units, run),
  })),
  ...reshardingCases,
];
