/** Explanations from a trace: a record's whole life, and what is worth knowing about a run. Exact text. */

import type { TraceLine } from '@millrace/semantics';
import { describe, expect, it } from 'vitest';
import { answerOf, LifeCollector, OverviewCollector, renderLife, renderOverview } from '../src/explain/index.ts';
import { plainLook } from '../src/render/look.ts';
import { poisonTrace } from './sample-trace.ts';

function lifeOf(record: string, lines: readonly TraceLine[] = poisonTrace(), mapping?: string): LifeCollector {
  const collector = new LifeCollector(record, mapping);
  for (const line of lines) collector.take(line);
  return collector;
}

function answers(record: string, lines?: readonly TraceLine[]): string[] {
  return lifeOf(record, lines).finish().map(answerOf);
}

describe('the answer about a record', () => {
  it.each([
    [
      'bad',
      'bad was delivered 3 times by orders-consumer because the function reported it as failed (once), and because its batch failed and was split in halves (once); it was discarded at 4.21s to failed (RetryAttemptsExhausted).',
    ],
    ['ok.1', 'ok.1 was delivered once by orders-consumer; it succeeded at 1.05s.'],
    [
      'ok.3',
      'ok.3 was delivered 3 times by orders-consumer because another record of its batch was reported as failed (once), and because its batch failed and was split in halves (once); it succeeded at 4.26s.',
    ],
  ])('%s', (record, answer) => expect(answers(record)).toEqual([answer]));

  it('names a poller that lost its state, and messages that became visible again', () => {
    const settled = (seq: number, at: number, outcome: string): TraceLine[] => [
      {
        seq,
        at,
        what: 'settled',
        mapping: 'm',
        records: ['x'],
        attempt: `a${seq}`,
        data: { outcome, closedBy: 'available' },
      },
    ];
    const lines: TraceLine[] = [
      ...settled(1, 10, 'error'),
      { seq: 2, at: 11, what: 'release', mapping: 'm', records: ['x'], data: { visibleAtMs: 30_000 } },
      ...settled(3, 30_000, 'lost'),
      { seq: 4, at: 30_001, what: 'event', data: { do: 'crash-poller' } },
      ...settled(5, 60_000, 'error'),
      ...settled(6, 90_000, 'error'),
    ];
    expect(answers('x', lines)).toEqual([
      'x was delivered 3 times by m because its poller lost its state (once), and because it was read again from the checkpoint (once); it is still pending.',
    ]);
    expect(
      answers(
        'x',
        lines.filter((line) => line.seq < 3 || line.seq === 6),
      ),
    ).toEqual([
      'x was delivered twice by m because the batch that it was in failed and its visibility timeout ended (once); it is still pending.'.replace(
        'twice',
        '2 times',
      ),
    ]);
  });

  it('says who was reported when only the rest of a batch comes again', () => {
    const settled = (seq: number, records: string[], closedBy: string, failed?: number[]): TraceLine => ({
      seq,
      at: seq,
      what: 'settled',
      mapping: 'm',
      records,
      data: { outcome: failed ? 'partial' : 'success', closedBy, ...(failed && { failed }) },
    });
    const lines = [settled(1, ['a', 'b', 'c'], 'size', [1]), settled(2, ['b', 'c'], 'rest')];
    expect(answers('b', lines)).toEqual([
      'b was delivered 2 times by m because the function reported it as failed (once); it is still pending.',
    ]);
    expect(answers('c', lines)).toEqual([
      'c was delivered 2 times by m because another record of its batch was reported as failed (once); it is still pending.',
    ]);
  });

  it('says why a record was never delivered', () => {
    const lines: TraceLine[] = [
      { seq: 1, at: 0, what: 'arrived', records: ['x'], data: { source: 's' } },
      { seq: 2, at: 5, what: 'filtered', mapping: 'm', records: ['x'], why: 'No pattern matched it.' },
      { seq: 3, at: 5, what: 'done', mapping: 'm', records: ['x'], data: { fate: 'filtered' } },
    ];
    expect(answers('x', lines)).toEqual(['x was never delivered by m; it was filtered at 5ms: no pattern matched it.']);
    expect(answers('x', lines.slice(0, 1))).toEqual(['x was never delivered; it is still pending.']);
  });

  it('answers for each mapping that saw the record, or for the one asked for', () => {
    const lines: TraceLine[] = ['a', 'b'].map((mapping, seq) => ({
      seq,
      at: 0,
      what: 'settled',
      mapping,
      records: ['x'],
      data: { outcome: 'success' },
    }));
    expect(answers('x', lines)).toHaveLength(2);
    expect(
      lifeOf('x', lines, 'b')
        .finish()
        .map((life) => life.mapping),
    ).toEqual(['b']);
  });

  it('suggests ids close to an unknown one', () => {
    const collector = lifeOf('ok.9');
    expect(collector.finish()).toEqual([]);
    expect(collector.suggestions()).toEqual(['ok.1', 'ok.2', 'ok.3']);
  });
});

describe('a record’s life as text', () => {
  it('has a step a line with its reason and rule', () => {
    expect(
      lifeOf('bad')
        .finish()
        .map((life) => renderLife(life, plainLook(100)).join('\n'))[0],
    ).toMatchInlineSnapshot(`
      "bad was delivered 3 times by orders-consumer because the function reported it as failed (once), and
      because its batch failed and was split in halves (once); it was discarded at 4.21s to failed
      (RetryAttemptsExhausted).

           0s  arrived           in orders.
        1.05s  invoke            batch of 2 (its window ended), attempt 1. The batch is full.
                                 [x.batch-is-full]
        1.05s  started-function  invocation #2.
         1.1s  settled           invocation #2, partial (1 reported).
         1.1s  retry             not before 2.1s, 1 of 2 retries spent. The whole rest is retried.
                                 [x.retry]
         2.1s  invoke            batch of 2 (again), attempt 1. [x.batch-is-full]
         2.1s  started-function  invocation #3.
        2.15s  settled           invocation #3, error.
        2.15s  split             A failed batch is halved. [x.split]
        3.15s  invoke            batch of 1 (one half), attempt 1. [x.batch-is-full]
        3.15s  started-function  invocation #4.
         3.2s  settled           invocation #4, throttled.
        4.15s  invoke            batch of 1 (again), attempt 1. [x.batch-is-full]
        4.15s  started-function  invocation #5.
         4.2s  settled           invocation #5, error.
         4.2s  discard           RetryAttemptsExhausted, to arn:aws:sqs:us-east-1:123456789012:failed.
        4.21s  discarded         RetryAttemptsExhausted, to arn:aws:sqs:us-east-1:123456789012:failed. Two
                                 retries are spent. [x.discard]
        4.21s  done              discarded."
    `);
  });
});

describe('a long life', () => {
  const lines: TraceLine[] = Array.from({ length: 500 }, (_, at) => ({
    seq: at,
    at: at * 1000,
    what: 'settled',
    mapping: 'm',
    records: ['x'],
    attempt: `a${at}`,
    data: { outcome: 'error', closedBy: 'retry', invocation: at + 1 },
  }));

  it('shows its beginning and its end', () => {
    const [life] = lifeOf('x', lines).finish();
    if (!life) throw new Error('there is a life');
    const text = renderLife(life, plainLook(100), { steps: 10 });
    expect(text[0]).toBe(
      'x was delivered 500 times by m because it failed alone and was tried again (499 times); it is still',
    );
    expect(text[1]).toBe('pending.');
    expect(text.filter((line) => line.includes('settled'))).toHaveLength(10);
    expect(text).toContain('  and 490 steps like these');
    expect(text.at(-1)).toContain('invocation #500, error');
    expect(renderLife(life, plainLook(100), { steps: 1000 }).filter((line) => line.includes('settled'))).toHaveLength(
      500,
    );
  });
});

describe('an overview of a run', () => {
  it('says the few things worth knowing', () => {
    const collector = new OverviewCollector();
    for (const line of poisonTrace()) collector.take(line);
    expect(renderOverview(collector.finish(), plainLook(100)).join('\n')).toMatchInlineSnapshot(`
      "Worth knowing about this run
        • 6 invocations for 2 batches: 2 were each a retry of a failed batch, 2 were each a half of a
          batch that was split.
        • 4 invocations did not succeed: 1 partial, 2 error, 1 throttled.
        • 1 batch was closed because it was full (2 records on average).
        • 1 batch was closed because its batching window ended (2 records on average).
        • 2 records were delivered more than once: bad (3), ok.3 (3).
        • The longest that failures blocked a lane is 3.16s: shardId-000000000000 of orders-consumer, from
          1.1s to 4.26s, by bad.
        • 1 record was discarded: 1 for RetryAttemptsExhausted.
        • The longest wait from arrival to first invocation was 1.05s, for bad.
        • The iterator age (of a batch's last record, when it was invoked) reached 4.21s.

      Rules applied
        6  x.batch-is-full
        1  x.retry
        1  x.split
        1  x.discard"
    `);
  });

  it('follows the iterator age of a shard through its retries', () => {
    const collector = new OverviewCollector();
    for (const line of poisonTrace()) collector.take(line);
    // bad was the last record of its batch when it was invoked alone at 4.15s; ok.3 at 4.21s.
    expect(collector.finish().iteratorAgeMs).toBe(4210);
  });

  it('says that every batch took one invocation when nothing failed', () => {
    const collector = new OverviewCollector();
    for (const line of poisonTrace().slice(0, 5)) collector.take(line);
    expect(renderOverview(collector.finish(), plainLook(60, true)).join('\n')).toMatchInlineSnapshot(`
      "Worth knowing about this run
        * 1 invocation, one for each batch.
        * 1 batch was closed because it was full (2 records on
          average).
        * The longest wait from arrival to first invocation was
          1s, for ok.1.

      Rules applied
        1  x.batch-is-full"
    `);
  });
});
