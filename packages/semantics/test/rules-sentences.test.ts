/** What a rule says about one case is a whole sentence, whatever the line knows. */
import { describe, expect, it } from 'vitest';
import { type RuleId, rules, sentence } from '../src/index.ts';
import { duration } from '../src/rules/words.ts';

const ids = Object.keys(rules) as RuleId[];

/** Data as lines of a trace carry it. */
const lines = {
  nothing: {},
  planned: { notBeforeMs: 67_498, spent: 1, budget: 2, waits: 0, sizes: [5, 6] },
  unlimited: { notBeforeMs: 1600, spent: 7, budget: 'untilExpiry', waits: 0, sizes: [1] },
  attempt: { invocation: 8, batch: 7, attempt: 3, ordinal: 3, closedBy: 'retry', bytes: 563 },
  half: { invocation: 8, batch: 7, attempt: 1, ordinal: 1, closedBy: 'split', bytes: 563 },
  discard: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3, expired: false },
  scaled: { from: 5, to: 10 },
};

describe.each(Object.entries(lines))('with the data of a line: %s', (_name, data) => {
  it.each(ids)('%s', (id) => {
    const text = sentence(id, data);
    expect(text).toMatch(/^[A-Z0-9].*[.]$/);
    expect(text).not.toMatch(/undefined|NaN|\[object|\d{4,} ms/);
  });
});

it.each([
  ['retry.failure-repeats-the-batch', lines.planned, 'tried again from 1m7.498s on (retry 1 of 2)'],
  ['retry.failure-repeats-the-batch', lines.unlimited, 'tried again from 1.6s on (retry 7, with no limit)'],
  ['retry.failure-repeats-the-batch', lines.attempt, 'This is retry 2 of a batch that had failed as a whole.'],
  ['retry.bisect-spends-nothing', lines.planned, 'split into halves of 5 and 6'],
  ['retry.bisect-spends-nothing', lines.half, 'one half of a batch that had failed'],
  ['retry.exhausted-batch-is-discarded', lines.discard, 'Every retry was spent: 3 invocations of this batch failed.'],
  ['sqs.scales-by-steady-steps', lines.scaled, 'Every poller found messages: 5 became 10 concurrent batches.'],
] as const)('%s says what happened', (id, data, part) => {
  expect(sentence(id, data)).toContain(part);
});

it.each([
  [0, '0s'],
  [250, '250ms'],
  [1050, '1.05s'],
  [150_000, '2m30s'],
  [4 * 86_400_000, '4d'],
  [undefined, undefined],
])('%s ms are %s', (ms, text) => expect(duration(ms)).toBe(text));
