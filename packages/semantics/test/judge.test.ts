/**
 * The retry rules as a table: every outcome, on every kind of source, with sizes and budgets; and the invariants of
 * `judge`: every record stands in exactly one part of the verdict, and what comes again keeps its order.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Again,
  isKafka,
  isQueue,
  type JudgedAttempt,
  judge,
  type Outcome,
  type Part,
  type PollerConfig,
  retryLimit,
  type SourceKind,
  take,
  type Verdict,
} from '../src/index.ts';
import { configOf } from './support/pollerConfigs.ts';

const KINDS = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const;
const ORDERED = KINDS.filter((kind) => !isQueue(kind));
const NOW = 1_000_000;

const success: Outcome = { kind: 'success' };
const error: Outcome = { kind: 'error', errorType: 'Error' };
const timeout: Outcome = { kind: 'timeout' };
const invalid: Outcome = { kind: 'invalid-response', rule: 'answer.error-fails-batch', reason: 'no list' };
const throttled: Outcome = { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' };
const unreachable: Outcome = { kind: 'unreachable', reason: 'ServiceException' };
const lost: Outcome = { kind: 'lost' };
const partial = (...failed: number[]): Outcome => ({ kind: 'partial', failed });

function attempt(size: number, more: Partial<JudgedAttempt> = {}): JudgedAttempt {
  return { size, spent: 0, ran: 0, waits: 0, ...more };
}

/** A verdict in one line: `rule: done 0 1 | left 2 | again 3 at +250 (retry, spent 1 ran 1 waits 0) | discard 4 …`. */
function say(verdict: Verdict, size: number): string {
  const all = Array.from({ length: size }, (_, index) => index);
  const list = (part: Part) => take(all, part).join(' ');
  const again = ({ part, closedBy, notBefore, spent, ran, waits }: Again) =>
    `again ${list(part)} at +${notBefore - NOW} (${closedBy}, spent ${spent} ran ${ran} waits ${waits})`;
  return [
    verdict.rule,
    ...verdict.done.map((part) => `done ${list(part)}`),
    ...verdict.left.map((part) => `left ${list(part)}`),
    ...verdict.again.map(again),
    ...verdict.discards.map(
      ({ part, condition, approximateInvokeCount, rule }) =>
        `discard ${list(part)} ${condition} after ${approximateInvokeCount} (${rule})`,
    ),
  ].join(' | ');
}

function verdictOf(kind: SourceKind, config: Partial<PollerConfig>, given: JudgedAttempt, outcome: Outcome): string {
  return say(judge(given, outcome, configOf(kind, config), NOW), given.size);
}

describe('a success', () => {
  it.each(KINDS)('%s: all is done', (kind) => {
    const rule = isQueue(kind) ? 'sqs.success-deletes' : 'stream.success-moves-the-checkpoint';
    expect(verdictOf(kind, {}, attempt(3), success)).toBe(`${rule} | done 0 1 2`);
  });
});

describe('queues', () => {
  const visible = { visibleAtMs: NOW + 30_000 };

  it.each([
    ['error', error],
    ['timeout', timeout],
    ['invalid-response', invalid],
    ['lost', lost],
  ])('sqs.failure-waits-for-visibility: %s', (_, outcome) => {
    for (const kind of ['sqs', 'sqs-fifo'] as const) {
      expect(verdictOf(kind, { bisect: true, maximumRetries: 0 }, attempt(3, visible), outcome)).toBe(
        'sqs.failure-waits-for-visibility | left 0 1 2',
      );
    }
  });

  it.each([
    [[0], 'done 1 2 | left 0'],
    [[1], 'done 0 2 | left 1'],
    [[0, 1, 2], 'done  | left 0 1 2'],
  ])('sqs.partial-failure-deletes-the-rest: %j', (failed, expected) => {
    expect(verdictOf('sqs', {}, attempt(3, visible), partial(...failed))).toBe(
      `sqs.partial-failure-deletes-the-rest | ${expected}`,
    );
  });

  it.each([
    [0, 100],
    [1, 200],
    [6, 6400],
    [7, 10_000],
    [50, 10_000],
  ])('sqs.throttled-batch-waits: after %i waits, %i ms', (waits, waitMs) => {
    for (const outcome of [throttled, unreachable]) {
      expect(verdictOf('sqs', {}, attempt(2, { ...visible, waits }), outcome)).toBe(
        `sqs.throttled-batch-waits | again 0 1 at +${waitMs} (retry, spent 0 ran 0 waits ${waits + 1})`,
      );
    }
  });

  it.each([
    [3100, 'again'],
    [3099, 'left'],
    [0, 'left'],
  ])('sqs.throttled-batch-is-let-go: %i ms before the messages are visible it is %s', (leftMs, then) => {
    const verdict = judge(attempt(1, { visibleAtMs: NOW + leftMs }), throttled, configOf('sqs'), NOW);
    expect(verdict.left.length).toBe(then === 'left' ? 1 : 0);
    expect(verdict.rule).toBe(then === 'left' ? 'sqs.throttled-batch-is-let-go' : 'sqs.throttled-batch-waits');
  });
});

describe('streams and Kafka', () => {
  it.each(ORDERED)('%s: retry.failure-repeats-the-batch, whatever failed it', (kind) => {
    for (const outcome of [error, timeout, invalid]) {
      expect(verdictOf(kind, { maximumRetries: 3 }, attempt(2, { spent: 1, ran: 1, waits: 4 }), outcome)).toBe(
        'retry.failure-repeats-the-batch | again 0 1 at +500 (retry, spent 2 ran 2 waits 0)',
      );
    }
  });

  it.each([
    [0, 250],
    [1, 500],
    [7, 32_000],
    [8, 60_000],
    [10_000, 60_000],
  ])('with %i retries spent the next is %i ms later', (spent, waitMs) => {
    const [again] = judge(attempt(1, { spent, ran: spent }), error, configOf('kinesis'), NOW).again;
    expect((again?.notBefore ?? 0) - NOW).toBe(waitMs);
  });

  it.each([
    ['retry.throttle-spends-nothing', throttled],
    ['retry.unreachable-spends-nothing', unreachable],
    ['retry.lost-attempt-spends-nothing', lost],
  ])('%s', (rule, outcome) => {
    for (const kind of ORDERED) {
      expect(verdictOf(kind, { maximumRetries: 0, bisect: true }, attempt(2, { waits: 2 }), outcome)).toBe(
        `${rule} | again 0 1 at +1000 (retry, spent 0 ran 0 waits 3)`,
      );
    }
  });

  it.each([
    [0, 0],
    [3, 3],
  ])('retry.exhausted-batch-is-discarded: with %i retries, %i spent', (maximumRetries, spent) => {
    for (const kind of ORDERED) {
      expect(verdictOf(kind, { maximumRetries }, attempt(2, { spent, ran: spent }), error)).toBe(
        `retry.exhausted-batch-is-discarded | discard 0 1 RetryAttemptsExhausted after ${spent + 1} (retry.exhausted-batch-is-discarded)`,
      );
    }
  });

  it('kafka.ten-retries-with-destination', () => {
    const last = attempt(1, { spent: 10, ran: 10 });
    const rule = 'kafka.ten-retries-with-destination';
    expect(verdictOf('msk', { hasDestination: true }, last, error)).toBe(
      `${rule} | discard 0 RetryAttemptsExhausted after 11 (${rule})`,
    );
    expect(verdictOf('msk', { hasDestination: true }, attempt(1, { spent: 9 }), error)).toContain('again');
    expect(verdictOf('msk', {}, last, error)).toContain('again');
    expect(verdictOf('kinesis', { hasDestination: true }, last, error)).toContain('again');
    expect(verdictOf('msk', { hasDestination: true, maximumRetries: 20 }, last, error)).toContain('again');
  });

  it.each([
    [2, '0 at +0', '1 at +0'],
    [3, '0 at +0', '1 2 at +0'],
    [9, '0 1 2 3 at +0', '4 5 6 7 8 at +0'],
  ])('retry.bisect-spends-nothing: %i records', (size, first, second) => {
    const fresh = '(split, spent 0 ran 0 waits 0)';
    for (const kind of ORDERED) {
      expect(verdictOf(kind, { bisect: true, maximumRetries: 0 }, attempt(size, { spent: 0 }), error)).toBe(
        `retry.bisect-spends-nothing | again ${first} ${fresh} | again ${second} ${fresh}`,
      );
    }
    expect(verdictOf('kinesis', { bisect: true, maximumRetries: 0 }, attempt(1), error)).toContain('discard 0');
  });

  it.each([
    [[2], 'done 0 1 | again 2 at +0 (rest, spent 0 ran 0 waits 0)'],
    [[1, 2], 'done 0 | again 1 2 at +0 (rest, spent 0 ran 0 waits 0)'],
    [[1], 'done 0 | again 1 2 at +0 (rest, spent 0 ran 0 waits 0)'],
  ])('stream.lowest-reported-record-is-the-checkpoint: %j', (failed, expected) => {
    for (const kind of ['kinesis', 'dynamodb'] as const) {
      expect(verdictOf(kind, { bisect: true }, attempt(3, { spent: 7, ran: 7, waits: 1 }), partial(...failed))).toBe(
        `stream.lowest-reported-record-is-the-checkpoint | ${expected}`,
      );
    }
  });

  it.each([
    [[2], 'done 0 1 | again 2 at +0 (rest, spent 0 ran 0 waits 0)'],
    [[0, 2], 'done 1 | again 0 2 at +0 (rest, spent 0 ran 0 waits 0)'],
    [[0], 'done 1 2 | again 0 at +0 (rest, spent 0 ran 0 waits 0)'],
  ])('kafka.only-reported-records-retry: %j', (failed, expected) => {
    expect(verdictOf('msk', {}, attempt(3), partial(...failed))).toBe(
      `kafka.only-reported-records-retry | ${expected}`,
    );
  });

  it('retry.budget-resets-on-progress is the rule of what comes again', () => {
    const { again } = judge(attempt(3, { spent: 3, ran: 3 }), partial(1), configOf('kinesis'), NOW);
    expect(again.map(({ rule }) => rule)).toEqual(['retry.budget-resets-on-progress']);
  });

  it.each([
    ['kinesis', [0, 2]],
    ['dynamodb', [0]],
    ['msk', [0, 1, 2]],
  ] as const)('retry.no-progress-is-a-failure: %s %j', (kind, failed) => {
    expect(verdictOf(kind, { maximumRetries: 1 }, attempt(3), partial(...failed))).toBe(
      'retry.no-progress-is-a-failure | again 0 1 2 at +250 (retry, spent 1 ran 1 waits 0)',
    );
    expect(verdictOf(kind, { maximumRetries: 1 }, attempt(3, { spent: 1 }), partial(...failed))).toContain('discard');
    expect(verdictOf(kind, { bisect: true }, attempt(3), partial(...failed))).toContain('retry.bisect-spends-nothing');
  });
});

describe('any verdict', () => {
  const outcomes = (size: number): fc.Arbitrary<Outcome> =>
    fc.oneof(
      fc.constantFrom(success, error, timeout, invalid, throttled, unreachable, lost),
      fc.subarray([...Array(size).keys()], { minLength: 1 }).map((failed) => partial(...failed)),
    );
  const cases = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.record({
      kind: fc.constantFrom(...KINDS),
      config: fc.record({
        bisect: fc.boolean(),
        hasDestination: fc.boolean(),
        maximumRetries: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant('untilExpiry' as const)),
      }),
      given: fc.record({
        size: fc.constant(size),
        spent: fc.integer({ min: 0, max: 4 }),
        ran: fc.integer({ min: 0, max: 8 }),
        waits: fc.integer({ min: 0, max: 3 }),
      }),
      outcome: outcomes(size),
    }),
  );

  it('puts every record into exactly one part, in order', () => {
    fc.assert(
      fc.property(cases, ({ kind, config, given, outcome }) => {
        const verdict = judge(given, outcome, configOf(kind, config), NOW);
        const all = Array.from({ length: given.size }, (_, index) => index);
        const parts = [...verdict.done, ...verdict.left, ...verdict.discards.map(({ part }) => part)];
        const again = verdict.again.flatMap(({ part }) => take(all, part));
        const everywhere = [...parts.flatMap((part) => take(all, part)), ...again];
        expect([...everywhere].sort((a, b) => a - b)).toEqual(all);
        expect(again).toEqual([...again].sort((a, b) => a - b));
      }),
    );
  });

  it('spends a retry only when the function was reached, and never more than there are', () => {
    fc.assert(
      fc.property(cases, ({ kind, config, given, outcome }) => {
        const full = configOf(kind, config);
        const { again, discards } = judge(given, outcome, full, NOW);
        const limit = retryLimit(full);
        const reached = !['throttled', 'unreachable', 'lost'].includes(outcome.kind);
        for (const each of again) {
          if (!reached) expect(each.spent).toBe(given.spent);
          if (reached && limit !== 'untilExpiry') expect(each.spent).toBeLessThanOrEqual(Math.max(limit, 0));
          if (each.waited !== true) expect(each.waits).toBe(0);
          expect(each.notBefore).toBeGreaterThanOrEqual(NOW);
        }
        if (discards.length > 0) expect(given.spent).toBeGreaterThanOrEqual(limit as number);
        if (isQueue(kind)) expect(discards).toEqual([]);
        if (discards.length > 0 && config.bisect) expect(given.size).toBe(1);
        if (outcome.kind === 'success') expect(again).toEqual([]);
        if (isKafka(kind) && discards.length > 0) expect(limit).not.toBe('untilExpiry');
      }),
    );
  });
});
