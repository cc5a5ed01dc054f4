/** checkpoint.saved-cut-is-ordered-again: a poller that crashed, at any moment, goes on exactly where it was saved. */
import { describe, expect, it } from 'vitest';
import type { PollerConfig, SavedPoller } from '../src/index.ts';
import { configOf, withoutX } from './support/pollerConfigs.ts';
import { PollerStory, type StoryOptions } from './support/pollerStory.ts';

const AB = [
  { lane: 'a', keyBytes: 10 },
  { lane: 'b', keyBytes: 10 },
];

function shard(config: Partial<PollerConfig> = {}, options: StoryOptions = {}): PollerStory {
  return new PollerStory(configOf('kinesis', { batchSize: 2, ...config }), options);
}

/** The next owner, with what the story has made durable. */
function after(story: PollerStory, config: Partial<PollerConfig> = {}, options: StoryOptions = {}): PollerStory {
  const next = { ...story.state.config, ...config };
  const saved = story.store.saved(story.state.config.parallelizationFactor);
  return new PollerStory(next, { saved, atMs: story.now, ...options });
}

describe('a crash in every phase', () => {
  it('saving: the cut that was ordered is repeated, whether or not its save was answered', () => {
    const story = shard({}, { byHand: ['save'] }).fetched('a1 a2');
    const next = after(story).fetched('a1 a2 a3 a4');
    expect(next.batches()).toEqual(['a1 a2']);
    next.succeeds();
    expect(next.batches()).toEqual(['a1 a2', 'a3 a4']);
  });

  it('saving: a cut that never came to be saved is cut anew', () => {
    const next = new PollerStory(configOf('kinesis', { batchSize: 3 }), {
      saved: { parallelizationFactor: 1, ahead: [], lanes: [] },
    });
    next.fetched('a1 a2 a3');
    expect(next.batches()).toEqual(['a1 a2 a3']);
  });

  it('invoked: the same records, although more could be cut by now; never before the lost attempt is over', () => {
    const story = shard({ batchSize: 10 }).fetched('a1 a2').at(100);
    const next = after(story, {}, { busyUntilMs: 3000 }).fetched('a1 a2 a3');
    expect(next.batches()).toEqual([]);
    expect(next.wakeAt).toBe(3000);
    next.at(3000);
    expect(next.batches()).toEqual(['a1 a2']);
  });

  it('waiting: with the budget that is left and the wait that is not over', () => {
    const story = shard({ maximumRetries: 2 }).fetched('a1 a2').fails().at(250).fails().at(300);
    const next = after(story).fetched('a1 a2').at(749);
    expect(next.batches()).toEqual([]);
    next.at(750);
    expect(next.all('invoke')).toMatchObject([{ attempt: 3, ordinal: 3, closedBy: 'retry' }]);
    next.fails();
    expect(next.all('discard')).toMatchObject([{ approximateInvokeCount: 3 }]);
  });

  it('settling: a discard that was not answered is decided again', () => {
    const story = shard({ maximumRetries: 0 }, { byHand: ['discard'] })
      .fetched('a1 a2')
      .fails();
    expect(story.waiting('discard')).toBe(1);
    const next = after(story).fetched('a1 a2');
    expect(next.batches()).toEqual(['a1 a2']);
  });

  it('between the halves of a split: the first is done, the second is repeated', () => {
    const story = shard({ batchSize: 4, bisect: true }).fetched('a1 a2 a3 a4').fails().succeeds();
    expect(story.store.checkpoints.get('')).toBe('a2');
    const next = after(story).fetched('a3 a4 a5');
    expect(next.batches()).toEqual(['a3 a4']);
    expect(next.all('invoke')).toMatchObject([{ closedBy: 'split' }]);
  });

  it('before the halves of a split: both, one after the other', () => {
    const story = shard({ batchSize: 4, bisect: true }).fetched('a1 a2 a3 a4').fails();
    const next = after(story).fetched('a1 a2 a3 a4').succeeds();
    expect(next.batches()).toEqual(['a1 a2', 'a3 a4']);
  });

  it('after everything: nothing is repeated', () => {
    const story = shard().fetched('a1 a2').succeeds();
    expect(story.store.saved()).toEqual({ parallelizationFactor: 1, ahead: [], lanes: [] });
  });

  it('SQS remembers nothing: its messages come back by themselves', () => {
    const story = new PollerStory(configOf('sqs')).fetched('m1', { visibleAtMs: 30_000 });
    expect(story.all('save')).toEqual([]);
  });
});

describe('records that are finished ahead of the checkpoint', () => {
  it('are not repeated, and the checkpoint passes them', () => {
    const story = shard({ parallelizationFactor: 2 }).fetched('a1 b1 a2 b2').succeeds('b1');
    const next = after(story).fetched('a1 b1 a2 b2 b3');
    expect(next.batches()).toEqual(['a1 a2', 'b3']);
    next.succeeds('a1');
    expect(next.store.checkpoints.get('')).toBe('b2');
  });

  it('with another factor they still count; cuts do not', () => {
    const story = shard({ parallelizationFactor: 2 }).fetched('a1 b1 a2 b2').succeeds('b1');
    const next = after(story, { parallelizationFactor: 1, concurrency: 1, batchSize: 5 }).fetched('a1 b1 a2 b2 b3');
    expect(next.batches()).toEqual(['a1 a2 b3']);
  });

  it('whose neighbours retention has taken move the checkpoint at once', () => {
    const saved: SavedPoller = { parallelizationFactor: 1, ahead: ['a2', 'a3'], lanes: [] };
    const next = new PollerStory(configOf('kinesis'), { saved }).fetched('a2 a3');
    expect(next.store.checkpoints.get('')).toBe('a3');
    expect(next.state.resume).toBeUndefined();
  });
});

describe('what has changed meanwhile', () => {
  it('records that a filter drops, before or among the cut, do not break it up', () => {
    const filters = withoutX('kinesis');
    const story = shard({ filters, maximumRetries: 5 }, { byHand: ['save'] }).fetched('x1 a1 x2 a2');
    expect(story.store.lanes.get('0')?.work).toMatchObject([{ positions: ['a1', 'a2'] }]);
    const next = after(story).fetched('x1 a1 x2 a2 a3');
    expect(next.batches()).toEqual(['a1 a2']);
  });

  it('a record of another lane does not end the wait for a cut', () => {
    const story = shard({ parallelizationFactor: 2 }).fetched('b1 a1 a2').fails('a1').at(10);
    const next = after(story).fetched('b1').fetched('a1').fetched('a2').at(250);
    expect(next.batches()).toEqual(['b1', 'a1 a2']);
  });

  it.each([
    ['the beginning of a cut', 'a2 a3', ['a2']],
    ['all of it', 'a3 a4', ['a3 a4']],
  ])('retention has taken %s: the rest is repeated', (_, there, batches) => {
    const story = shard().fetched('a1 a2 a3').fails().at(300);
    const next = after(story).fetched(there);
    expect(next.batches().slice(0, 1)).toEqual(batches);
    next.succeeds();
    expect(next.store.lanes.size).toBe(next.waiting('invoke') > 0 ? 1 : 0);
  });

  it('the shard ends without the records of a cut', () => {
    const story = shard().fetched('a1 a2').fails();
    const next = after(story).tell({ what: 'endOfShard' });
    expect(next.all('closed')).toEqual([{ do: 'closed', ended: true }]);
    const partly = after(story).fetched('a1').tell({ what: 'endOfShard' });
    expect(partly.at(300).batches()).toEqual(['a1']);
  });

  it('a smaller BatchSize leaves the cut as it was', () => {
    const story = shard({ batchSize: 4 }).fetched('a1 a2 a3 a4').fails();
    const next = after(story, { batchSize: 1 }).fetched('a1 a2 a3 a4 a5').at(300).succeeds();
    expect(next.batches()).toEqual(['a1 a2 a3 a4', 'a5']);
  });
});

describe('a Kafka cut of two partitions', () => {
  const config = configOf('msk', { batchSize: 4, maximumRetries: 3 });
  const failed = () => new PollerStory(config, { partitions: AB }).fetched('a1 b1 a2 b2').fails();

  it('is put together again, whichever partition is read first', () => {
    const next = after(failed(), {}, { partitions: AB }).fetched('b1 b2 b3').fetched('a1 a2 a3').at(250);
    expect(next.all('invoke')).toMatchObject([{ positions: ['a1', 'a2', 'b1', 'b2'], attempt: 2 }]);
  });

  it('a later record of one partition does not end the wait for the other', () => {
    const story = new PollerStory({ ...config, partialResponses: true }, { partitions: AB });
    story.fetched('a1 b1 a2 b2').reports([3]).fails();
    const next = after(story, {}, { partitions: AB }).fetched('a3 a4 a5 a6').fetched('b2').at(250);
    expect(next.all('invoke')[0]).toMatchObject({ positions: ['b2'], attempt: 2 });
  });

  it('split over two owners is cut anew by each, and its save is taken back', () => {
    const story = failed();
    const [a, b] = AB.map((partition) => after(story, {}, { partitions: [partition] }));
    expect(a?.store.lanes.size).toBe(0);
    expect(a?.all('save')).toMatchObject([{ lanes: [{ lane: 'a', work: [] }] }]);
    expect(a?.fetched('a1 a2 a3').at(500).batches()).toEqual(['a1 a2 a3']);
    expect(b?.fetched('b1 b2').at(500).batches()).toEqual(['b1 b2']);
  });

  it('does not wait for what its partition has removed', () => {
    const next = after(failed(), {}, { partitions: AB }).fetched('b1 b2').at(250);
    expect(next.batches()).toEqual([]);
    const trimmed = {
      what: 'fetched' as const,
      id: next.all('fetch').at(-1)?.id ?? 0,
      records: [],
      trimmed: ['a1', 'a2'],
    };
    next.tell(trimmed);
    expect(next.all('invoke')).toMatchObject([{ positions: ['b1', 'b2'], attempt: 2, lanes: ['b'] }]);
  });
});

describe('tumbling windows', () => {
  const windowed = (options: StoryOptions = {}) => shard({ tumblingWindowMs: 60_000, maximumRetries: 3 }, options);

  it('a window goes on with its state', () => {
    const story = windowed().fetched('a1').keeps({ n: 1 });
    const next = after(story).at(5000).fetched('a2');
    expect(next.all('invoke')).toMatchObject([{ positions: ['a2'], window: { startMs: 0, state: { n: 1 } } }]);
  });

  it('an idle window is closed although nothing ever comes again', () => {
    const story = windowed().fetched('a1').keeps({ n: 1 });
    const next = after(story, {}, { atMs: 30_000 });
    expect(next.wakeAt).toBe(150_000);
    next.at(150_000);
    expect(next.all('invoke')).toMatchObject([{ positions: [], window: { final: true, state: { n: 1 } } }]);
  });

  it('a final invocation that failed is repeated with the budget that is left', () => {
    const story = windowed().fetched('a1').keeps({ n: 1 }).at(61_000).fetched('a2').fails();
    const next = after(story).at(61_250);
    expect(next.all('invoke')).toMatchObject([{ positions: [], attempt: 2, ordinal: 2, window: { final: true } }]);
    next.keeps({}).fetched('a2');
    expect(next.all('invoke').at(-1)).toMatchObject({ positions: ['a2'], window: { startMs: 60_000, state: {} } });
  });

  it('without windows, what was saved of one is forgotten', () => {
    const story = windowed().fetched('a1').keeps({ n: 1 }).at(61_000).fetched('a2').fails();
    const next = after(story, { tumblingWindowMs: 0 }, { atMs: 62_000 }).fetched('a2');
    expect(next.all('invoke')).toMatchObject([{ positions: ['a2'] }]);
    expect(next.all('invoke')[0]?.window).toBeUndefined();
    next.succeeds();
    expect(next.store.lanes.size).toBe(0);
  });
});
