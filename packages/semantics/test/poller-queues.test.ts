/** SQS: receives, deletions, visibility timeouts, throttles, provisioned pollers. */
import { describe, expect, it } from 'vitest';
import type { PollerConfig } from '../src/index.ts';
import { configOf, withoutX } from './support/pollerConfigs.ts';
import { PollerStory, type StoryOptions } from './support/pollerStory.ts';

function slot(config: Partial<PollerConfig> = {}, options: StoryOptions = {}): PollerStory {
  return new PollerStory(configOf('sqs', config), options);
}

describe('sqs.receives-up-to-ten', () => {
  it.each([
    [1, [1]],
    [10, [10]],
    [25, [10, 10, 5]],
  ])('with BatchSize %i it receives %j', (batchSize, asked) => {
    const story = slot({ batchSize, batchWindowMs: 20_000 });
    let next = 1;
    for (const count of asked) {
      story.fetched(Array.from({ length: count }, () => `m${next++}`).join(' '), { visibleAtMs: 53_000 });
    }
    expect(story.all('fetch').map(({ maxRecords }) => maxRecords)).toEqual(asked);
    expect(story.all('invoke')).toMatchObject([{ closedBy: 'size', lanes: [] }]);
  });

  it('with a window the later receives end with it', () => {
    const story = slot({ batchSize: 100, batchWindowMs: 5000, effectiveVisibility: false });
    story.at(1000).fetched('m1 m2', { visibleAtMs: 31_000 });
    expect(story.all('fetch').at(-1)).toMatchObject({ maxRecords: 10, untilMs: 6000 });
    story.at(6000).fetched('');
    expect(story.batches()).toEqual(['m1 m2']);
  });

  it('a slot runs one batch at a time, and receives nothing meanwhile', () => {
    const story = slot();
    story.fetched('m1', { visibleAtMs: 30_000 });
    expect(story.waiting('fetch')).toBe(0);
    story.succeeds();
    expect(story.waiting('fetch')).toBe(1);
  });
});

describe('sqs.window-lengthens-visibility', () => {
  it.each([
    ['no window', { batchWindowMs: 0, functionTimeoutMs: 30_000 }, undefined],
    ['window and function fit', { batchWindowMs: 27_000, functionTimeoutMs: 3000 }, undefined],
    ['they do not', { batchWindowMs: 28_000, functionTimeoutMs: 3000 }, 61_000],
    ['switched off', { batchWindowMs: 28_000, functionTimeoutMs: 3000, effectiveVisibility: false }, undefined],
  ])('%s', (_, config, visibilityMs) => {
    const [fetch] = slot({ visibilityTimeoutMs: 30_000, ...config }).all('fetch');
    expect(fetch?.visibilityMs).toBe(visibilityMs);
    expect(fetch?.rule).toBe(visibilityMs ? 'sqs.window-lengthens-visibility' : 'sqs.receives-up-to-ten');
  });
});

describe('what becomes of messages', () => {
  it('sqs.success-deletes, and the next receive waits for the deletion', () => {
    const story = slot({}, { byHand: ['acknowledge'] });
    story.fetched('m1 m2', { visibleAtMs: 30_000 }).at(10).succeeds();
    expect(story.waiting('fetch')).toBe(0);
    story.acknowledged(['m2']);
    expect(story.waiting('fetch')).toBe(1);
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 10 from 0 (sqs.receives-up-to-ten)
      0 invoke [m1 m2] in []: available, attempt 1/1, start by 27000 (batch.closes-at-once-without-window)
      10 delete [m1 m2], succeeded (sqs.success-deletes)
      10 fetch up to 10 from 10 (sqs.receives-up-to-ten)
      "
    `);
  });

  it('sqs.failure-waits-for-visibility: the slot goes on at once', () => {
    const story = slot();
    story.fetched('m1 m2', { visibleAtMs: 30_000 }).at(10).fails();
    expect(story.all('release')).toMatchObject([{ positions: ['m1', 'm2'], rule: 'sqs.failure-waits-for-visibility' }]);
    expect(story.waiting('fetch')).toBe(1);
    expect(story.wakeAt).toBeUndefined();
  });

  it('sqs.partial-failure-deletes-the-rest', () => {
    const story = slot({ partialResponses: true });
    story.fetched('m1 m2 m3', { visibleAtMs: 30_000 }).reports([0, 2]);
    expect(story.all('acknowledge')).toMatchObject([{ positions: ['m2'], why: 'succeeded' }]);
    expect(story.all('release')).toMatchObject([{ positions: ['m1', 'm3'] }]);
  });
});

describe('throttled batches', () => {
  it('sqs.throttled-batch-waits, then sqs.throttled-batch-is-let-go', () => {
    const story = slot({ functionTimeoutMs: 27_000 });
    story.fetched('m1', { visibleAtMs: 30_000 });
    while (story.waiting('invoke') > 0) {
      story.throttled();
      if (story.wakeAt !== undefined) story.at(story.wakeAt);
    }
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 10 from 0 (sqs.receives-up-to-ten)
      0 invoke [m1] in []: available, attempt 1/1, start by 3000 (batch.closes-at-once-without-window)
      0 note wait [m1]: not before 100, spent 0 of untilExpiry (sqs.throttled-batch-waits)
      100 invoke [m1] in []: retry, attempt 1/2, start by 3000 (sqs.throttled-batch-waits)
      100 note wait [m1]: not before 300, spent 0 of untilExpiry (sqs.throttled-batch-waits)
      300 invoke [m1] in []: retry, attempt 1/3, start by 3000 (sqs.throttled-batch-waits)
      300 note wait [m1]: not before 700, spent 0 of untilExpiry (sqs.throttled-batch-waits)
      700 invoke [m1] in []: retry, attempt 1/4, start by 3000 (sqs.throttled-batch-waits)
      700 note wait [m1]: not before 1500, spent 0 of untilExpiry (sqs.throttled-batch-waits)
      1500 invoke [m1] in []: retry, attempt 1/5, start by 3000 (sqs.throttled-batch-waits)
      1500 leave [m1] (sqs.throttled-batch-is-let-go)
      1500 fetch up to 10 from 1500 (sqs.receives-up-to-ten)
      "
    `);
  });

  it('the first try runs although the function may outlast the visibility timeout', () => {
    const story = slot({ functionTimeoutMs: 30_000, batchWindowMs: 5000, effectiveVisibility: false });
    story.fetched('m1', { visibleAtMs: 30_000 }).at(5000);
    expect(story.all('invoke')).toMatchObject([{ startBy: 6000, visibleAtMs: 30_000 }]);
    story.throttled();
    expect(story.all('release')).toMatchObject([{ positions: ['m1'], rule: 'sqs.throttled-batch-is-let-go' }]);
  });

  it('what did not fit into a batch keeps its own visibility timeout', () => {
    const story = slot({ functionTimeoutMs: 1000 });
    story.fetched('m1 m2', { visibleAtMs: 30_000, bytes: 4_000_000 });
    story.at(28_950).succeeds();
    expect(story.all('invoke').at(-1)).toMatchObject({ positions: ['m2'], visibleAtMs: 30_000, startBy: 29_950 });
    story.throttled();
    expect(story.all('release')).toMatchObject([{ positions: ['m2'] }]);
  });
});

describe('FIFO', () => {
  it('after a failure the later messages of the group go back, too: nothing overtakes', () => {
    const story = new PollerStory(configOf('sqs-fifo'));
    story.fetched('a1 a2 b1', { visibleAtMs: 30_000, bytes: 4_000_000 });
    expect(story.batches()).toEqual(['a1']);
    story.fails();
    expect(story.all('release')).toMatchObject([{ positions: ['a1', 'a2'] }]);
    expect(story.batches()).toEqual(['a1', 'b1']);
  });

  it('a reported message takes the later ones of its group along', () => {
    const story = new PollerStory(configOf('sqs-fifo', { partialResponses: true }));
    story.fetched('a1 b1 a2 b2', { visibleAtMs: 30_000, bytes: 2_500_000 });
    expect(story.batches()).toEqual(['a1 b1']);
    story.reports([1]);
    expect(story.all('release')).toMatchObject([{ positions: ['b1', 'b2'] }]);
    expect(story.batches()).toEqual(['a1 b1', 'a2']);
  });

  it('groups come and go without leaving anything behind', () => {
    const story = new PollerStory(configOf('sqs-fifo'));
    for (let round = 0; round < 50; round += 1) {
      story.fetched(`group${String.fromCharCode(97 + (round % 26))}1 other1`, { visibleAtMs: 30_000 }).succeeds();
    }
    expect(story.state.lanes.size).toBe(0);
    expect(story.state.held).toBe(0);
    expect(story.state.heads.items.length).toBeLessThan(200);
  });
});

describe('filtered messages', () => {
  it('are deleted without an invocation, and count for nothing', () => {
    const story = slot({ batchSize: 2, batchWindowMs: 5000, filters: withoutX('sqs'), effectiveVisibility: false });
    story.fetched('x1 m1 x2', { visibleAtMs: 30_000 });
    expect(story.all('acknowledge')).toMatchObject([{ positions: ['x1', 'x2'], why: 'filtered' }]);
    expect(story.batches()).toEqual([]);
    expect(story.all('fetch').at(-1)?.maxRecords).toBe(1);
    expect(story.state.held).toBe(1);
  });
});

describe('provisioned pollers', () => {
  const provisioned = { concurrency: 10, receivesPerSecond: 10, bytesPerSecond: 1_048_576 };

  it('receive ten times a second at most', () => {
    const story = slot(provisioned);
    for (let count = 0; count < 5; count += 1) story.fetched(`m${count}`, { visibleAtMs: 30_000 });
    expect(story.all('fetch').map(({ notBefore }) => notBefore)).toEqual([0, 100, 200, 300, 400, 500]);
  });

  it('read one megabyte a second at most', () => {
    const story = slot(provisioned);
    story.fetched('m1 m2 m3 m4', { visibleAtMs: 30_000, bytes: 262_144 });
    expect(story.all('fetch').map(({ notBefore }) => notBefore)).toEqual([0, 1000]);
  });

  it('run ten batches at once, and receive again when one ends', () => {
    const story = slot(provisioned);
    for (let count = 0; count < 10; count += 1) story.fetched(`m${count}`, { visibleAtMs: 30_000 });
    expect(story.waiting('invoke')).toBe(10);
    expect(story.waiting('fetch')).toBe(0);
    story.succeeds('m3');
    expect(story.waiting('fetch')).toBe(1);
  });

  it('a failed receive is repeated a second later, and not before the rates allow it', () => {
    const story = slot(provisioned);
    story.fetched('m1', { visibleAtMs: 30_000, bytes: 5_000_000 }).fetchFailed();
    expect(story.all('fetch').at(-1)?.notBefore).toBeCloseTo(4768.4, 1);
    const plain = slot();
    plain.at(500).fetchFailed();
    expect(plain.all('fetch').at(-1)?.notBefore).toBe(1500);
  });
});

describe('allowance', () => {
  it('without any, nothing is received; what is held is still invoked', () => {
    const story = slot({ batchWindowMs: 5000, batchSize: 100, effectiveVisibility: false });
    story.fetched('m1', { visibleAtMs: 30_000 }).at(1000);
    story.tell({ what: 'allowanceChanged', batches: 0 });
    expect(story.waiting('fetch')).toBe(0);
    story.at(5000);
    expect(story.batches()).toEqual(['m1']);
    story.succeeds();
    expect(story.waiting('fetch')).toBe(0);
    story.tell({ what: 'allowanceChanged', batches: 1 });
    expect(story.waiting('fetch')).toBe(1);
  });

  it('the same allowance again changes nothing', () => {
    const story = slot();
    story.tell({ what: 'allowanceChanged', batches: 1 }).tell({ what: 'allowanceChanged', batches: 1 });
    expect(story.all('fetch')).toHaveLength(1);
  });
});
