/** Whatever a run holds, its report is text that fits: no crash, no line over the width, no control characters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLook } from '../src/render/look.ts';
import { renderReport } from '../src/render/report.ts';
import type { DiscardResult, InvocationResult, OutcomeKind } from '../src/result/result.ts';
import { discard, invocation, result } from './sample-runs.ts';

const time = fc.oneof(fc.nat(100), fc.nat(100_000), fc.nat(1e9));
const name = fc.string({ minLength: 1, maxLength: 40, unit: fc.constantFrom('a', 'b', '-', '0', '9', '.') });
const names = fc.array(name, { maxLength: 50 });
const outcome = fc.constantFrom<OutcomeKind[]>(
  'success',
  'partial',
  'error',
  'timeout',
  'invalid-response',
  'throttled',
  'unreachable',
  'lost',
);
const closedBy = fc.constantFrom<InvocationResult['closedBy'][]>(
  'size',
  'window',
  'payload',
  'available',
  'retry',
  'split',
  'rest',
  'window-end',
);

const invocations = fc
  .array(
    fc.record({
      startMs: time,
      took: time,
      lanes: fc.array(name, { maxLength: 3 }),
      records: names,
      outcome,
      closedBy,
      mapping: fc.constantFrom('m', 'n'),
      cold: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((list) =>
    list
      .sort((a, b) => a.startMs - b.startMs)
      .map(({ took, ...parts }, at) => invocation({ ...parts, id: at + 1, endMs: parts.startMs + took })),
  );

const discards: fc.Arbitrary<DiscardResult[]> = fc.array(
  fc
    .record({
      atMs: time,
      records: names,
      destination: fc.constantFrom(null, 'kafka://topic', 'arn:aws:sqs:us-east-1:123456789012:failed'),
      delivered: fc.boolean(),
    })
    .map(discard),
  { maxLength: 15 },
);

describe('any report', () => {
  it('fits its width', () => {
    fc.assert(
      fc.property(
        invocations,
        discards,
        fc.integer({ min: 80, max: 200 }),
        fc.boolean(),
        (made, given, width, ascii) => {
          const run = result({ invocations: made, discards: given, virtualMs: 1e9 });
          for (const line of renderReport({ result: run }, plainLook(width, ascii))) {
            expect(Array.from(line).length, line).toBeLessThanOrEqual(width);
            if (ascii) expect(line).toMatch(/^[\x20-\x7e]*$/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
