/** Reading, saving, checkpoints: what moves them, and what has to be durable before what. */
import { describe, expect, it } from 'vitest';
import { configOf, withoutX } from './support/pollerConfigs.ts';
import { PollerStory } from './support/pollerStory.ts';

const AB = [
  { lane: 'a', keyBytes: 10 },
  { lane: 'b', keyBytes: 10 },
];

describe('stream.polls-at-a-base-rate', () => {
  it.each([
    ['kinesis', 1000],
    ['dynamodb', 250],
  ] as const)('%s every %i ms, further batches from what was read', (kind, everyMs) => {
    const story = new PollerStory(configOf(kind, { batchSize: 1 }));
    story.at(100).fetched('a1 a2').at(200).succeeds();
    expect(story.all('fetch')).toMatchObject([
      { notBefore: 0, everyMs, maxRecords: 10_000 },
      { notBefore: 100 + everyMs, everyMs },
    ]);
    expect(story.batches()).toEqual(['a1', 'a2']);
  });

  it('the next poll is counted from when the source was asked, and never before it answered', () => {
    for (const [answeredMs, notBefore] of [
      [200, 350],
      [900, 900],
    ] as const) {
      const story = new PollerStory(configOf('dynamodb', {}));
      story.at(answeredMs).fetched('a1', { askedMs: 100 });
      expect(story.all('fetch').at(-1)?.notBefore).toBe(notBefore);
    }
  });

  it('kinesis.fan-out-pushes-records', () => {
    const story = new PollerStory(configOf('kinesis', { fanOut: true }));
    story.at(100).fetched('a1');
    expect(story.all('fetch').at(-1)).toMatchObject({
      notBefore: 100,
      everyMs: 0,
      rule: 'kinesis.fan-out-pushes-records',
    });
  });

  it('a blocked shard is read ahead only so far', () => {
    const story = new PollerStory(configOf('kinesis', { batchSize: 1 }));
    const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`).join(' ');
    story.fetched(names);
    expect(story.waiting('fetch')).toBe(0);
    story.at(1000).succeeds();
    expect(story.waiting('fetch')).toBe(1);
  });

  it('a failed fetch is repeated a second later', () => {
    for (const reason of ['throttled', 'gone'] as const) {
      const story = new PollerStory(configOf('kinesis', {}));
      story.at(300).fetchFailed(reason);
      expect(story.all('fetch').at(-1)?.notBefore).toBe(1300);
    }
  });
});

describe('kafka.polls-continuously', () => {
  it('a partition of which enough is held is left out, until it was taken from', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 10, batchWindowMs: 0 }), { partitions: AB });
    const many = Array.from({ length: 1011 }, (_, index) => `a${index}`).join(' ');
    story.fetched(many);
    expect(story.all('fetch').at(-1)).toMatchObject({ except: ['a'], notBefore: 0 });
    story.fetched('b1').at(10).succeeds('b1');
    expect(story.all('fetch').at(-1)?.except).toEqual(['a']);
    story.succeeds('a0');
    expect(story.all('withdraw')).toHaveLength(1);
    expect(story.all('fetch').at(-1)?.except).toBeUndefined();
  });

  it('with every partition full nothing is read; a member without partitions reads nothing at all', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 10, batchWindowMs: 0 }), { partitions: AB.slice(0, 1) });
    story.fetched(Array.from({ length: 1011 }, (_, index) => `a${index}`).join(' '));
    expect(story.waiting('fetch')).toBe(0);
    story.succeeds();
    expect(story.waiting('fetch')).toBe(1);
    expect(new PollerStory(configOf('msk'), { partitions: [] }).orders).toEqual([]);
  });
});

describe('checkpoint.cut-is-saved-before-it-is-invoked', () => {
  it.each([
    ['kinesis', {}],
    ['dynamodb', {}],
    ['msk', { partitions: AB }],
  ] as const)('%s: no invocation before its save was answered', (kind, options) => {
    const story = new PollerStory(configOf(kind, { batchWindowMs: 0 }), { ...options, byHand: ['save'] });
    story.fetched('a1 a2');
    expect(story.all('save')).toMatchObject([
      { rule: 'checkpoint.cut-is-saved-before-it-is-invoked', lanes: [{ work: [{ positions: ['a1', 'a2'] }] }] },
    ]);
    expect(story.batches()).toEqual([]);
    story.saved();
    expect(story.batches()).toEqual(['a1 a2']);
  });

  it('a verdict is saved before the next attempt, with the budget that is left', () => {
    const story = new PollerStory(configOf('kinesis', { bisect: true }), { byHand: ['save'] });
    story.fetched('a1 a2 a3').saved().fails();
    expect(story.all('save').at(-1)?.lanes).toMatchObject([
      { lane: '0', work: [{ positions: ['a1'] }, { positions: ['a2', 'a3'] }] },
    ]);
    expect(story.batches()).toEqual(['a1 a2 a3']);
    story.saved();
    expect(story.batches()).toEqual(['a1 a2 a3', 'a1']);
  });

  it('queues have nothing to save', () => {
    const story = new PollerStory(configOf('sqs'));
    story.fetched('m1', { visibleAtMs: 30_000 }).succeeds();
    expect(story.all('save')).toEqual([]);
  });
});

describe('stream.success-moves-the-checkpoint', () => {
  it('and frees the lane in the same step', () => {
    const story = new PollerStory(configOf('kinesis', { batchSize: 2 }));
    story.fetched('a1 a2 a3').succeeds();
    expect(story.store.checkpoints.get('')).toBe('a2');
    expect(story.all('save').map(({ lanes }) => lanes.length)).toEqual([1, 1]);
    story.succeeds();
    expect(story.store.checkpoints.get('')).toBe('a3');
    expect(story.store.lanes.size).toBe(0);
  });

  it('of Kafka: each partition by itself', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 2 }), { partitions: AB });
    story.fetched('a1 a2 b1 b2').fails('a1').succeeds('b1');
    expect([...story.store.checkpoints]).toEqual([['b', 'b2']]);
  });
});

describe('stream.lowest-reported-record-is-the-checkpoint', () => {
  it('the records before it are done, and saved as such', () => {
    const story = new PollerStory(configOf('kinesis', { partialResponses: true }));
    story.fetched('a1 a2 a3').reports([1, 2]);
    expect(story.store.checkpoints.get('')).toBe('a1');
    expect(story.batches()).toEqual(['a1 a2 a3', 'a2 a3']);
  });
});

describe('stream.checkpoint-is-highest-contiguous', () => {
  it('never moves over an unfinished record; what is finished behind it is remembered', () => {
    const story = new PollerStory(configOf('kinesis', { parallelizationFactor: 2 }));
    story.fetched('a1 b1 a2 b2').succeeds('b1');
    expect(story.store.checkpoints.get('')).toBeUndefined();
    expect([...story.store.ahead]).toEqual(['b1', 'b2']);
    story.succeeds('a1');
    expect(story.store.checkpoints.get('')).toBe('b2');
    expect(story.store.ahead.size).toBe(0);
  });
});

describe('stream.filtered-records-move-the-checkpoint', () => {
  const filters = withoutX('kinesis');

  it('when nothing else is there', () => {
    const story = new PollerStory(configOf('kinesis', { filters }));
    story.fetched('x1 x2');
    expect(story.batches()).toEqual([]);
    expect(story.all('save')).toMatchObject([
      { rule: 'stream.filtered-records-move-the-checkpoint', ledgers: [{ checkpoint: 'x2' }] },
    ]);
  });

  it('up to the first unfinished record, and over those behind it together with that one', () => {
    const story = new PollerStory(configOf('kinesis', { filters }));
    story.fetched('x1 a1 x2 a2 x3');
    expect(story.store.checkpoints.get('')).toBe('x1');
    story.succeeds();
    expect(story.store.checkpoints.get('')).toBe('x3');
  });

  it('of a partition although another one is blocked', () => {
    const config = configOf('msk', { filters: withoutX('msk'), batchWindowMs: 0 });
    const partitions = [...AB, { lane: 'x', keyBytes: 10 }];
    const story = new PollerStory(config, { partitions });
    story.fetched('a1').fails().fetched('x1 x2');
    expect([...story.store.checkpoints]).toEqual([['x', 'x2']]);
  });
});

describe('kafka.rebalance-drops-what-is-held', () => {
  it('whoever is deposed drops everything, says so, and wants nothing more', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 2 }), { partitions: AB });
    story.fetched('a1 a2 b1').tell({ what: 'deposed' });
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 500 from 0 (kafka.polls-continuously)
      0 save lane a: [a1 a2] #1 spent 0 (checkpoint.cut-is-saved-before-it-is-invoked)
      0 fetch up to 500 from 0 (kafka.polls-continuously)
      0 invoke [a1 a2] in [a]: size, attempt 1/1 (batch.closes-when-full)
      0 withdraw the fetch
      0 abandon the attempt (kafka.rebalance-drops-what-is-held)
      0 closed
      "
    `);
    expect(story.wakeAt).toBeUndefined();
    const before = structuredClone(story.state);
    story.succeeds();
    expect(structuredClone(story.state)).toEqual(before);
  });

  it('a refused save deposes; a refusal that nobody waits for does not', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 1 }), { partitions: AB, byHand: ['save'] });
    story.fetched('a1').tell({ what: 'saveRefused', id: 999 });
    expect(story.state.phase).toBe('open');
    story.saveRefused();
    expect(story.state.phase).toBe('closed');
    expect(story.all('closed')).toHaveLength(1);
  });

  it('of a shard it is the saved cut that counts', () => {
    const story = new PollerStory(configOf('kinesis'));
    story.fetched('a1').tell({ what: 'deposed' });
    expect(story.all('abandon')).toMatchObject([{ rule: 'checkpoint.saved-cut-is-ordered-again' }]);
  });
});
