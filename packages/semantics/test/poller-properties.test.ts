/** The poller under random facts, and the retry rules under random attempts. No world around them, only the core. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, PollerConfig, SourceKind } from '../src/index.ts';
import { type JudgedAttempt, judge, type Part } from '../src/poller/judge.ts';
import { configOf } from './support/pollerConfigs.ts';
import { type Move, RandomDriver } from './support/randomDriver.ts';

const kinds: readonly SourceKind[] = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'];

const configs: fc.Arbitrary<PollerConfig> = fc
  .record({
    kind: fc.constantFrom<SourceKind[]>('sqs', 'sqs-fifo', 'kinesis', 'msk'),
    batchSize: fc.constantFrom(1, 2, 3, 10),
    batchWindowMs: fc.constantFrom(0, 500, 2000),
    factor: fc.constantFrom(1, 2, 5),
    maximumRetries: fc.constantFrom<PollerConfig['maximumRetries'][]>('untilExpiry', 0, 1, 3),
    maximumRecordAgeMs: fc.constantFrom<PollerConfig['maximumRecordAgeMs'][]>('never', 60_000),
    bisect: fc.boolean(),
    partialResponses: fc.boolean(),
    tumblingWindowMs: fc.constantFrom(0, 0, 1000, 10_000),
    hasDestination: fc.boolean(),
  })
  .map(({ kind, factor, tumblingWindowMs, batchWindowMs, ...rest }) => {
    const windowed = kind === 'kinesis' ? tumblingWindowMs : 0;
    const parallelizationFactor = kind === 'kinesis' && windowed === 0 ? factor : 1;
    const window = { batchWindowMs: kind === 'sqs-fifo' ? 0 : batchWindowMs };
    return configOf(kind, { ...rest, ...window, tumblingWindowMs: windowed, parallelizationFactor });
  });

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    do: fc.constantFrom<Move['do'][]>(
      'answer',
      'answer',
      'answer',
      'answer',
      'repeat',
      'unknown',
      'wake',
      'wait',
      'allow',
    ),
    which: fc.nat({ max: 1000 }),
    how: fc.nat({ max: 1000 }),
  }),
  { maxLength: 60, size: 'max' },
);

/** The same facts every time, but for deep tests. */
const runs = process.env.MILLRACE_DEEP === '1' ? { numRuns: 10_000 } : { numRuns: 400, seed: 20_260_101 };

describe('a poller that is driven at random', () => {
  test('keeps its lanes apart, ignores what it did not ask for, and is its clone', () => {
    const property = fc.property(configs, moves, (config, played) => {
      const driver = new RandomDriver(config, config.kind === 'msk' ? ['t-0', 't-1', 't-2'] : []);
      for (const move of played) driver.play(move);
      expect(driver.wrong).toEqual([]);
    });
    fc.assert(property, runs);
  });

  test('loses nothing: once all goes well, every record comes to its end', () => {
    const property = fc.property(configs, moves, (config, played) => {
      const driver = new RandomDriver(config, config.kind === 'msk' ? ['t-0', 't-1', 't-2'] : []);
      for (const move of played) driver.play(move);
      driver.settleDown();
      expect(driver.wrong).toEqual([]);
      expect(driver.unfinished).toEqual([]);
    });
    fc.assert(property, runs);
  });
});

test('the driver gets somewhere', () => {
  const played = fc.sample(fc.tuple(configs, moves), { numRuns: 300, seed: 7 }).map(([config, some]) => {
    const driver = new RandomDriver(config, config.kind === 'msk' ? ['t-0', 't-1', 't-2'] : []);
    for (const move of some) driver.play(move);
    return driver.invocations;
  });
  expect(played.filter((invocations) => invocations > 2).length).toBeGreaterThan(100);
});

describe('judge', () => {
  test('puts every index into exactly one of done, left, discards and again', () => {
    const property = fc.property(judged, ({ attempt, outcome, config }) => {
      const verdict = judge(attempt, outcome, config, 1_000_000);
      const parts = [
        ...verdict.done,
        ...verdict.left,
        ...[...verdict.discards, ...verdict.again].map(({ part }) => part),
      ];
      const indexes = parts.flatMap(indexesOf).sort((one, other) => one - other);
      expect(indexes).toEqual(Array.from({ length: attempt.size }, (_, index) => index));
      const again = verdict.again.flatMap(({ part }) => indexesOf(part));
      expect(again).toEqual([...again].sort((one, other) => one - other));
    });
    fc.assert(property, { ...runs, numRuns: runs.numRuns * 5 });
  });
});

const judged = fc
  .record({
    kind: fc.constantFrom(...kinds),
    size: fc.integer({ min: 1, max: 12 }),
    spent: fc.nat({ max: 12 }),
    ran: fc.nat({ max: 12 }),
    waits: fc.nat({ max: 12 }),
    outcome: fc.constantFrom(
      'success',
      'partial',
      'invalid-response',
      'error',
      'timeout',
      'throttled',
      'unreachable',
      'lost',
    ),
    picks: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    maximumRetries: fc.constantFrom<PollerConfig['maximumRetries'][]>('untilExpiry', 0, 3),
    bisect: fc.boolean(),
    hasDestination: fc.boolean(),
    visibleInMs: fc.constantFrom(0, 5000, 60_000),
  })
  .map(({ kind, outcome, picks, maximumRetries, bisect, hasDestination, visibleInMs, ...numbers }) => {
    const attempt: JudgedAttempt = { ...numbers, visibleAtMs: 1_000_000 + visibleInMs };
    const config = configOf(kind, { maximumRetries, bisect, hasDestination, partialResponses: true });
    return { attempt, config, outcome: outcomeOf(outcome, picks.slice(0, attempt.size)) };
  });

function outcomeOf(kind: Outcome['kind'], picks: readonly boolean[]): Outcome {
  switch (kind) {
    case 'partial': {
      const failed = picks.flatMap((picked, index) => (picked ? [index] : []));
      return { kind, failed: failed.length > 0 ? failed : [0] };
    }
    case 'invalid-response':
      return { kind, rule: 'answer.invalid-response-is-complete-failure' as never, reason: 'no list' };
    case 'error':
      return { kind, errorType: 'Error' };
    case 'throttled':
    case 'unreachable':
      return { kind, reason: 'refused' };
    case 'success':
    case 'timeout':
    case 'lost':
      return { kind };
  }
}

function indexesOf(part: Part): readonly number[] {
  if ('picks' in part) return part.picks;
  return Array.from({ length: part.to - part.from }, (_, index) => part.from + index);
}
