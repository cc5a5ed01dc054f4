/** How far a poller reads ahead of what it has finished, and that no bound stops it for ever. */
import { describe, expect, test } from 'vitest';
import {
  compileFilters,
  type LaneSave,
  type PieceSave,
  type PollerConfig,
  type SourceKind,
  slotOf,
} from '../src/index.ts';
import { configOf } from './support/pollerConfigs.ts';
import { PollerStory } from './support/pollerStory.ts';

const MB = 1_048_576;
const AB = ['a', 'b'].map((lane) => ({ lane, keyBytes: 10 }));

/** Keys of lane 0 and lane 1 of a shard with two lanes. */
const [ZERO, ONE] = [0, 1].map((slot) => ['a', 'b', 'c', 'd'].find((key) => slotOf(key, 2) === slot) ?? '') as [
  string,
  string,
];

/** `count` positions of a lane, from a number on. */
function run(lane: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${lane}${from + index}`);
}

/** Filters that keep every record but those whose position begins so. */
function without(prefix: string, kind: SourceKind): Partial<PollerConfig> {
  const compiled = compileFilters([`{"name":[{"anything-but":{"prefix":"${prefix}"}}]}`], kind);
  if (!compiled.ok) throw new Error(compiled.detail);
  return { filters: compiled.filters };
}

/** Answers fetches for as long as there are some; returns how many records that took. */
function fetchAll(story: PollerStory, next: (answered: number) => readonly string[], bytes = 100): number {
  let count = 0;
  for (let answered = 0; story.waiting('fetch') > 0; answered += 1) {
    const positions = next(answered);
    if (answered > 1000) throw new Error(`still fetching after ${count} records`);
    count += positions.length;
    story.at(story.now + 1000).fetched(positions.join(' '), { bytes });
  }
  return count;
}

function cut(lane: string, positions: readonly string[], ofLanes: readonly string[] = [lane]): LaneSave {
  const budget = { ordinal: 1, spent: 0, ran: 0, waits: 0, notBefore: 0 };
  const rule: PieceSave['rule'] = 'batch.closes-when-full';
  const piece: PieceSave = {
    lanes: ofLanes,
    positions,
    closedBy: 'size',
    rule,
    ...budget,
    final: false,
    terminatedEarly: false,
  };
  return { lane, work: [piece] };
}

describe('a shard with a blocked lane', () => {
  const config = configOf('kinesis', { parallelizationFactor: 2, batchSize: 1000 });

  test('is read on for its other lane, up to a bound, and again once the poison is gone', () => {
    const story = new PollerStory(config);
    story.fetched(`${ZERO}0`);
    const read = (from: number) =>
      fetchAll(story, (answered) => {
        if (answered > 0) story.succeeds(`${ONE}${from + (answered - 1) * 1000}`);
        return story.waiting('fetch') > 0 ? run(ONE, from + answered * 1000, 1000) : [];
      });
    expect(read(0)).toBe(30_000);
    story.succeeds(`${ONE}29000`);
    expect([story.waiting('fetch'), story.state.held]).toEqual([0, 1]);
    story.succeeds(`${ZERO}0`);
    expect(story.waiting('fetch')).toBe(1);
    expect(story.all('save').at(-1)?.ledgers).toMatchObject([{ checkpoint: `${ONE}29999` }]);
    story.fetched(`${ZERO}1`).succeeds(`${ZERO}1`);
    expect(story.waiting('fetch')).toBe(1);
  });

  test('what was saved ahead of the checkpoint counts as read: it waits for the poison, and goes on', () => {
    const ahead = run(ONE, 0, 100_000);
    const saved = { parallelizationFactor: 2, ahead, lanes: [cut('0', [`${ZERO}0`])] };
    const story = new PollerStory(config, { saved });
    story.fetched(`${ZERO}0`);
    expect(fetchAll(story, (answered) => ahead.slice(answered * 10_000, (answered + 1) * 10_000))).toBe(30_000);
    story.succeeds(`${ZERO}0`);
    expect(story.waiting('fetch')).toBe(1);
    for (let from = 30_000; from < 100_000; from += 10_000) story.fetched(ahead.slice(from, from + 10_000).join(' '));
    story.fetched(`${ONE}100000`);
    expect(story.batches()).toEqual([`${ZERO}0`, `${ONE}100000`]);
  });
});

describe('bytes that a shard holds unfinished', () => {
  test('end its reading, one answer beyond; what is finished makes room', () => {
    const story = new PollerStory(configOf('kinesis', { batchSize: 10 }));
    expect(fetchAll(story, (answered) => run('a', answered * 10, 10), MB)).toBe(70);
    expect(story.state.heldBytes).toBe(70 * MB);
    story.succeeds('a0');
    expect(story.waiting('fetch')).toBe(0);
    story.succeeds('a5');
    expect([story.state.heldBytes, story.waiting('fetch')]).toEqual([60 * MB, 1]);
  });

  test.each(['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk'] as const)('%s: none, once all is finished', (kind) => {
    const different = { maximumRetries: 0, bisect: false, batchWindowMs: 0, batchSize: 2, ...without('x', kind) };
    const story = new PollerStory(configOf(kind, different), { partitions: AB.slice(0, kind === 'msk' ? 2 : 0) });
    story.fetched('a1 x1 a2 a3', { visibleAtMs: 100_000 });
    expect(story.state.heldBytes).toBe(300);
    story.succeeds('a1').fails('a3');
    expect([story.state.held, story.state.heldBytes]).toEqual([0, 0]);
  });
});

describe('a shard that is full', () => {
  test('has its batch closed by the window all the same', () => {
    const story = new PollerStory(configOf('kinesis', { batchWindowMs: 60_000, ...without('x', 'kinesis') }));
    story.fetched('a1');
    expect(fetchAll(story, (answered) => run('x', answered * 10_000, 10_000))).toBe(30_000);
    expect(story.batches()).toEqual([]);
    story.at(60_000);
    expect(story.batches()).toEqual(['a1']);
    story.succeeds();
    expect(story.waiting('fetch')).toBe(1);
  });

  test('is read on for a saved cut whose records lie far apart', () => {
    const config = configOf('kinesis', without('x', 'kinesis'));
    const saved = { parallelizationFactor: 1, ahead: [], lanes: [cut('0', ['a1', 'a2'])] };
    const story = new PollerStory(config, { saved });
    story.fetched('a1');
    for (let from = 0; from < 40_000; from += 10_000) story.fetched(run('x', from, 10_000).join(' '));
    story.fetched('a2');
    expect(story.batches()).toEqual(['a1 a2']);
    expect(story.waiting('fetch')).toBe(0);
    story.succeeds();
    expect(story.waiting('fetch')).toBe(1);
  });

  test('is not read on for a saved cut while a batch is in progress that will make room', () => {
    const lanes = [cut('0', [`${ZERO}0`]), cut('1', [`${ONE}1`, `${ONE}2`])];
    const config = configOf('kinesis', { parallelizationFactor: 2, ...without('x', 'kinesis') });
    const story = new PollerStory(config, { saved: { parallelizationFactor: 2, ahead: [], lanes } });
    story.fetched(`${ZERO}0 ${ONE}1`);
    expect(fetchAll(story, (answered) => run('x', answered * 10_000, 10_000))).toBe(30_000);
    story.succeeds(`${ZERO}0`);
    expect(story.waiting('fetch')).toBe(1);
    story.fetched('x30000').fetched(`${ONE}2`);
    expect(story.batches()).toEqual([`${ZERO}0`, `${ONE}1 ${ONE}2`]);
  });

  test('is read on for saved cuts that are larger than a batch is now', () => {
    const lanes = [cut('0', run(ZERO, 0, 8000)), cut('1', run(ONE, 0, 8000))];
    const config = configOf('kinesis', { parallelizationFactor: 2, batchSize: 10 });
    const story = new PollerStory(config, { saved: { parallelizationFactor: 2, ahead: [], lanes } });
    for (let from = 0; from < 8000; from += 2000) {
      story.fetched([...run(ZERO, from, 2000), ...run(ONE, from, 2000)].join(' '));
    }
    expect(story.all('invoke').map(({ positions }) => positions.length)).toEqual([8000, 8000]);
    expect(story.waiting('fetch')).toBe(0);
  });
});

describe('a partition', () => {
  const config = configOf('msk', { batchSize: 10, batchWindowMs: 0 });

  test('is left out while much of it was read behind a record that is not passed', () => {
    const story = new PollerStory({ ...config, ...without('a7', 'msk') }, { partitions: AB });
    story.fetched('a1');
    for (let from = 700_000; from < 730_000; from += 5000) {
      expect(story.all('fetch').at(-1)?.except).toBeUndefined();
      story.fetched(run('a', from, 5000).join(' '));
    }
    expect(story.all('fetch').at(-1)?.except).toEqual(['a']);
    story.fetched('b1').succeeds('b1');
    expect(story.all('fetch').at(-1)?.except).toEqual(['a']);
    story.succeeds('a1');
    expect(story.all('save').at(-1)?.ledgers).toMatchObject([{ checkpoint: 'a729999' }]);
    expect([story.waiting('fetch'), story.all('fetch').at(-1)?.except]).toEqual([1, undefined]);
  });

  test('shares the bytes evenly with the others of its poller', () => {
    const story = new PollerStory(config, { partitions: AB });
    for (let from = 0; from < 40; from += 10) story.fetched(run('a', from, 10).join(' '), { bytes: MB });
    expect(story.all('fetch').at(-1)?.except).toEqual(['a']);
    story.fetched(run('b', 0, 50).join(' '), { bytes: MB });
    expect(story.waiting('fetch')).toBe(0);
    story.succeeds('b0').succeeds('b5').succeeds('b10').succeeds('b15');
    expect([story.waiting('fetch'), story.all('fetch').at(-1)?.except]).toEqual([1, ['a']]);
  });

  test('is read on for a saved cut whose records lie far apart', () => {
    const saved = { parallelizationFactor: 1, ahead: [], lanes: [cut('a', ['a1', 'a2'])] };
    const story = new PollerStory({ ...config, ...without('a7', 'msk') }, { partitions: AB, saved });
    story.fetched('a1');
    for (let from = 700_000; from < 735_000; from += 5000) story.fetched(run('a', from, 5000).join(' '));
    expect(story.all('fetch').at(-1)?.except).toBeUndefined();
    story.fetched('a2');
    expect(story.batches()).toEqual(['a1 a2']);
    expect(story.all('fetch').at(-1)?.except).toEqual(['a']);
    story.succeeds('a1');
    expect(story.all('fetch').at(-1)?.except).toBeUndefined();
  });
});
