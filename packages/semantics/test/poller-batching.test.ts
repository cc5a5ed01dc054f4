/** When a batch is closed, and of what. */
import { describe, expect, it } from 'vitest';
import { isQueue, type PollerConfig, REQUEST_LIMIT_BYTES, type SourceKind, slotOf } from '../src/index.ts';
import { configOf } from './support/pollerConfigs.ts';
import { PollerStory } from './support/pollerStory.ts';

const AB = [
  { lane: 'a', keyBytes: 10 },
  { lane: 'b', keyBytes: 10 },
];

function storyOf(kind: SourceKind, config: Partial<PollerConfig>): PollerStory {
  const partitions = kind === 'msk' || kind === 'self-managed-kafka' ? { partitions: AB } : {};
  return new PollerStory(configOf(kind, config), partitions);
}

/** Why and when each batch was invoked. */
function closings(story: PollerStory): string[] {
  return story.all('invoke').map(({ closedBy, rule, positions }) => `${closedBy} ${positions.length} ${rule}`);
}

const KINDS = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const;

describe('batch.closes-when-full', () => {
  it.each(KINDS)('%s: at BatchSize records, although the window is open', (kind) => {
    const story = storyOf(kind, { batchSize: 3, batchWindowMs: 10_000 });
    story.fetched('a1 a2').at(5000);
    expect(story.batches()).toEqual([]);
    story.fetched('a3');
    expect(closings(story)).toEqual(['size 3 batch.closes-when-full']);
  });

  it('what is left over waits for its own reasons', () => {
    const story = storyOf('kinesis', { batchSize: 2, batchWindowMs: 10_000 });
    story.fetched('a1 a2 a3 a4 a5').succeeds('a1').succeeds('a3');
    expect(story.batches()).toEqual(['a1 a2', 'a3 a4']);
    expect(story.wakeAt).toBe(10_000);
    story.at(10_000);
    expect(story.batches()).toEqual(['a1 a2', 'a3 a4', 'a5']);
  });
});

describe('batch.closes-at-the-payload-limit', () => {
  /** Bytes of each of two records whose event is exactly as large as Lambda takes: envelope 100, one comma. */
  const half = (keyBytes: number) => (REQUEST_LIMIT_BYTES - 100 - 1 - keyBytes) / 2;

  it.each([
    ['kinesis', 0],
    ['dynamodb', 0],
    ['sqs', 0],
    ['sqs-fifo', 0],
    ['msk', 10],
  ] as const)('%s: an event of exactly 6 MB is sent, one byte more is not', (kind, keyBytes) => {
    const fits = storyOf(kind, { batchWindowMs: 10_000 });
    fits.fetched('a1', { bytes: Math.floor(half(keyBytes)) }).fetched('a2', { bytes: Math.ceil(half(keyBytes)) });
    expect(fits.batches()).toEqual([]);
    fits.at(10_000);
    expect(fits.all('invoke')).toMatchObject([{ bytes: REQUEST_LIMIT_BYTES, closedBy: 'window' }]);

    const over = storyOf(kind, { batchWindowMs: 10_000 });
    over.fetched('a1', { bytes: Math.floor(half(keyBytes)) }).fetched('a2', { bytes: Math.ceil(half(keyBytes)) + 1 });
    expect(closings(over)).toEqual(['payload 1 batch.closes-at-the-payload-limit']);
  });

  it('a batch of several partitions counts each partition once', () => {
    const story = storyOf('msk', { batchSize: 4 });
    story.fetched('a1 b1 a2 b2');
    expect(story.all('invoke')).toMatchObject([{ bytes: 100 - 1 + 4 * 101 + 2 * 10 }]);
  });

  it('a full batch that does not fit is closed by its bytes', () => {
    const story = storyOf('kinesis', { batchSize: 3 });
    story.fetched('a1 a2 a3', { bytes: 2_500_000 });
    expect(closings(story)).toEqual(['payload 2 batch.closes-at-the-payload-limit']);
  });
});

describe('batch.closes-at-once-without-window', () => {
  it.each(KINDS)('%s', (kind) => {
    const story = storyOf(kind, { batchWindowMs: 0 });
    story.at(70).fetched('a1 a2');
    expect(closings(story)).toEqual(['available 2 batch.closes-at-once-without-window']);
  });
});

describe('batch.closes-when-its-window-ends', () => {
  it.each(KINDS)('%s: the first one begins with the first record', (kind) => {
    const story = storyOf(kind, { batchWindowMs: 1000 });
    story.at(70).fetched('a1').at(600).fetched('a2').at(1069);
    expect(story.batches()).toEqual([]);
    story.at(1070);
    expect(closings(story)).toEqual(['window 2 batch.closes-when-its-window-ends']);
  });

  it.each([
    ['came while the batch ran', 150, 1200],
    ['came just before the window would have ended', 1199, 1200],
    ['came as it ended', 1200, 1200],
    ['came after it: its own window', 1201, 2201],
  ])('later ones begin when the previous batch was finished: a record that %s', (_, arrivesMs, invokedMs) => {
    const story = new PollerStory(configOf('kinesis', { batchWindowMs: 1000 }));
    story.fetched('a1').at(1000);
    expect(story.batches()).toEqual(['a1']);
    const shifted = arrivesMs + 1000;
    if (arrivesMs < 200) story.at(shifted).fetched('a2').at(1200).succeeds('a1');
    else story.at(1200).succeeds('a1').at(shifted).fetched('a2');
    if (arrivesMs < invokedMs) {
      story.at(invokedMs + 1000 - 1);
      expect(story.batches()).toEqual(['a1']);
    }
    story.at(invokedMs + 1000);
    expect(story.batches()).toEqual(['a1', 'a2']);
  });

  it('an empty window invokes nothing and wakes nobody', () => {
    const story = storyOf('kinesis', { batchWindowMs: 1000 });
    story.fetched('a1').at(1000).succeeds();
    expect(story.wakeAt).toBeUndefined();
  });
});

describe('batch.closes-at-the-end-of-a-shard', () => {
  it('what is left does not wait for its window', () => {
    const story = storyOf('kinesis', { batchWindowMs: 60_000 });
    story.fetched('a1 a2').tell({ what: 'endOfShard' });
    expect(closings(story)).toEqual(['available 2 batch.closes-at-the-end-of-a-shard']);
    story.succeeds();
    expect(story.all('closed')).toEqual([{ do: 'closed', ended: true }]);
  });
});

describe('stream.lane-is-a-hash-of-the-key', () => {
  it('each key keeps to one lane, in order; lanes batch and retry on their own', () => {
    const story = new PollerStory(configOf('kinesis', { parallelizationFactor: 3 }));
    story.fetched('a1 d1 e1 b1 d2 a2 e2').fails('d1');
    story.at(10).succeeds('a1');
    story.at(20).succeeds('e1');
    expect(story.batches()).toEqual(['a1 b1 a2', 'd1 d2', 'e1 e2']);
    story.at(250);
    expect(story.batches().at(-1)).toBe('d1 d2');
    expect(story.all('invoke').map(({ lanes }) => lanes)).toEqual([['0'], ['1'], ['2'], ['1']]);
  });

  it.each([2, 3, 10])('spreads keys evenly over %i lanes', (slots) => {
    const counts = new Array<number>(slots).fill(0);
    for (let key = 0; key < 10_000; key += 1) {
      const slot = slotOf(`customer-${key}`, slots);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count * slots - 10_000)).toBeLessThan(1000);
  });
});

describe('batches in flight', () => {
  it.each([
    ['kinesis', {}],
    ['sqs-fifo', {}],
    ['msk', { concurrency: 5 }],
  ] as const)('%s: one at a time per lane', (kind, config) => {
    const story = storyOf(kind, { ...config, batchSize: 1, batchWindowMs: 0 });
    story.fetched(isQueue(kind) ? 'a1' : 'a1 a2 a3');
    expect(story.batches()).toEqual(['a1']);
    story.at(10).succeeds();
    if (!isQueue(kind)) expect(story.batches()).toEqual(['a1', 'a2']);
    else expect(story.waiting('fetch')).toBe(1);
  });

  it('Kafka: several over disjoint partitions, and no more than the poller may', () => {
    const partitions = 'abcdefg'.split('').map((lane) => ({ lane, keyBytes: 10 }));
    const story = new PollerStory(configOf('msk', { concurrency: 5, batchSize: 1, batchWindowMs: 0 }), { partitions });
    story.fetched('a1 b1 c1 d1 e1 f1 g1 a2');
    expect(story.batches()).toEqual(['a1', 'b1', 'c1', 'd1', 'e1']);
    story.at(10).succeeds('a1');
    expect(story.batches().slice(5)).toEqual(['f1']);
  });
});
