/**
 * The models of `semantics/sources` (behind the port, in memory) and the topics on Redis, given the same random commands at
 * the same times, answer the same. MILLRACE_DEEP=1 runs 100,000 commands instead of 2,000.
 */
import { memoryTopics } from '@millrace/runtime';
import fc from 'fast-check';
import { test } from 'vitest';
import { connectRedis, redisTopics } from '../../src/index.ts';
import { HandClock } from '../support/handClock.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { commandsOf, expectSameAnswers } from '../support/sameAnswers.ts';
import { bothSides, type Command, carryOut } from './support/sideBySide.ts';

const COMMANDS = commandsOf(2000);

const redis = ownRedis(connectRedis);

/** Taken modulo the partitions that there are; beyond 100 it is one that there is not. */
const partition = fc.oneof(
  { weight: 150, arbitrary: fc.nat(6) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 103 }) },
);
const text = fc.constantFrom('', 'a', 'b', 'x'.repeat(40), 'é\n');
const member = fc.constantFrom('a', 'b', 'B', 'é');
const group = fc.constantFrom('g', 'g', 'g', 'h');
const back = fc.integer({ min: -2, max: 40 });

const record = fc.record({
  key: fc.option(text, { nil: null }),
  value: fc.oneof(
    { weight: 9, arbitrary: fc.option(text, { nil: null, freq: 6 }) },
    { weight: 1, arbitrary: fc.constant('y'.repeat(2000)) },
  ),
  headers: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 2 }) },
  ),
  /** Before or after the time of its arrival. */
  stampMs: fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined, freq: 2 }),
  partition: fc.option(partition, { nil: undefined, freq: 2 }),
});

/** Times are small, so that ties, sessions that end and expiry are frequent. */
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('produce' as const),
      records: fc.array(record, { maxLength: 12 }),
      /** A great many of the same at once: more than one call, one block or one trimming takes. */
      times: fc.oneof(
        { weight: 40, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.constantFrom(20, 60, 300) },
      ),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      asks: fc.array(fc.record({ partition, back }), { minLength: 1, maxLength: 4 }),
      maxRecords: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(200)),
      maxBytes: fc.option(fc.oneof(fc.nat(20), fc.nat(200), fc.nat(5000)), { nil: undefined, freq: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('offsets' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('offsetOf' as const),
      partition,
      position: fc.oneof(
        fc.constantFrom('TRIM_HORIZON' as const, 'LATEST' as const),
        fc.record({ inMs: fc.integer({ min: -60, max: 25 }) }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('addPartitions' as const), count: fc.constantFrom(0, 1, 1, 2) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      group,
      member,
      sessionMs: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), group, member }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      group,
      member: fc.option(member, { nil: undefined, freq: 4 }),
      /** Added to the right one. */
      wrongBy: fc.constantFrom(0, 0, 0, 0, -1, 1),
      offsets: fc.array(fc.tuple(fc.nat(3), fc.nat(40)), { maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('committed' as const, 'lag' as const, 'lag' as const), group }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      forMs: fc.oneof({ weight: 9, arbitrary: fc.nat(8) }, { weight: 3, arbitrary: fc.constantFrom(10, 30, 50) }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('anew' as const), partitions: fc.integer({ min: 1, max: 4 }) }) },
);

const setting = fc.record({
  partitions: fc.integer({ min: 1, max: 4 }),
  retentionMs: fc.constantFrom(10, 30, 1_000_000),
});

test('topics answer as their model does', { timeout: 3_600_000 }, async () => {
  await expectSameAnswers(COMMANDS, setting, command, async ({ partitions, retentionMs }, round) => {
    const clock = new HandClock();
    const onRedis = redisTopics({ redis: redis.client, prefix: `t${round}`, clock, now: () => clock.now() });
    const sides = bothSides(clock, memoryTopics({ clock }), onRedis, retentionMs);
    await sides.create(partitions);
    return { run: (step) => carryOut(sides, step), close: () => onRedis.close() };
  });
  await redis.client.flushall();
});
