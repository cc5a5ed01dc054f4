/** Tumbling windows of a shard: what belongs to one, how it ends, and what becomes of its state. */
import { describe, expect, it } from 'vitest';
import { type PollerConfig, REQUEST_LIMIT_BYTES, WINDOW_STATE_LIMIT_BYTES } from '../src/index.ts';
import { configOf } from './support/pollerConfigs.ts';
import { PollerStory } from './support/pollerStory.ts';

const MINUTE = 60_000;
const QUIET = { silent: ['fetch', 'save', 'withdraw', 'note'] } as const;

function shard(config: Partial<PollerConfig> = {}): PollerStory {
  return new PollerStory(configOf('kinesis', { tumblingWindowMs: MINUTE, ...config }), QUIET);
}

describe('window.batch-stays-in-its-window', () => {
  it('a batch ends where its window ends, by arrival; windows are aligned on the epoch', () => {
    const story = shard({ batchWindowMs: 300_000 });
    story.at(70_000).fetched('a1', { arrivalMs: 59_999 }).fetched('a2', { arrivalMs: 60_000 });
    story.at(70_010).keeps({ n: 1 });
    story.at(70_020).keeps({});
    story.tell({ what: 'endOfShard' });
    expect(story.text()).toMatchInlineSnapshot(`
      "
      70000 invoke [a1] in [0]: window-end, attempt 1/1, window 0-60000 {} (window.batch-stays-in-its-window)
      70010 invoke [] in [0]: window-end, attempt 1/1, window 0-60000 {"n":1} final (window.final-invocation-hands-over-the-state)
      70020 invoke [a2] in [0]: available, attempt 1/1, window 60000-120000 {} (batch.closes-at-the-end-of-a-shard)
      "
    `);
  });

  it('a window invokes as often as it has batches, each with the state of the one before', () => {
    const story = shard({ batchSize: 2 });
    story.fetched('a1 a2 a3 a4 a5');
    story.keeps({ n: 2 }).keeps({ n: 4 }).keeps({ n: 5 });
    const calls = story.all('invoke').map(({ positions, window }) => [positions.length, window?.state, window?.final]);
    expect(calls).toEqual([
      [2, {}, false],
      [2, { n: 2 }, false],
      [1, { n: 4 }, false],
    ]);
  });

  it('state and records together stay within 6 MB', () => {
    const story = shard({ batchWindowMs: 1000 });
    story.fetched('a1').at(1000).keeps({ big: true }, 1_000_000);
    story.fetched('a2 a3', { bytes: (REQUEST_LIMIT_BYTES - 1_000_000) / 2 });
    expect(story.all('invoke').at(-1)).toMatchObject({ positions: ['a2'], closedBy: 'payload' });
  });
});

describe('window.final-invocation-hands-over-the-state', () => {
  it('the first record of a later window ends the one before it', () => {
    const story = shard();
    story.fetched('a1').at(10).keeps({ n: 1 });
    story.at(61_000).fetched('a2').at(61_010).succeeds();
    story.at(61_020).keeps({ n: 1 });
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 invoke [a1] in [0]: available, attempt 1/1, window 0-60000 {} (batch.closes-at-once-without-window)
      61000 invoke [] in [0]: window-end, attempt 1/1, window 0-60000 {"n":1} final (window.final-invocation-hands-over-the-state)
      61010 invoke [a2] in [0]: available, attempt 1/1, window 60000-120000 {} (batch.closes-at-once-without-window)
      "
    `);
  });

  it('the end of the shard ends its window', () => {
    const story = shard();
    story.fetched('a1').keeps({ n: 1 }).tell({ what: 'endOfShard' });
    expect(story.all('invoke').at(-1)?.window).toEqual({
      startMs: 0,
      endMs: MINUTE,
      state: { n: 1 },
      final: true,
      terminatedEarly: false,
    });
    expect(story.all('closed')).toEqual([]);
    story.keeps({});
    expect(story.all('closed')).toEqual([{ do: 'closed', ended: true }]);
  });

  it('it is retried like a batch, and holds its lane until then', () => {
    const story = shard({ maximumRetries: 1 });
    story.fetched('a1').keeps({ n: 1 });
    story.at(61_000).fetched('a2').fails();
    expect(story.wakeAt).toBe(61_250);
    story.at(61_250).fails();
    expect(story.all('discard')).toMatchObject([
      { positions: [], condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2, window: { final: true } },
    ]);
    expect(story.all('invoke').at(-1)).toMatchObject({ positions: ['a2'], window: { startMs: MINUTE, state: {} } });
  });

  it.each([
    ['the record age', { maximumRecordAgeMs: 120_000 }, 'retry.record-age-drops-the-expired-prefix', false],
    ['retention', { retentionMs: 120_000 }, 'source.retention-ends-retries', true],
  ])('%s ends its retries, counted from the newest record of the window', (_, limit, rule, expired) => {
    const story = shard(limit);
    story.fetched('a1').keeps({ n: 1 });
    story.at(30_000).fetched('a2').keeps({ n: 2 });
    story.at(61_000).fetched('a3', { arrivalMs: 61_000 });
    for (let tries = 0; tries < 20 && story.all('discard').length === 0; tries += 1) {
      story.fails();
      story.at(story.wakeAt ?? 0);
    }
    expect(story.all('discard')).toMatchObject([
      { rule, expired, positions: [], window: { final: true } },
      { rule, expired, positions: ['a3'], window: { startMs: MINUTE } },
    ]);
    expect(story.now).toBeGreaterThanOrEqual(150_000);
  });

  it('a failed batch keeps the state as it was', () => {
    const story = shard();
    story.fetched('a1').keeps({ n: 1 });
    story.fetched('a2').fails();
    story.at(story.wakeAt ?? 0);
    expect(story.all('invoke').at(-1)?.window?.state).toEqual({ n: 1 });
  });
});

describe('window.idle-window-closes', () => {
  it('two minutes after the last look at its records', () => {
    const story = shard();
    story.at(10_000).fetched('a1').keeps({ n: 1 });
    expect(story.wakeAt).toBe(130_000);
    story.at(129_999);
    expect(story.all('invoke')).toHaveLength(1);
    story.at(130_000);
    expect(story.all('invoke').at(-1)).toMatchObject({
      rule: 'window.idle-window-closes',
      positions: [],
      window: { final: true, state: { n: 1 } },
    });
    story.keeps({});
    expect(story.wakeAt).toBeUndefined();
  });

  it('never before its end', () => {
    const story = shard({ tumblingWindowMs: 900_000 });
    story.at(10_000).fetched('a1').keeps({ n: 1 });
    expect(story.wakeAt).toBe(900_000);
  });

  it('a record that comes meanwhile begins the wait anew', () => {
    const story = shard();
    story.at(10_000).fetched('a1').keeps({ n: 1 });
    story.at(50_000).fetched('a2').keeps({ n: 2 });
    expect(story.wakeAt).toBe(170_000);
  });
});

describe('window.large-state-ends-it-early', () => {
  it.each([
    [WINDOW_STATE_LIMIT_BYTES, false],
    [WINDOW_STATE_LIMIT_BYTES + 1, true],
  ])('a state of %i bytes', (bytes, early) => {
    const story = shard({ batchSize: 1 });
    story.fetched('a1 a2').keeps({ n: 1 }, bytes);
    expect(story.all('invoke').at(-1)?.window?.terminatedEarly).toBe(early);
  });

  it('the window goes on, with the same borders and an empty state', () => {
    const story = shard({ batchSize: 1 });
    story.fetched('a1 a2').keeps({ n: 1 }, WINDOW_STATE_LIMIT_BYTES + 1);
    story.keeps({ n: 99 }).keeps({ n: 1 });
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 invoke [a1] in [0]: size, attempt 1/1, window 0-60000 {} (batch.closes-when-full)
      0 invoke [] in [0]: window-end, attempt 1/1, window 0-60000 {"n":1} terminated early (window.large-state-ends-it-early)
      0 invoke [a2] in [0]: size, attempt 1/1, window 0-60000 {} (batch.closes-when-full)
      "
    `);
  });

  it('when that invocation is given up, the window goes on all the same', () => {
    const story = shard({ batchSize: 1, maximumRecordAgeMs: 60_000 });
    story.fetched('a1 a2').keeps({ n: 1 }, WINDOW_STATE_LIMIT_BYTES + 1);
    for (let tries = 0; tries < 12 && story.all('discard').length === 0; tries += 1) {
      story.fails();
      story.at(story.wakeAt ?? 0);
    }
    expect(story.all('discard')).toMatchObject([
      { positions: [], window: { terminatedEarly: true } },
      { positions: ['a2'] },
    ]);
    expect(story.waiting('invoke')).toBe(0);
  });
});
