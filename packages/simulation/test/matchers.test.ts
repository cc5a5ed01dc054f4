/** The matchers, through vitest's own `expect` and through the chain: each holds, fails, and says why. */
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../src/result/result.ts';
import { expectRun, type MillraceMatchers, millraceMatchers, RunAssertionError } from '../src/testing/index.ts';
import { discard, invocation, poisonRun, result } from './sample-runs.ts';

declare module 'vitest' {
  interface Matchers<T> extends MillraceMatchers<T> {}
}
expect.extend(millraceMatchers);

const run = { result: poisonRun() };
const fates = {
  result: result({
    records: [
      { id: 'gone', deliveries: 0, fate: 'expired' },
      { id: 'seen', deliveries: 3, fate: 'dead-lettered', fates: { a: 'succeeded', b: 'filtered' } },
      { id: 'unfit', deliveries: 0, fate: 'filtered' },
    ],
    queues: { 'orders-dlq': [{ messageId: 'm', body: 'b', record: 'seen' }] },
    errors: [{ code: 'InvalidParameterValueException', message: 'Batch size too large' }],
    violations: [{ invariant: 'at most one batch in flight', message: 'two at once', records: [], atMs: [] }],
  }),
  misses: [{ path: 'expect.invocations', expected: 1, actual: 2, message: 'it invoked twice' }],
};

type Check = (chain: ReturnType<typeof expectRun>) => unknown;

const table: [string, typeof fates | typeof run, Check, Check, RegExp][] = [
  [
    'toDeliver',
    run,
    (x) => x.toDeliver('bad', 5),
    (x) => x.toDeliver('bad', { max: 4 }),
    /deliver bad at most 4 times, but it was delivered 5 times/,
  ],
  [
    'toDeliver (at all)',
    run,
    (x) => x.toDeliver('ok.1'),
    (x) => x.toDeliver('ok.1', 0),
    /deliver ok.1 0 times, but it was delivered once/,
  ],
  [
    'toDiscard',
    run,
    (x) => x.toDiscard('bad', { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 }),
    (x) => x.toDiscard('bad', { condition: 'RecordAgeExceeded' }),
    /with condition "RecordAgeExceeded", but it was discarded with RetryAttemptsExhausted after 4 invocations/,
  ],
  [
    'toDiscard (not at all)',
    run,
    (x) => x.toDiscard('bad'),
    (x) => x.toDiscard('ok.1'),
    /discard ok.1, but it is succeeded/,
  ],
  ['toSucceed', run, (x) => x.toSucceed('ok.5'), (x) => x.toSucceed('bad'), /leave bad succeeded, but it is discarded/],
  [
    'toSucceed (all)',
    { result: result({ records: [{ id: 'a', deliveries: 1, fate: 'succeeded' }] }) },
    (x) => x.toSucceed(),
    (x) => x.not.toSucceed(),
    /not to let every record succeed, but 1 of 1 record succeeded/,
  ],
  ['toFilter', fates, (x) => x.toFilter('unfit'), (x) => x.toFilter('gone'), /leave gone filtered, but it is expired/],
  [
    'toExpire',
    fates,
    (x) => x.toExpire('gone'),
    (x) => x.toExpire('seen'),
    /leave seen expired, but it is dead-lettered/,
  ],
  [
    'toDeadLetter',
    fates,
    (x) => x.toDeadLetter('seen').toDeadLetter('seen', 'orders-dlq'),
    (x) => x.toDeadLetter('seen', 'other'),
    /in the dead-letter queue other, but it lies in orders-dlq/,
  ],
  [
    'toHaveFate',
    fates,
    (x) => x.toHaveFate('seen', 'filtered', 'b'),
    (x) => x.toHaveFate('seen', 'filtered', 'a'),
    /leave seen filtered in a, but it is succeeded/,
  ],
  [
    'toInvoke',
    run,
    (x) => x.toInvoke(6),
    (x) => x.toInvoke({ min: 7 }),
    /invoke at least 7 times, but it invoked 6 times/,
  ],
  [
    'toBatch',
    run,
    (x) => x.toBatch([['ok.1', 'ok.2', 'ok.3'], ['ok.4', 'ok.5', 'bad'], ['bad'], ['bad'], ['bad'], ['bad']]),
    (x) => x.toBatch([['ok.1', 'ok.2', 'ok.3'], ['ok.4']]),
    /invocation #2 had \[ok.4, ok.5, bad\] where \[ok.4\] was expected/,
  ],
  ['toKeepOrder', run, (x) => x.toKeepOrder(), (x) => x.not.toKeepOrder(), /not to keep the order of every lane/],
  [
    'toHaveNoViolations',
    run,
    (x) => x.toHaveNoViolations(),
    () => expectRun(fates).toHaveNoViolations(),
    /1 invariant broke, the first at most one batch in flight: two at once/,
  ],
  [
    'toMeetExpectations',
    run,
    (x) => x.toMeetExpectations(),
    () => expectRun(fates).toMeetExpectations(),
    /expect.invocations: it invoked twice/,
  ],
  [
    'toBeRefused',
    fates,
    (x) => x.toBeRefused().toBeRefused('InvalidParameterValueException', 'too large'),
    (x) => x.toBeRefused('ServiceException'),
    /be refused with ServiceException, but it was refused with InvalidParameterValueException/,
  ],
];

describe('expectRun', () => {
  it.each(table)('%s holds and fails', (_name, given, holds, fails, message) => {
    holds(expectRun(given));
    expect(() => fails(expectRun(given))).toThrow(message);
    expect(() => fails(expectRun(given))).toThrow(RunAssertionError);
  });

  it('covers every matcher in the table above', () => {
    const covered = new Set(table.map(([name]) => name.split(' ')[0]));
    expect([...covered].sort()).toEqual(Object.keys(millraceMatchers).sort());
  });

  it('negates only the next call', () => {
    expectRun(run).not.toDeliver('bad', 4).toDeliver('bad', 5);
    expect(() => expectRun(run).not.toDeliver('bad', 5)).toThrow(/expected the run not to deliver bad 5 times/);
  });

  it('shows the timeline in the failure message', () => {
    let message = '';
    try {
      expectRun({ result: poisonRun() }).toDeliver('bad', 4);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatchInlineSnapshot(`
      "expected the run to deliver bad 4 times, but it was delivered 5 times

                            0s                      5s                      10s                     15s
                            ┬───────────────────────┬───────────────────────┬───────────────────────┬─────
      shardId-000000000000      ━◐    ◐        ↻◐                  ↻━━━━━━⧖                              ▼
      ◐ partial   ⧖ timeout   ↻ retry   ▼ discarded

      Invocations
        #1     1s  50ms  shardId-000000000000  size     ok.1, ok.2, ok.3  ✓ success (cold)
        #2  1.05s  50ms  shardId-000000000000  size     ok.4, ok.5, bad   ◐ partial
        #3   2.1s  50ms  shardId-000000000000  retry    bad               ◐ partial
        #4  4.15s  50ms  shardId-000000000000  retry 2  bad               ◐ partial
        #5   8.2s  1.5s  shardId-000000000000  retry 3  bad               ⧖ timeout
        #6  16.2s  50ms  shardId-000000000000  retry 4  bad               ◐ partial

      Discarded
        16.25s  bad  RetryAttemptsExhausted after 4 invocations → failed
                     in batches of 3 → 1 ×4"
    `);
  });

  it('refuses a record that does not exist, also when negated, and names close ones', () => {
    expect(() => expectRun(run).not.toDeliver('ok.9')).toThrow(
      'There is no record "ok.9" in this run. Did you mean ok.1, ok.2 or ok.3?',
    );
    expect(() => expectRun({ result: result({}) }).toDeliver('bad')).toThrow('without `summary`');
  });
});

describe('vitest matchers', () => {
  it('work with expect.extend', () => {
    expect(run).toDeliver('bad', 5);
    expect(run).not.toDeliver('bad', 1);
    expect(() => expect(run).toKeepOrder()).not.toThrow();
    expect(() => expect(run).toDeliver('bad', 1)).toThrow(/delivered 5 times[\s\S]*shardId-000000000000/);
  });

  it('say what to do about a promise', () => {
    expect(() => expect(Promise.resolve(run)).toKeepOrder()).toThrow('expect(await simulate(…))');
  });
});

describe('toKeepOrder', () => {
  const broken = (parts: Partial<RunResult>) => () => expectRun({ result: result(parts) }).toKeepOrder();
  const first = invocation({ id: 1, startMs: 0, endMs: 50, records: ['a', 'b'], outcome: 'error' });

  it('sees two invocations of one lane at once', () => {
    const second = invocation({ id: 2, startMs: 20, records: ['c'] });
    expect(broken({ invocations: [first, second] })).toThrow(
      'invocation #2 started in lane shardId-000000000000 while another one was running',
    );
  });

  it('sees a retry behind a later batch', () => {
    const later = invocation({ id: 2, startMs: 60, records: ['c'] });
    const retry = invocation({ id: 3, startMs: 200, records: ['a', 'b'], closedBy: 'retry' });
    expect(broken({ invocations: [first, later, retry] })).toThrow(
      'invocation #3 retried a in lane shardId-000000000000 after a later batch was started',
    );
  });

  it('accepts halves in order, and records that come back in a new batch', () => {
    const halves = [
      invocation({ id: 2, startMs: 100, records: ['a'], closedBy: 'split' }),
      invocation({ id: 3, startMs: 200, records: ['b'], closedBy: 'split' }),
      invocation({ id: 4, startMs: 300, records: ['a', 'b'], closedBy: 'available' }),
    ];
    expect(
      broken({ invocations: [first, ...halves], discards: [discard({ atMs: 400, records: ['b'] })] }),
    ).not.toThrow();
  });
});
