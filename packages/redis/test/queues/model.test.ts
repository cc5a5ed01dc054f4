/**
 * The models of `semantics/sources` (behind the port, in memory) and the queues on Redis, given the same random commands at
 * the same times, answer the same. MILLRACE_DEEP=1 runs 100,000 commands of each kind instead of 1,000.
 */
import { memoryQueues } from '@millrace/runtime';
import fc from 'fast-check';
import { test } from 'vitest';
import { connectRedis, redisQueues } from '../../src/index.ts';
import { HandClock } from '../support/handClock.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { commandsOf, expectSameAnswers } from '../support/sameAnswers.ts';
import { arnOf, queueDefinition } from './support/definitions.ts';
import { type Command, SideBySide } from './support/sideBySide.ts';

const COMMANDS = commandsOf(1000);

const redis = ownRedis(connectRedis);

const which = fc.constantFrom('main' as const, 'main' as const, 'dead' as const);
const small = fc.integer({ min: 0, max: 12 });

/** Times are small, so that ties, time-outs and expiry are frequent. */
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      on: which,
      groups: fc.array(fc.constantFrom('a', 'b', 'a\u0001', 'c'), { minLength: 1, maxLength: 8 }),
      delayMs: fc.constantFrom(undefined, undefined, 0, 3, 9),
      dedup: fc.constantFrom(undefined, undefined, undefined, 'x', 'y', 'z'),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      on: which,
      max: fc.integer({ min: 1, max: 10 }),
      visibilityMs: fc.option(small, { nil: undefined }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'change' as const),
      picks: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
      visibilityMs: fc.oneof({ weight: 9, arbitrary: small }, { weight: 1, arbitrary: fc.constant(43_200_000) }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('count' as const, 'peek' as const), on: which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      forMs: fc.oneof({ weight: 20, arbitrary: small }, { weight: 1, arbitrary: fc.constantFrom(299_999, 300_000) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      back: fc.boolean(),
      max: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('define' as const),
      on: which,
      change: fc.constantFrom(
        { retentionMs: 30 },
        { retentionMs: 1_000_000 },
        { delayMs: 4 },
        { delayMs: 0 },
        { visibilityTimeoutMs: 2 },
        { redrive: null },
        { redrive: { deadLetterTargetArn: arnOf('gone'), maxReceiveCount: 1 } },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), on: which }) },
);

const setting = fc.record({
  retentionMs: fc.constantFrom(25, 80, 1_000_000),
  maxReceiveCount: fc.constantFrom(1, 2, 1000),
  inFlightLimit: fc.constantFrom(4, 11, 120_000),
  delayMs: fc.constantFrom(0, 0, 5),
});

test.each([
  ['standard', ''],
  ['FIFO', '.fifo'],
])('%s queues answer as their model does', { timeout: 3_600_000 }, async (_kind, suffix) => {
  await expectSameAnswers(COMMANDS, setting, command, async ({ maxReceiveCount, ...given }, round) => {
    const clock = new HandClock();
    const dead = `dead${suffix}`;
    const redrive = { deadLetterTargetArn: arnOf(dead), maxReceiveCount };
    const common = { ...given, contentBasedDeduplication: true, visibilityTimeoutMs: 8 };
    const where = { redis: redis.client, prefix: `t${round}${suffix}` };
    const onRedis = redisQueues({ ...where, clock, now: () => clock.now() });
    const pair = new SideBySide(clock, memoryQueues({ clock }), onRedis, {
      main: queueDefinition(`main${suffix}`, { ...common, redrive }),
      dead: queueDefinition(dead, common),
    });
    await pair.create();
    return { run: (step) => pair.run(step), close: () => onRedis.close() };
  });
  await redis.client.flushall();
});
