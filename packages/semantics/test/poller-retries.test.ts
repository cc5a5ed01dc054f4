/** Failed batches: repeated, split, given up; what spends the budget and what does not. */
import { describe, expect, it } from 'vitest';
import { type PollerConfig, REQUEST_LIMIT_BYTES } from '../src/index.ts';
import { configOf } from './support/pollerConfigs.ts';
import { PollerStory } from './support/pollerStory.ts';

const AB = [
  { lane: 'a', keyBytes: 10 },
  { lane: 'b', keyBytes: 10 },
];
const QUIET = { silent: ['fetch', 'save', 'withdraw'] } as const;

function shard(config: Partial<PollerConfig>): PollerStory {
  return new PollerStory(configOf('kinesis', config), QUIET);
}

/** Fails every attempt that holds a poisoned record, and lets the others succeed, until nothing is left to do. */
function until(story: PollerStory, poisoned: readonly string[], untilMs = Number.POSITIVE_INFINITY): PollerStory {
  for (let guard = 0; guard < 10_000; guard += 1) {
    if (story.waiting('invoke') > 0) {
      const last = story.all('invoke').at(-1);
      const fails = last?.positions.some((position) => poisoned.includes(String(position)));
      if (fails) story.fails();
      else story.succeeds();
    } else if (story.wakeAt !== undefined && story.wakeAt <= untilMs) story.at(story.wakeAt);
    else return story;
  }
  throw new Error('the story does not end');
}

describe('retry.failure-repeats-the-batch', () => {
  it('with a back-off that doubles, and the lane waits', () => {
    const story = shard({ maximumRetries: 2 });
    story.fetched('a1 a2').at(10).fails();
    story.at(260).fails();
    story.fetched('a3').at(760).fails();
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 invoke [a1 a2] in [0]: available, attempt 1/1 (batch.closes-at-once-without-window)
      10 note retry [a1 a2]: not before 260, spent 1 of 2 (retry.failure-repeats-the-batch)
      260 invoke [a1 a2] in [0]: retry, attempt 2/2 (retry.failure-repeats-the-batch)
      260 note retry [a1 a2]: not before 760, spent 2 of 2 (retry.failure-repeats-the-batch)
      760 invoke [a1 a2] in [0]: retry, attempt 3/3 (retry.failure-repeats-the-batch)
      760 discard [a1 a2]: RetryAttemptsExhausted after 3 (retry.exhausted-batch-is-discarded)
      760 invoke [a3] in [0]: available, attempt 1/1 (batch.closes-at-once-without-window)
      "
    `);
  });

  it('fits eight invocations into a minute, as AWS was seen to make', () => {
    const story = until(shard({ maximumRecordAgeMs: 60_000 }).fetched('a1'), ['a1']);
    expect(story.all('invoke')).toHaveLength(8);
    expect(story.all('discard')).toMatchObject([{ condition: 'RecordAgeExceeded', approximateInvokeCount: 8 }]);
    expect(story.now).toBe(63_750);
  });
});

describe('retry.budget-resets-on-progress', () => {
  it('K09: a record that always fails, with 3 retries, is delivered five times', () => {
    const story = shard({ maximumRetries: 3, partialResponses: true });
    story.fetched('a1 a2 a3').reports([2]);
    for (const at of [0, 250, 750, 1750]) story.at(at).reports([0]);
    expect(story.batches()).toEqual(['a1 a2 a3', 'a3', 'a3', 'a3', 'a3']);
    expect(story.all('discard')).toMatchObject([
      { positions: ['a3'], condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
    ]);
  });
});

describe('retry.bisect-spends-nothing', () => {
  it.each([1, 2, 3, 6, 7, 8])('record %i of ten is poison, 2 retries: 9 invocations', (bad) => {
    const story = until(tenRecords(2), [`a${bad}`]);
    expect(story.all('invoke')).toHaveLength(9);
    expect(story.all('discard')).toMatchObject([{ positions: [`a${bad}`], approximateInvokeCount: 3 }]);
  });

  it.each([4, 5, 9, 10])('record %i of ten is poison, 2 retries: 11 invocations', (bad) => {
    const story = until(tenRecords(2), [`a${bad}`]);
    expect(story.all('invoke')).toHaveLength(11);
    expect(story.all('discard')).toMatchObject([{ positions: [`a${bad}`], approximateInvokeCount: 3 }]);
  });

  it('without retries it still splits down to single records', () => {
    const story = until(shard({ bisect: true, maximumRetries: 0 }).fetched('a1 a2 a3'), ['a2']);
    expect(story.batches()).toEqual(['a1 a2 a3', 'a1', 'a2 a3', 'a2', 'a3']);
    expect(story.store.checkpoints.get('')).toBe('a3');
  });

  it('the second half waits for the first, and the order of the lane stays', () => {
    const story = shard({ bisect: true, maximumRetries: 1 });
    story.fetched('a1 a2').fails();
    expect(story.batches()).toEqual(['a1 a2', 'a1']);
    story.at(10).fails('a1').at(259);
    expect(story.batches()).toHaveLength(2);
    story.at(260).fails('a1');
    expect(story.batches()).toEqual(['a1 a2', 'a1', 'a1', 'a2']);
  });

  it('splits a Kafka batch by partition and offset', () => {
    const story = new PollerStory(configOf('msk', { bisect: true, batchSize: 4 }), { partitions: AB, ...QUIET });
    story.fetched('b1 a1 b2 a2').fails();
    story.succeeds();
    expect(story.batches()).toEqual(['a1 a2 b1 b2', 'a1 a2', 'b1 b2']);
    expect(story.all('invoke').map(({ lanes, bytes }) => [lanes, bytes])).toEqual([
      [['a', 'b'], 100 - 1 + 4 * 101 + 20],
      [['a'], 100 - 1 + 2 * 101 + 10],
      [['b'], 100 - 1 + 2 * 101 + 10],
    ]);
  });

  function tenRecords(maximumRetries: number): PollerStory {
    const story = shard({ bisect: true, maximumRetries, batchSize: 10 });
    return story.fetched('a1 a2 a3 a4 a5 a6 a7 a8 a9 a10');
  }
});

describe('what spends nothing', () => {
  it.each([
    ['retry.throttle-spends-nothing', { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' }],
    ['retry.unreachable-spends-nothing', { kind: 'unreachable', reason: 'ServiceException' }],
    ['retry.lost-attempt-spends-nothing', { kind: 'lost' }],
  ] as const)('%s', (rule, outcome) => {
    const story = shard({ maximumRetries: 0, bisect: true });
    story.fetched('a1 a2').settled(outcome).at(250).settled(outcome).at(750).succeeds();
    expect(story.rules()).toContain(rule);
    expect(story.all('invoke').map(({ attempt, ordinal, rule: why }) => [attempt, ordinal, why])).toEqual([
      [1, 1, 'batch.closes-at-once-without-window'],
      [1, 2, rule],
      [1, 3, rule],
    ]);
    expect(story.all('discard')).toEqual([]);
  });

  it('a try that did run begins its back-off anew, whatever was throttled before', () => {
    const story = shard({ maximumRetries: 5 });
    story.fetched('a1').throttled().at(250).throttled().at(750).throttled().at(1750).fails();
    expect(story.wakeAt).toBe(2000);
  });
});

describe('retry.record-age-drops-the-expired-prefix', () => {
  it('gives up the old ones and attempts the others', () => {
    const story = shard({ maximumRecordAgeMs: 60_000 });
    story.at(80_000).fetched('a1', { arrivalMs: 0 });
    story.tell({ what: 'woke' });
    expect(story.text()).toMatchInlineSnapshot(`
      "
      80000 discard [a1]: RecordAgeExceeded after 1 (retry.record-age-drops-the-expired-prefix)
      "
    `);
    const mixed = shard({ maximumRecordAgeMs: 60_000, batchSize: 3, batchWindowMs: 1000 });
    mixed.at(79_000).fetched('a1', { arrivalMs: 20_000 }).fetched('a2 a3', { arrivalMs: 70_000 });
    expect(mixed.batches()).toEqual(['a1 a2 a3']);
    mixed.fails().at(79_250).fails().at(79_750).fails().at(80_750);
    expect(mixed.all('discard')).toMatchObject([
      { positions: ['a1'], condition: 'RecordAgeExceeded', approximateInvokeCount: 3 },
    ]);
    expect(mixed.batches().at(-1)).toBe('a2 a3');
  });

  it.each([
    [59_999, ['a1']],
    [60_000, []],
  ])('a record of %i ms', (age, invoked) => {
    expect(shard({ maximumRecordAgeMs: 60_000 }).at(age).fetched('a1', { arrivalMs: 0 }).batches()).toEqual(invoked);
  });

  it('never takes a record out of the middle of a shard, but does of a Kafka batch', () => {
    const stream = shard({ maximumRecordAgeMs: 60_000, batchSize: 2, batchWindowMs: 500 });
    stream.at(70_000).fetched('a1', { arrivalMs: 60_000 }).fetched('a2', { arrivalMs: 0 });
    expect(stream.batches()).toEqual(['a1 a2']);
    const config = configOf('msk', { maximumRecordAgeMs: 60_000, batchSize: 2 });
    const topic = new PollerStory(config, { partitions: AB, ...QUIET });
    topic.at(70_000).fetched('a1', { arrivalMs: 60_000 }).fetched('b1', { arrivalMs: 0 });
    expect(topic.batches()).toEqual(['a1']);
    expect(topic.all('invoke')).toMatchObject([{ lanes: ['a'], bytes: 100 - 1 + 101 + 10 }]);
  });
});

describe('source.retention-ends-retries', () => {
  it('what its source no longer keeps counts as expired', () => {
    const story = until(shard({ retentionMs: 600_000 }).fetched('a1'), ['a1']);
    expect(story.all('discard')).toMatchObject([
      { rule: 'source.retention-ends-retries', expired: true, positions: ['a1'] },
    ]);
    expect(story.store.checkpoints.get('')).toBe('a1');
  });

  it('where both limits are the same the mapping gives up, and its destination is told', () => {
    const story = until(shard({ retentionMs: 600_000, maximumRecordAgeMs: 600_000 }).fetched('a1'), ['a1']);
    expect(story.all('discard')).toMatchObject([{ expired: false, condition: 'RecordAgeExceeded' }]);
  });

  it('what the brokers say that they removed is tried no more; what was not tried yet is, once', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 2 }), { partitions: AB, ...QUIET });
    const removed = (lane: string, before: string) => story.tell({ what: 'removed', lane, before });
    story.fetched('a1 a2 a3 a4');
    removed('a', 'a2');
    removed('c', 'c9');
    story.fails().at(250);
    expect(story.batches()).toEqual(['a1 a2', 'a2']);
    removed('a', 'a9');
    story.fails().at(1_000);
    expect(story.batches().slice(2)).toEqual(['a3 a4']);
    const dropped = { rule: 'source.retention-ends-retries', expired: true, condition: 'RecordAgeExceeded' };
    expect(story.all('discard')).toMatchObject([
      { ...dropped, positions: ['a1'], approximateInvokeCount: 1 },
      { ...dropped, positions: ['a2'], approximateInvokeCount: 2 },
    ]);
  });
});

describe('retry.exhausted-batch-is-discarded', () => {
  it('1 + MaximumRetryAttempts invocations, and the lane goes on once the discard was accepted', () => {
    const story = new PollerStory(configOf('kinesis', { maximumRetries: 1, batchSize: 1 }), { byHand: ['discard'] });
    story.fetched('a1 a2').fails().at(250).fails();
    expect(story.batches()).toEqual(['a1', 'a1']);
    expect(story.store.checkpoints.get('')).toBeUndefined();
    story.discarded();
    expect(story.store.checkpoints.get('')).toBe('a1');
    expect(story.batches()).toEqual(['a1', 'a1', 'a2']);
  });

  it('a discard that the outbox cannot take is ordered again a second later, and nothing goes on before', () => {
    const story = new PollerStory(configOf('kinesis', { maximumRetries: 0, batchSize: 1 }), { byHand: ['discard'] });
    story.fetched('a1 a2').at(100).fails();
    story.discarded(false);
    expect(story.wakeAt).toBe(1100);
    story.at(1099);
    expect(story.waiting('discard')).toBe(0);
    story.at(1100);
    const [first, second] = story.all('discard').map(({ id: _, ...order }) => order);
    expect(second).toEqual(first);
    story.discarded(false).at(2100).discarded(true);
    expect(story.batches()).toEqual(['a1', 'a2']);
  });

  it('kafka.ten-retries-with-destination', () => {
    const config = configOf('msk', { hasDestination: true, batchSize: 1 });
    const story = until(new PollerStory(config, { partitions: AB }).fetched('a1'), ['a1']);
    expect(story.all('invoke')).toHaveLength(11);
    expect(story.all('discard')).toMatchObject([{ approximateInvokeCount: 11 }]);
  });
});

describe('records that no event can hold', () => {
  const bytes = REQUEST_LIMIT_BYTES;

  it('kafka.oversized-record-is-discarded', () => {
    const story = new PollerStory(configOf('msk', { batchSize: 1 }), { partitions: AB });
    story.fetched('a1', { bytes }).fetched('a2');
    expect(story.batches()).toEqual(['a2']);
    expect(story.all('discard')).toMatchObject([
      { positions: ['a1'], condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 1 },
    ]);
  });

  it('stream.oversized-record-fails', () => {
    const story = until(shard({ maximumRetries: 2, batchSize: 10 }).fetched('a1', { bytes }).fetched('a2'), []);
    expect(story.batches()).toEqual(['a2']);
    expect(story.all('discard')).toMatchObject([
      { positions: ['a1'], condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
    ]);
    expect(story.now).toBe(750);
  });
});
