/** Where partitions begin, and what is taken over of what was saved. */
import type { Progress } from '@millrace/runtime';
import { systemClock } from '@millrace/runtime';
import type { LaneSave, Position } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';
import { positionOf } from '../src/position.ts';
import { findStarts, readable, type StartsOptions } from '../src/starts.ts';
import { FakeTopic } from './support/fake.ts';
import { NOTHING_READ } from './support/poller.ts';

function options(topic: FakeTopic, changes: Partial<StartsOptions> = {}): StartsOptions {
  const member = topic.join('poller-0', {
    assigned: () => {},
    lost: () => {},
    troubled: () => {},
    recovered: () => {},
  });
  const assignment = member.assign(topic.log.map(({ partition }) => partition));
  const { signal } = new AbortController();
  return {
    client: topic,
    member,
    assignment,
    position: 'TRIM_HORIZON',
    from: 'start',
    progress: NOTHING_READ,
    clock: systemClock,
    signal,
    ...changes,
  };
}

const offsetsOf = async (how: StartsOptions) => (await findStarts(how))?.assigned.map(({ offset }) => offset);
const checkpoints = (...pairs: [number, number][]): Progress => ({
  ...NOTHING_READ,
  checkpoints: new Map(pairs.map(([partition, offset]) => [`t-${partition}`, positionOf(partition, offset)])),
});

describe('where partitions begin', () => {
  test.each([
    ['TRIM_HORIZON', [2, 0]],
    ['LATEST', [10, 4]],
    [{ atMs: 1 }, [6, 2]],
  ] as const)('%j, and it is committed', async (position, expected) => {
    const topic = new FakeTopic([
      [2, 10],
      [0, 4],
    ]);
    expect(await offsetsOf(options(topic, { position }))).toEqual(expected);
    expect([...topic.group.values()].map(({ offset }) => offset)).toEqual(expected);
  });

  test('a commit wins over the starting position, and is not made again', async () => {
    const topic = new FakeTopic([[0, 10]]);
    topic.group.set(0, { offset: 3, own: false });
    expect(await offsetsOf(options(topic, { position: 'LATEST' }))).toEqual([3]);
    expect(topic.members[0]?.commits).toEqual([]);
  });

  test('our checkpoint goes on after our own commit only', async () => {
    const topic = new FakeTopic([[0, 10]]);
    topic.group.set(0, { offset: 3, own: true });
    expect(await offsetsOf(options(topic, { progress: checkpoints([0, 6]) }))).toEqual([7]);
    topic.group.set(0, { offset: 3, own: false });
    const starts = await findStarts(options(topic, { progress: checkpoints([0, 6]) }));
    expect(starts?.assigned).toEqual([{ partition: 0, offset: 3, missed: 0, setBack: true }]);
  });

  test('a commit that did not come through is made up for, where nobody has set another', async () => {
    const topic = new FakeTopic([
      [0, 10],
      [0, 10],
      [0, 10],
    ]);
    topic.group.set(0, { offset: 3, own: true });
    topic.group.set(1, { offset: 3, own: false });
    topic.group.set(2, { offset: 9, own: true });
    const how = options(topic, { progress: checkpoints([0, 6], [1, 6], [2, 6]) });
    expect(await offsetsOf(how)).toEqual([7, 3, 9]);
    expect(topic.members[0]?.commits).toEqual([[[0, 7]]]);
  });

  test('what retention took is counted', async () => {
    const topic = new FakeTopic([[5, 10]]);
    topic.group.set(0, { offset: 3, own: true });
    const starts = await findStarts(options(topic));
    expect(starts?.assigned).toEqual([{ partition: 0, offset: 5, missed: 2, setBack: false }]);
  });

  test('a commit that the topic does not reach is taken back', async () => {
    const topic = new FakeTopic([[0, 4]]);
    topic.group.set(0, { offset: 100, own: true });
    expect(await offsetsOf(options(topic, { progress: checkpoints([0, 99]) }))).toEqual([0]);
    expect(topic.group.get(0)?.offset).toBe(0);
  });

  test('a partition that has lost its end goes on at the end that it has, and not where it began months ago', async () => {
    const topic = new FakeTopic([[500, 900]]);
    topic.group.set(0, { offset: 1_000, own: true });
    const progress = { ...checkpoints([0, 999]), starts: new Map([['t-0', '7']]) };
    const starts = await findStarts(options(topic, { progress }));
    expect(starts?.assigned).toEqual([{ partition: 0, offset: 900, missed: 0, setBack: true }]);
  });

  test('one that was made anew is read from its first record, LATEST or not, and wherever it began before', async () => {
    const topic = new FakeTopic([[0, 8]]);
    topic.group.set(0, { offset: 1_000, own: true });
    const progress = { ...checkpoints([0, 999]), starts: new Map([['t-0', '7']]) };
    const starts = await findStarts(options(topic, { position: 'LATEST', progress }));
    expect(starts?.assigned).toEqual([{ partition: 0, offset: 0, missed: 0, setBack: true }]);
  });

  test('without any commit, where it began before, and its checkpoint first of all', async () => {
    const topic = new FakeTopic([
      [0, 10],
      [0, 10],
    ]);
    const progress = { ...checkpoints([1, 7]), starts: new Map([['t-0', '4']]) };
    expect(await offsetsOf(options(topic, { position: 'LATEST', progress }))).toEqual([4, 8]);
  });

  test('a partition that came later is read from its beginning', async () => {
    const topic = new FakeTopic([
      [0, 10],
      [0, 6],
    ]);
    topic.group.set(0, { offset: 10, own: true });
    expect(await offsetsOf(options(topic, { position: 'LATEST' }))).toEqual([10, 0]);
  });

  test('whoever has partition 0 decides for all; the others wait for it', async () => {
    const topic = new FakeTopic([
      [0, 10],
      [0, 6],
    ]);
    const one = options(topic, { position: 'LATEST' });
    const other = { ...options(topic, { position: 'LATEST' }), assignment: { generation: 1, partitions: [1] } };
    const waiting = findStarts(other);
    await findStarts({ ...one, assignment: { generation: 1, partitions: [0] } });
    topic.log = [
      { partition: 0, earliest: 0, latest: 20 },
      { partition: 1, earliest: 0, latest: 20 },
    ];
    expect((await waiting)?.assigned).toEqual([{ partition: 1, offset: 6, missed: 0, setBack: false }]);
  });

  test('nothing where the generation is over', async () => {
    const topic = new FakeTopic([[0, 10]]);
    const how = options(topic);
    topic.members[0]?.assign([0]);
    expect(await findStarts(how)).toBeUndefined();
  });
});

test('what was saved of records that do not come again is left out', () => {
  const piece = (positions: readonly Position[]) =>
    ({ lanes: ['t-0', 't-1'], positions }) as unknown as LaneSave['work'][number];
  const saved = {
    parallelizationFactor: 1,
    ahead: [positionOf(0, 9), positionOf(1, 9), positionOf(2, 9)],
    lanes: [{ lane: 't-0', work: [piece([positionOf(0, 1), positionOf(0, 2), positionOf(1, 1)])] }],
  };
  const starts = [
    { partition: 0, offset: 2, missed: 0, setBack: false },
    { partition: 1, offset: 0, missed: 0, setBack: true },
  ];
  const kept = readable(saved, starts);
  expect(kept?.ahead).toEqual([positionOf(0, 9)]);
  expect(kept?.lanes[0]?.work[0]?.positions).toEqual([positionOf(0, 2)]);
});
