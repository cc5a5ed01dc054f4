/**
 * What holds of every step: facts that answer nothing change nothing, a wake-up does only what is due, the time that a
 * step returns is one at which something happens; draining and new settings in the middle of things; the cost of lanes.
 */
import { describe, expect, it } from 'vitest';
import { createPoller, type PollerConfig, type PollerFact, type SourceKind, stepPoller } from '../src/index.ts';
import { counted } from './support/counted.ts';
import { configOf } from './support/pollerConfigs.ts';
import { PollerStory, recordsOf, type StoryOptions } from './support/pollerStory.ts';

const AB = [
  { lane: 'a', keyBytes: 10 },
  { lane: 'b', keyBytes: 10 },
];
const KINDS = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const;

function storyOf(kind: SourceKind, config: Partial<PollerConfig> = {}, options: StoryOptions = {}): PollerStory {
  const partitions = kind === 'msk' || kind === 'self-managed-kafka' ? { partitions: AB } : {};
  return new PollerStory(configOf(kind, config), { ...partitions, ...options });
}

/** A poller with a batch in flight, one that waits for its retry, and records behind them. */
function busy(kind: SourceKind): PollerStory {
  const story = storyOf(kind, { batchSize: 2, batchWindowMs: 5000, concurrency: 10 });
  return story.fetched('a1 a2', { visibleAtMs: 60_000 }).at(10).throttled().fetched('b1', { visibleAtMs: 60_000 });
}

describe('facts that answer nothing', () => {
  const facts: readonly PollerFact[] = [
    { what: 'fetched', id: 9999, records: recordsOf('z1', 0) },
    { what: 'fetchFailed', id: 9999, reason: 'throttled' },
    { what: 'settled', id: 9999, outcome: { kind: 'success' } },
    { what: 'saved', id: 9999 },
    { what: 'saveRefused', id: 9999 },
    { what: 'acknowledged', id: 9999, failed: [] },
    { what: 'discarded', id: 9999, accepted: true },
    { what: 'opened' },
    { what: 'woke' },
  ];

  it.each(KINDS)('%s: unknown ids, a second opening, a wake-up for nothing', (kind) => {
    const story = busy(kind);
    const before = structuredClone(story.state);
    for (const fact of facts) expect(stepPoller(story.state, fact, story.now).orders).toEqual([]);
    expect(structuredClone(story.state)).toEqual(before);
  });

  it.each(KINDS)('%s: every answer told twice', (kind) => {
    const told: PollerFact[] = [];
    const story = storyOf(kind, { batchSize: 1, batchWindowMs: 0, maximumRetries: 0, concurrency: 10 });
    const tell = story.tell.bind(story);
    story.tell = (fact) => {
      told.push(fact);
      tell(fact);
      const before = structuredClone(story.state);
      expect(stepPoller(story.state, fact, story.now).orders).toEqual([]);
      expect(structuredClone(story.state)).toEqual(before);
      return story;
    };
    story.fetched('a1', { visibleAtMs: 30_000 }).at(10).succeeds();
    story.fetched('a2', { visibleAtMs: 30_000 }).at(20).fails();
    expect(told.length).toBeGreaterThan(3);
  });

  it.each(KINDS)('%s: late answers, after the poller was closed', (kind) => {
    const story = busy(kind).tell({ what: 'deposed' });
    const before = structuredClone(story.state);
    for (const fact of facts) expect(stepPoller(story.state, fact, story.now + 1)).toEqual({ orders: [] });
    expect(structuredClone(story.state)).toEqual(before);
  });
});

describe('waking', () => {
  it.each(KINDS)('%s: at any time changes nothing that is not due', (kind) => {
    const woken = busy(kind);
    const left = busy(kind);
    for (let ms = 11; ms <= 9000; ms += 7) woken.at(ms).tell({ what: 'woke' });
    left.at(9000);
    expect(woken.orders.length).toBe(left.orders.length);
    expect(woken.text()).not.toBe('');
    expect(woken.batches()).toEqual(left.batches());
  });

  it('the time that a step returns is one at which something happens', () => {
    const story = storyOf('kinesis', { batchSize: 2, batchWindowMs: 5000 });
    story.at(100).fetched('a1');
    expect(story.wakeAt).toBe(5100);
    story.at(200).fetched('a2');
    expect(story.batches()).toEqual(['a1 a2']);
    expect(story.wakeAt).toBeUndefined();
    story.at(300).succeeds().at(400).fetched('a3');
    expect(story.wakeAt).toBe(5300);
  });

  it('a window that was overtaken by many others leaves nothing behind', () => {
    const story = storyOf('msk', { batchSize: 2, batchWindowMs: 300_000 });
    for (let batch = 0; batch < 500; batch += 1) {
      story
        .at(batch * 10)
        .fetched(`a${2 * batch}`)
        .fetched(`a${2 * batch + 1}`)
        .succeeds();
    }
    expect(story.state.due.times.length).toBeLessThan(3);
    expect(story.wakeAt).toBeUndefined();
    expect(story.wakes).toBe(0);
  });

  it('a busy former owner is waited for only when there is something to do', () => {
    const story = storyOf('kinesis', {}, { busyUntilMs: 5000 });
    expect(story.wakeAt).toBeUndefined();
    story.at(100).fetched('a1');
    expect(story.wakeAt).toBe(5000);
    expect(story.at(5000).batches()).toEqual(['a1']);
  });
});

describe('mapping.disabled-finishes-what-runs', () => {
  const ORDERED = ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const;

  it.each(KINDS)('%s: what runs ends and counts; nothing new begins', (kind) => {
    const story = storyOf(kind, { batchSize: 1, batchWindowMs: 0, concurrency: 1 });
    story.fetched('a1 a2', { visibleAtMs: 30_000 }).tell({ what: 'drainRequested' });
    expect(story.waiting('fetch')).toBe(0);
    expect(story.all('closed')).toEqual([]);
    story.at(50).succeeds();
    expect(story.all('closed')).toEqual([{ do: 'closed', ended: false }]);
    expect(story.batches()).toEqual(['a1']);
    if (kind.startsWith('sqs')) {
      expect(story.all('release')).toMatchObject([{ positions: ['a2'], rule: 'mapping.disabled-finishes-what-runs' }]);
    } else expect([...story.store.checkpoints.values()]).toEqual(['a1']);
  });

  it.each(ORDERED)('%s: a batch that was being saved is not invoked, and stays saved', (kind) => {
    const story = storyOf(kind, { batchSize: 1 }, { byHand: ['save'] });
    story.fetched('a1').tell({ what: 'drainRequested' });
    expect(story.all('closed')).toEqual([]);
    story.saved();
    expect(story.batches()).toEqual([]);
    expect(story.all('closed')).toHaveLength(1);
    expect([...story.store.lanes.values()]).toMatchObject([{ work: [{ positions: ['a1'], ordinal: 1 }] }]);
  });

  it.each(ORDERED)('%s: a batch that waits for its retry is left as it was saved', (kind) => {
    const story = storyOf(kind, { batchSize: 1 });
    story.fetched('a1').fails().tell({ what: 'drainRequested' });
    expect(story.all('closed')).toHaveLength(1);
    expect([...story.store.lanes.values()]).toMatchObject([{ work: [{ positions: ['a1'], spent: 1 }] }]);
    expect(story.wakeAt).toBeUndefined();
  });

  it.each(ORDERED)('%s: a batch that fails while draining is saved with what it spent', (kind) => {
    const story = storyOf(kind, { batchSize: 2, bisect: true }, { byHand: ['save'] });
    story.fetched('a1 a2').saved().tell({ what: 'drainRequested' }).fails();
    expect(story.all('closed')).toEqual([]);
    story.saved();
    expect(story.all('closed')).toHaveLength(1);
    expect([...story.store.lanes.values()]).toMatchObject([{ work: [{ positions: ['a1'] }, { positions: ['a2'] }] }]);
  });

  it('a throttled SQS batch is let go', () => {
    const story = storyOf('sqs').fetched('m1', { visibleAtMs: 30_000 }).throttled().tell({ what: 'drainRequested' });
    expect(story.all('release')).toMatchObject([{ positions: ['m1'] }]);
    expect(story.all('closed')).toHaveLength(1);
  });

  it('a discard on its way is waited for', () => {
    const story = storyOf('kinesis', { maximumRetries: 0 }, { byHand: ['discard'] });
    story.fetched('a1').fails().tell({ what: 'drainRequested' });
    expect(story.all('closed')).toEqual([]);
    story.discarded();
    expect(story.all('closed')).toHaveLength(1);
    expect(story.store.checkpoints.get('')).toBe('a1');
  });

  it('a poller that has not begun is closed at once; being asked twice changes nothing', () => {
    for (const fresh of [createPoller(configOf('sqs')), storyOf('sqs').state]) {
      expect(stepPoller(fresh, { what: 'drainRequested' }, 0).orders).toContainEqual({ do: 'closed', ended: false });
      expect(stepPoller(fresh, { what: 'drainRequested' }, 0).orders).toEqual([]);
      expect(stepPoller(fresh, { what: 'opened' }, 0).orders).toEqual([]);
    }
  });
});

describe('the end of a shard', () => {
  it('is told only when the checkpoint at its end is durable: children begin after it', () => {
    const story = storyOf('kinesis', {}, { byHand: ['save'] });
    story.fetched('a1').saved().tell({ what: 'endOfShard' }).succeeds();
    expect(story.store.checkpoints.get('')).toBe('a1');
    expect(story.all('closed')).toEqual([]);
    story.saved();
    expect(story.all('closed')).toEqual([{ do: 'closed', ended: true }]);
  });

  it('an empty shard ends at once', () => {
    const story = storyOf('kinesis').tell({ what: 'endOfShard' });
    expect(story.all('closed')).toEqual([{ do: 'closed', ended: true }]);
  });
});

describe('mapping.update-keeps-what-is-in-progress', () => {
  it('a smaller BatchSize cuts what has been waiting; the batch in progress stays', () => {
    const story = storyOf('kinesis', { batchSize: 3, batchWindowMs: 60_000 });
    story.fetched('a1 a2 a3 a4 a5');
    story.tell({ what: 'configured', config: configOf('kinesis', { batchSize: 2 }) });
    expect(story.batches()).toEqual(['a1 a2 a3']);
    story.succeeds();
    expect(story.batches()).toEqual(['a1 a2 a3', 'a4 a5']);
  });

  it('a shorter window ends at once what has waited longer', () => {
    const story = storyOf('kinesis', { batchWindowMs: 60_000 });
    story.fetched('a1').at(10_000);
    story.tell({ what: 'configured', config: configOf('kinesis', { batchWindowMs: 5000 }) });
    expect(story.batches()).toEqual(['a1']);
    expect(story.wakeAt).toBeUndefined();
  });

  it('a longer window is waited for', () => {
    const story = storyOf('kinesis', { batchWindowMs: 5000 });
    story.fetched('a1').tell({ what: 'configured', config: configOf('kinesis', { batchWindowMs: 60_000 }) });
    expect(story.at(5000).batches()).toEqual([]);
    expect(story.at(60_000).batches()).toEqual(['a1']);
  });

  it('fewer retries count for the batch that is being retried', () => {
    const story = storyOf('kinesis', { maximumRetries: 10 });
    story
      .fetched('a1')
      .fails()
      .tell({ what: 'configured', config: configOf('kinesis', { maximumRetries: 1 }) });
    story.at(250).fails();
    expect(story.all('discard')).toMatchObject([{ approximateInvokeCount: 2 }]);
  });

  it('a queue is asked again, for as much as now fits', () => {
    const story = storyOf('sqs', { batchSize: 10 });
    story.tell({ what: 'configured', config: configOf('sqs', { batchSize: 1 }) });
    expect(story.all('withdraw')).toHaveLength(1);
    expect(story.all('fetch').map(({ maxRecords }) => maxRecords)).toEqual([10, 1]);
  });
});

describe('cost', () => {
  /** Reads of the state per record, with records spread over so many partitions. */
  function readsPerRecord(partitions: number): number {
    const names = Array.from({ length: partitions }, (_, index) => ({ lane: `p${letters(index)}`, keyBytes: 10 }));
    const story = new PollerStory(configOf('msk', { batchSize: 10, batchWindowMs: 0, concurrency: 4 }), {
      partitions: names,
    });
    const { state, reads } = counted(story.state);
    const before = reads();
    const records = 2000;
    for (let fed = 0; fed < records; fed += 100) {
      const texts = Array.from({ length: 100 }, (_, index) => `p${letters((fed * 7 + index) % partitions)}${fed}`);
      drive(story, state, {
        what: 'fetched',
        id: state.fetch?.id ?? 0,
        records: recordsOf(texts.join(' '), story.now),
      });
    }
    return (reads() - before) / records;
  }

  /** Tells a fact to the counted view, and answers everything that it leads to with success. */
  function drive(story: PollerStory, state: PollerStory['state'], fact: PollerFact): void {
    const facts = [fact];
    for (let next = facts.shift(); next; next = facts.shift()) {
      for (const order of stepPoller(state, next, story.now).orders) {
        if (order.do === 'save') facts.push({ what: 'saved', id: order.id });
        if (order.do === 'invoke') facts.push({ what: 'settled', id: order.id, outcome: { kind: 'success' } });
      }
    }
  }

  function letters(index: number): string {
    return index.toString(26).replace(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));
  }

  it('10,000 partitions cost no more per record than ten', () => {
    const few = readsPerRecord(10);
    const many = readsPerRecord(10_000);
    expect(many).toBeLessThan(few * 2);
  });
});
