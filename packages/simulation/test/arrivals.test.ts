import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeFeeds } from '../src/feed/merge.ts';
import { recordFeed } from '../src/feed/records.ts';
import type { PlannedArrival } from '../src/feed/repeats.ts';
import type { Arrival, ArrivalFeed } from '../src/scenario/plan.ts';
import { readScenario } from '../src/scenario/read.ts';
import { parseDuration, parseInstant, parseRecordedTime, parseSpeed } from '../src/scenario/units.ts';

async function drain(feed: ArrivalFeed): Promise<Arrival[]> {
  const out: Arrival[] = [];
  for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) {
    expect(chunk.length).toBeGreaterThan(0);
    out.push(...chunk);
  }
  expect(await feed.next()).toBeUndefined();
  return out;
}

function planned(atMs: number, id: string, repeat = 1, everyMs = 0, source = 0): PlannedArrival {
  return { atMs, source, id, payload: { body: id }, repeat, everyMs, numbered: repeat > 1, dedupById: false };
}

const story = (arrivals: readonly Arrival[]) => arrivals.map((one) => `${one.atMs} ${one.id}`);

function feedOf(text: string): ArrivalFeed {
  const answer = readScenario(text, { file: 'x.yaml' });
  if (!answer.ok) throw new Error(answer.problems[0]?.message);
  return answer.feed();
}

describe('records of a file arrive', () => {
  it('by time, then in file order, repetitions in between each other', async () => {
    const feed = feedOf(`
source: { type: sqs }
records:
  - { id: late, at: 1s }
  - { id: a, at: 0s, repeat: 3, every: 500ms }
  - { id: b, at: 0s, repeat: 2 }
  - { id: c, at: 1s }
  - { at: 500ms }
`);
    expect(feed.total).toBe(8);
    expect(story(await drain(feed))).toEqual([
      '0 a.1',
      '0 b.1',
      '0 b.2',
      '500 a.2',
      '500 r5',
      '1000 late',
      '1000 a.3',
      '1000 c',
    ]);
  });

  it('repeat 1 leaves the id as it is', async () => {
    expect(story(await drain(feedOf('source: { type: sqs }\nrecords: [{ id: a, repeat: 1 }]')))).toEqual(['0 a']);
  });

  it('each FIFO message is its own deduplication id, unless something else is said', async () => {
    const dedups = async (source: string, record: string) =>
      (await drain(feedOf(`source: { type: sqs-fifo${source} }\nrecords: [{ id: a, repeat: 2${record} }]`))).map(
        (one) => (one.payload as { dedupId?: string }).dedupId,
      );
    expect(await dedups('', '')).toEqual(['a.1', 'a.2']);
    expect(await dedups('', ', dedup: same')).toEqual(['same', 'same']);
    expect(await dedups(', contentBasedDeduplication: true', '')).toEqual([undefined, undefined]);
  });

  it('a million repetitions are expanded a chunk at a time', () => {
    const feed = feedOf('source: { type: sqs }\nrecords: [{ id: a, repeat: 1000000, every: 1ms }]');
    expect(feed.total).toBe(1_000_000);
    const chunk = feed.next() as readonly Arrival[];
    expect(chunk.length).toBeLessThanOrEqual(1024);
    expect(chunk.at(-1)).toEqual({ atMs: 1023, source: 0, id: 'a.1024', payload: { body: '{}' } });
  });

  it('exactly as a sorted list of all repetitions would, for any records', () => {
    const record = fc.record({ at: fc.nat(20), repeat: fc.integer({ min: 1, max: 5 }), every: fc.nat(7) });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        const all = records.flatMap(({ at, repeat, every }, index) =>
          Array.from({ length: repeat }, (_, k) => ({
            at: at + k * every,
            index,
            name: `${index}${repeat > 1 ? `.${k + 1}` : ''}`,
          })),
        );
        const expected = all.toSorted((a, b) => a.at - b.at || a.index - b.index).map((one) => `${one.at} ${one.name}`);
        const feed = recordFeed(records.map(({ at, repeat, every }, index) => planned(at, `${index}`, repeat, every)));
        const out: Arrival[] = [];
        for (let chunk = feed.next(); chunk !== undefined; chunk = feed.next())
          out.push(...(chunk as readonly Arrival[]));
        expect(story(out)).toEqual(expected);
      }),
    );
  });
});

describe('several feeds', () => {
  const chunked = (arrivals: readonly PlannedArrival[], size: number, wait: boolean): ArrivalFeed => {
    let at = 0;
    return {
      next() {
        const chunk = arrivals
          .slice(at, at + size)
          .map(({ atMs, source, id = '', payload }) => ({ atMs, source, id, payload }));
        at += size;
        const answer = chunk.length === 0 ? undefined : chunk;
        return wait ? Promise.resolve(answer) : answer;
      },
    };
  };

  it('are one by time, ties in the order of the feeds, wherever their chunks end and whoever waits', async () => {
    const times = fc.array(fc.nat(15), { maxLength: 15 }).map((list) => list.toSorted((a, b) => a - b));
    const one = fc.record({ times, size: fc.integer({ min: 1, max: 4 }), wait: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 4 }), async (feeds) => {
        const lists = feeds.map(({ times: list }, feed) => list.map((at, index) => planned(at, `${feed}-${index}`)));
        const expected = lists.flat().toSorted((a, b) => a.atMs - b.atMs);
        const merged = mergeFeeds(feeds.map(({ size, wait }, index) => chunked(lists[index]!, size, wait)));
        expect(story(await drain(merged))).toEqual(story(expected as Arrival[]));
      }),
    );
  });

  it('answer at once when none of them waits, and know their total when all do', () => {
    const merged = mergeFeeds([recordFeed([planned(1, 'a')]), recordFeed([planned(0, 'b', 2)])]);
    expect(merged.total).toBe(3);
    expect(merged.next()).not.toBeInstanceOf(Promise);
    expect(mergeFeeds([recordFeed([]), chunked([], 1, false)]).total).toBeUndefined();
  });

  it('are closed together', async () => {
    const closed: number[] = [];
    const feeds = [1, 2].map((name) => ({ next: () => undefined, close: () => void closed.push(name) }));
    await mergeFeeds(feeds).close?.();
    expect(closed).toEqual([1, 2]);
  });
});

describe('units', () => {
  it.each([
    ['50ms', 50],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['4d', 345_600_000],
    [0, 0],
    ['0', 0],
    [5, undefined],
    ['5', undefined],
    ['-5s', undefined],
    ['5 s', undefined],
    ['5sec', undefined],
    [null, undefined],
  ])('duration %j is %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01T02:00:00.123+02:00', Date.UTC(2026, 0, 1) + 123],
    ['2026-01-01', Date.UTC(2026, 0, 1)],
    ['2001/01/14 21:55', Date.UTC(2001, 0, 14, 21, 55)],
    ['2026-02-29', undefined],
    ['2026-01-01T25:00', undefined],
    ['now', undefined],
    [5, undefined],
  ])('instant %j is %j', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });

  it.each([
    [1767225600, 1767225600000],
    [1767225600.5, 1767225600500],
    [1767225600000, 1767225600000],
    ['1767225600000', 1767225600000],
    ['2026-01-01T00:00:00+00:00', 1767225600000],
    [-1, undefined],
    ['', undefined],
  ])('recorded time %j is %j', (value, ms) => {
    expect(parseRecordedTime(value)).toBe(ms);
  });

  it.each([
    ['10x', 10],
    ['0.5x', 0.5],
    [3, 3],
    ['2', 2],
    ['0x', undefined],
    [-1, undefined],
    ['fast', undefined],
  ])('speed %j is %j', (value, factor) => {
    expect(parseSpeed(value)).toBe(factor);
  });
});
