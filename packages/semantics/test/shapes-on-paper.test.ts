/**
 * The shapes that a core for shards alone would not fit, through the types on paper: facts in, the exact orders out.
 */
import { describe, expect, it } from 'vitest';
import { configOf } from './support/pollerConfigs.ts';
import { PollerStory } from './support/pollerStory.ts';

describe('shapes on paper', () => {
  it('a FIFO batch of two groups holds both until it is settled', () => {
    const story = new PollerStory(configOf('sqs-fifo'));
    story.fetched('a1 b1 a2', { visibleAtMs: 30_000 });
    story.at(50).reports([1]);
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 10 from 0 (sqs.receives-up-to-ten)
      0 invoke [a1 b1 a2] in [a b]: available, attempt 1/1, start by 27000 (batch.closes-at-once-without-window)
      50 delete [a1 a2], succeeded (sqs.partial-failure-deletes-the-rest)
      50 leave [b1] (sqs.partial-failure-deletes-the-rest)
      50 fetch up to 10 from 50 (sqs.receives-up-to-ten)
      "
    `);
  });

  it('a Kafka batch of two partitions is saved under its first and commits both', () => {
    const partitions = [
      { lane: 'a', keyBytes: 10 },
      { lane: 'b', keyBytes: 10 },
    ];
    const story = new PollerStory(configOf('msk', { batchSize: 4 }), { partitions, byHand: ['save'] });
    story.fetched('b1 a1 b2 a2 a3').saved();
    story.at(50).succeeds();
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 500 from 0 (kafka.polls-continuously)
      0 save lane b: [a1 a2 b1 b2] of [b a] #1 spent 0; lane a: idle (checkpoint.cut-is-saved-before-it-is-invoked)
      0 fetch up to 500 from 0 (kafka.polls-continuously)
      0 invoke [a1 a2 b1 b2] in [a b]: size, attempt 1/1 (batch.closes-when-full)
      50 note done [a1 a2 b1 b2] (stream.success-moves-the-checkpoint)
      50 save a at a2; b at b2; lane b: idle; lane a: idle (stream.checkpoint-is-highest-contiguous)
      "
    `);
  });

  it('after a Kafka partial failure only the reported offsets come again, and the commit stays below them', () => {
    const partitions = [
      { lane: 'a', keyBytes: 10 },
      { lane: 'b', keyBytes: 10 },
    ];
    const config = configOf('msk', { batchSize: 6, partialResponses: true });
    const story = new PollerStory(config, { partitions });
    story.fetched('a1 a2 a3 b1 b2 b3').at(50).reports([1, 5]);
    story.fetched('a4').at(100).succeeds();
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 500 from 0 (kafka.polls-continuously)
      0 save lane a: [a1 a2 a3 b1 b2 b3] of [a b] #1 spent 0; lane b: idle (checkpoint.cut-is-saved-before-it-is-invoked)
      0 fetch up to 500 from 0 (kafka.polls-continuously)
      0 invoke [a1 a2 a3 b1 b2 b3] in [a b]: size, attempt 1/1 (batch.closes-when-full)
      50 note done [a1 a3 b1 b2] (kafka.only-reported-records-retry)
      50 note rest [a2 b3]: not before 50, spent 0 of untilExpiry (retry.budget-resets-on-progress)
      50 save a at a1 ahead [a3]; b at b2; lane a: [a2 b3] of [a b] #1 spent 0; lane b: idle (checkpoint.cut-is-saved-before-it-is-invoked)
      50 invoke [a2 b3] in [a b]: rest, attempt 1/1 (retry.budget-resets-on-progress)
      50 fetch up to 500 from 50 (kafka.polls-continuously)
      100 note done [a2 b3] (stream.success-moves-the-checkpoint)
      100 save a at a3; b at b3; lane a: idle; lane b: idle (stream.checkpoint-is-highest-contiguous)
      "
    `);
  });

  it('with factor 3 the checkpoint waits for the slow lane', () => {
    const story = new PollerStory(configOf('kinesis', { parallelizationFactor: 3 }));
    story.fetched('a1 d1 e1 a2 d2 e2');
    story.at(50).succeeds('d1');
    story.at(60).succeeds('e1');
    story.at(900).succeeds('a1');
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 10000 from 0 every 1000 (stream.polls-at-a-base-rate)
      0 save lane 0: [a1 a2] #1 spent 0 (checkpoint.cut-is-saved-before-it-is-invoked)
      0 save lane 1: [d1 d2] #1 spent 0 (checkpoint.cut-is-saved-before-it-is-invoked)
      0 save lane 2: [e1 e2] #1 spent 0 (checkpoint.cut-is-saved-before-it-is-invoked)
      0 fetch up to 10000 from 1000 every 1000 (stream.polls-at-a-base-rate)
      0 invoke [a1 a2] in [0]: available, attempt 1/1 (batch.closes-at-once-without-window)
      0 invoke [d1 d2] in [1]: available, attempt 1/1 (batch.closes-at-once-without-window)
      0 invoke [e1 e2] in [2]: available, attempt 1/1 (batch.closes-at-once-without-window)
      50 note done [d1 d2] (stream.success-moves-the-checkpoint)
      50 save shard at its start ahead [d1 d2]; lane 1: idle (stream.checkpoint-is-highest-contiguous)
      60 note done [e1 e2] (stream.success-moves-the-checkpoint)
      60 save shard at its start ahead [e1 e2]; lane 2: idle (stream.checkpoint-is-highest-contiguous)
      900 note done [a1 a2] (stream.success-moves-the-checkpoint)
      900 save shard at e2; lane 0: idle (stream.checkpoint-is-highest-contiguous)
      "
    `);
  });

  it('a tumbling window hands its state on, and over in a final invocation', () => {
    const story = new PollerStory(configOf('kinesis', { tumblingWindowMs: 60_000 }));
    story.at(1000).fetched('a1 a2').at(1010).keeps({ sum: 2 });
    story.at(61_000).fetched('a3').at(61_010).keeps({ sum: 2 });
    story.at(61_020).keeps({});
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 fetch up to 10000 from 0 every 1000 (stream.polls-at-a-base-rate)
      1000 save lane 0: [a1 a2] #1 spent 0 window 0-60000 {} (checkpoint.cut-is-saved-before-it-is-invoked)
      1000 fetch up to 10000 from 2000 every 1000 (stream.polls-at-a-base-rate)
      1000 invoke [a1 a2] in [0]: available, attempt 1/1, window 0-60000 {} (batch.closes-at-once-without-window)
      1010 note done [a1 a2] (stream.success-moves-the-checkpoint)
      1010 save shard at a2; lane 0: idle window 0-60000 {"sum":2} (stream.checkpoint-is-highest-contiguous)
      61000 save lane 0: [] #1 spent 0 final window 0-60000 {"sum":2} (checkpoint.cut-is-saved-before-it-is-invoked)
      61000 fetch up to 10000 from 62000 every 1000 (stream.polls-at-a-base-rate)
      61000 invoke [] in [0]: window-end, attempt 1/1, window 0-60000 {"sum":2} final (window.final-invocation-hands-over-the-state)
      61010 note done [] (stream.success-moves-the-checkpoint)
      61010 save lane 0: [a3] #1 spent 0 window 60000-120000 {} (checkpoint.cut-is-saved-before-it-is-invoked)
      61010 invoke [a3] in [0]: available, attempt 1/1, window 60000-120000 {} (batch.closes-at-once-without-window)
      61020 note done [a3] (stream.success-moves-the-checkpoint)
      61020 save shard at a3; lane 0: idle window 60000-120000 {} (stream.checkpoint-is-highest-contiguous)
      "
    `);
  });
});
