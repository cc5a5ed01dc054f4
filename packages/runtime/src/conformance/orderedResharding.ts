/** Shards that are split and merged while they are read. Sources that cannot do so have nothing to show here. */
import assert from 'node:assert/strict';
import type { OrderedCase } from './orderedCases.ts';
import { eachOnceInOrder, eventually, recordsOf, untilSeen, withSource } from './orderedChecks.ts';
import { type OrderedRun, type OrderedSubject, type OrderedUnderTest, runOrdered } from './orderedSubject.ts';

async function splits(under: OrderedUnderTest): Promise<void> {
  if (!under.split) return;
  const put = recordsOf('a', 60, 10);
  await under.put(put.slice(0, 20));
  const run = await runOrdered(under, { settings: { batchSize: 5 } }, () => null);
  await untilSeen(run, 5);
  await under.put(put.slice(20, 40));
  await under.split();
  await under.put(put.slice(40));
  await untilSeen(run, 60);
  await eventually('the parent has ended', () => endedOf(run).length > 0);
  await run.stop();
  eachOnceInOrder(run.all(), put);
  endsOnce(run, 1);
}

async function merges(under: OrderedUnderTest): Promise<void> {
  if (!under.merge) return;
  const put = recordsOf('a', 40, 8);
  await under.put(put.slice(0, 20));
  const run = await runOrdered(under, { settings: { batchSize: 5 } }, () => null);
  await untilSeen(run, 5);
  await under.merge();
  await under.put(put.slice(20));
  await untilSeen(run, 40);
  await eventually('both parents have ended', () => endedOf(run).length > 1);
  await run.stop();
  eachOnceInOrder(run.all(), put);
  endsOnce(run, 2);
}

/** Shards that were closed before anybody read them: parents first, and children from their beginning. */
async function readsClosedParentsFirst(under: OrderedUnderTest): Promise<void> {
  if (!under.split) return;
  const put = recordsOf('a', 40, 6);
  await under.put(put.slice(0, 20));
  await under.split();
  await under.put(put.slice(20));
  const run = await runOrdered(under, {}, () => null);
  await untilSeen(run, 40);
  await run.stop();
  eachOnceInOrder(run.all(), put);
}

/** LATEST holds for the shards that were there; what comes of them is read from its beginning. */
async function latestReadsChildren(under: OrderedUnderTest): Promise<void> {
  if (!under.split) return;
  await under.put(recordsOf('old', 10));
  const run = await runOrdered(under, { settings: { startingPosition: 'LATEST' } }, () => null);
  await eventually('its reading place is open', () => run.opened() > 0);
  const put = recordsOf('new', 30, 6);
  await under.put(put.slice(0, 10));
  await under.split();
  await under.put(put.slice(10));
  await untilSeen(run, 30);
  await run.stop();
  eachOnceInOrder(run.all(), put);
}

/** A shard that has ended stays so for whoever comes after. */
async function endedStaysEnded(under: OrderedUnderTest): Promise<void> {
  if (!under.split) return;
  const put = recordsOf('a', 20, 4);
  await under.put(put.slice(0, 10));
  const first = await runOrdered(under, {}, () => null);
  await untilSeen(first, 10);
  await under.split();
  await eventually('the parent has ended', () => endedOf(first).length > 0);
  await first.stop();
  await under.put(put.slice(10));
  const second = await runOrdered(under, { checkpoints: first.checkpoints }, () => null);
  await untilSeen(second, 10);
  await second.stop();
  eachOnceInOrder([...first.all(), ...second.all()], put);
  assert.deepEqual(endedOf(second), []);
}

/** The units that were read to their end, once for each time that it was said. */
function endedOf({ lines }: OrderedRun): string[] {
  return lines.flatMap(({ what, data, poller }) => (what === 'closed' && data?.ended === true ? [String(poller)] : []));
}

function endsOnce(run: OrderedRun, parents: number): void {
  const ended = endedOf(run);
  assert.equal(ended.length, parents, `ended: ${ended.join(' ')}`);
  assert.equal(new Set(ended).size, parents, 'the end of a unit is told once');
}

const cases: readonly [name: string, units: number, run: (under: OrderedUnderTest) => Promise<void>][] = [
  ['a unit that is split is read to its end before its children', 1, splits],
  ['units that are merged are read to their ends before their child', 2, merges],
  ['closed parents are read before their children', 1, readsClosedParentsFirst],
  ['LATEST reads children from their beginning', 1, latestReadsChildren],
  ['what has ended stays ended', 1, endedStaysEnded],
];

export const reshardingCases: readonly OrderedCase[] = cases.map(([name, units, run]) => ({
  name,
  run: (subject: OrderedSubject) => withSource(subject, units, run),
}));
