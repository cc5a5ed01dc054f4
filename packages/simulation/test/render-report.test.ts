/** The report's exact text: what a person sees of a run, at three widths and in both alphabets. */
import { describe, expect, it } from 'vitest';
import { plainLook } from '../src/render/look.ts';
import { renderReport } from '../src/render/report.ts';
import { renderTimeline } from '../src/render/timeline.ts';
import { busyQueueRun, discard, invocation, manyLanesRun, poisonRun, result } from './sample-runs.ts';

const miss = { path: 'expect.deliveries.bad', expected: 4, actual: 5, message: 'bad was delivered 5 times' };

function report(width: number, ascii = false): string {
  return renderReport({ result: poisonRun(), misses: [miss] }, plainLook(width, ascii)).join('\n');
}

describe('the report of a small run', () => {
  it('fits 60 columns of ASCII', () => {
    expect(report(60, true)).toMatchInlineSnapshot(`
      "poison-record-after-partial-success  seed 7

                            0s                     10s
                            +----------------------+--------------
      shardId-000000000000    o ro   o         r==t              v
      o partial   t timeout   r retry   v discarded

      Invocations
        #1     1s  size     ok.1, ok.2, ok.3  + success
        #2  1.05s  size     ok.4, ok.5, bad   o partial
        #3   2.1s  retry    bad               o partial
        #4  4.15s  retry 2  bad               o partial
        #5   8.2s  retry 3  bad               t timeout
        #6  16.2s  retry 4  bad               o partial

      Discarded
        16.25s  bad  RetryAttemptsExhausted after 4 invocations ->
                     failed
                     in batches of 3 -> 1 x4

      Records       6   5 succeeded   1 discarded   10 deliveries
      Invocations   6   1 success   4 partial   1 timeout   1 cold
      Discards      1 RetryAttemptsExhausted
      Metrics       PolledEventCount 6   InvokedEventCount 10
                    FailedInvokeEventCount 5
                    OnFailureDestinationDeliveredEventCount 1
                    IteratorAgeMax 16.2s
                    ConcurrentExecutionsMax 1
      Checkpoints   shardId-000000000000 4959033~6588802
      Virtual time  16.25s

      Not as expected
        * expect.deliveries.bad: bad was delivered 5 times
          expected  4
          actual    5"
    `);
  });

  it('fits 80 columns', () => {
    expect(report(80)).toMatchInlineSnapshot(`
      "poison-record-after-partial-success  seed 7

                            0s               5s                10s               15s
                            ┬────────────────┬─────────────────┬─────────────────┬────
      shardId-000000000000     ◐   ◐      ◐              ↻━━━━⧖                      ▼
      ◐ partial   ⧖ timeout   ↻ retry   ▼ discarded

      Invocations
        #1     1s  shardId-000000000000  size     ok.1, ok.2, ok.3  ✓ success
        #2  1.05s  shardId-000000000000  size     ok.4, ok.5, bad   ◐ partial
        #3   2.1s  shardId-000000000000  retry    bad               ◐ partial
        #4  4.15s  shardId-000000000000  retry 2  bad               ◐ partial
        #5   8.2s  shardId-000000000000  retry 3  bad               ⧖ timeout
        #6  16.2s  shardId-000000000000  retry 4  bad               ◐ partial

      Discarded
        16.25s  bad  RetryAttemptsExhausted after 4 invocations → failed
                     in batches of 3 → 1 ×4

      Records       6   5 succeeded   1 discarded   10 deliveries
      Invocations   6   1 success   4 partial   1 timeout   1 cold
      Discards      1 RetryAttemptsExhausted
      Metrics       PolledEventCount 6   InvokedEventCount 10
                    FailedInvokeEventCount 5
                    OnFailureDestinationDeliveredEventCount 1   IteratorAgeMax 16.2s
                    ConcurrentExecutionsMax 1
      Checkpoints   shardId-000000000000 4959033…6588802
      Virtual time  16.25s

      Not as expected
        • expect.deliveries.bad: bad was delivered 5 times
          expected  4
          actual    5"
    `);
  });

  it('fits 120 columns', () => {
    expect(report(120)).toMatchInlineSnapshot(`
      "poison-record-after-partial-success  seed 7

                            0s                            5s                            10s                           15s
                            ┬─────────────────────────────┬─────────────────────────────┬─────────────────────────────┬───────
      shardId-000000000000        ◐     ◐            ◐                       ↻━━━━━━━━⧖                                      ▼
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
                     in batches of 3 → 1 ×4

      Records       6   5 succeeded   1 discarded   10 deliveries
      Invocations   6   1 success   4 partial   1 timeout   1 cold
      Discards      1 RetryAttemptsExhausted
      Metrics       PolledEventCount 6   InvokedEventCount 10   FailedInvokeEventCount 5
                    OnFailureDestinationDeliveredEventCount 1   IteratorAgeMax 16.2s   ConcurrentExecutionsMax 1
      Checkpoints   shardId-000000000000 4959033…6588802
      Virtual time  16.25s

      Not as expected
        • expect.deliveries.bad: bad was delivered 5 times
          expected  4
          actual    5"
    `);
  });

  it('says why a mapping was refused, and shows no empty run', () => {
    const refused = result({
      scenario: 'refused',
      errors: [
        {
          code: 'InvalidParameterValueException',
          message:
            'Batch size must be smaller than the visibility timeout of a queue that does not exist, which is too long for a line.',
        },
      ],
    });
    expect(renderReport({ result: refused }, plainLook(60)).join('\n')).toMatchInlineSnapshot(`
      "refused  seed 1

      Refused: InvalidParameterValueException
        Batch size must be smaller than the visibility timeout of
        a queue that does not exist, which is too long for a line."
    `);
  });

  it('shows broken invariants with the records and times that prove them', () => {
    const violated = result({
      violations: [
        {
          invariant: 'order',
          message: 'b.2 started before b.1 was finished',
          records: ['b.1', 'b.2'],
          atMs: [1000, 1050],
        },
      ],
    });
    expect(renderReport({ result: violated }, plainLook(60)).join('\n')).toMatchInlineSnapshot(`
      "sample  seed 1

      Records       0
      Invocations   0
      Virtual time  0s

      Broken invariants
        • order: b.2 started before b.1 was finished. Records:
          b.1, b.2. At 1s, 1.05s."
    `);
  });
});

describe('the timeline', () => {
  it('shows the lanes with most trouble when there are too many', () => {
    expect(renderTimeline(manyLanesRun(), plainLook(80), { lanes: 4 }).join('\n')).toMatchInlineSnapshot(`
      "                      0s             1s             2s             3s
                            ┬──────────────┬──────────────┬──────────────┬────────────
      shardId-000000000000                 ━━━━━━✓                       ━━━━━━━✓
      shardId-000000000001                 ━━━━━━✓                        ━━━━━━✓
      shardId-000000000002                 ━━━━━━✓                        ━━━━━━✓
      shardId-000000000037                      ━━━━━━━✓                       ━━━━━━✗
      … and 36 more lanes (72 invocations, all succeeded)
      ✓ success   ✗ error"
    `);
  });

  it('adds rows of density when a cell holds more than one invocation', () => {
    expect(renderTimeline(busyQueueRun(), plainLook(80)).join('\n')).toMatchInlineSnapshot(`
      "                         0s           15m           30m           45m
                               ┬────────────┬─────────────┬─────────────┬─────────────
      invocations (max 33)     ███████████████████████████████████████████████████████
      throttled (max 11)                                  ▃█▁                         
      concurrent 1             ✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓~~~✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓
      concurrent 2             ✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓
      concurrent 3             ✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓
      ✓ success   ~ throttled   a cell shows the worst of its 1m5s"
    `);
  });

  it.each([40, 60, 80, 120, 200])('stays within %i columns', (width) => {
    for (const run of [poisonRun(), manyLanesRun(), busyQueueRun()]) {
      for (const line of [
        ...renderTimeline(run, plainLook(width)),
        ...(width >= 60 ? renderReport({ result: run }, plainLook(width)) : []),
      ])
        expect(Array.from(line).length).toBeLessThanOrEqual(width);
    }
  });

  it('puts a discard beside the failure that caused it, where there is room', () => {
    const run = result({
      invocations: [
        invocation({ id: 1, startMs: 1000, outcome: 'error', records: ['bad'] }),
        invocation({ id: 2, startMs: 3950, endMs: 4000, records: ['good'] }),
      ],
      discards: [discard({ atMs: 1050, records: ['bad'] })],
    });
    expect(renderTimeline(run, plainLook(60))[2]).toMatch(/^shardId-000000000000 +✗▼ +✓$/);
  });

  it('is empty for a run in which nothing happened', () => {
    expect(renderTimeline(result({}), plainLook())).toEqual([]);
  });

  it('paints no character of its own: without the paint the text is the same', () => {
    const painted = { ...plainLook(80), paint: (tone: string, text: string) => `<${tone}>${text}</>` };
    const stripped = renderTimeline(poisonRun(), painted).map((line) => line.replace(/<\/?\w*>/g, '').trimEnd());
    expect(stripped).toEqual(renderTimeline(poisonRun(), plainLook(80)).map((line) => line.trimEnd()));
  });
});
