/**
 * The models of `semantics/sources` (behind the port, in memory) and the streams on Redis, given the same random commands at
 * the same times, answer the same. MILLRACE_DEEP=1 runs 100,000 commands of each kind instead of 1,000.
 */
import { memoryStreams } from '@millrace/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectRedis, redisStreams } from '../../src/index.ts';
import { HandClock } from '../support/handClock.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { commandsOf, expectSameAnswers } from '../support/sameAnswers.ts';
import { streamDefinition } from './support/definitions.ts';
import { type Command, SideBySide } from './support/sideBySide.ts';

const COMMANDS = commandsOf(1000);

const redis = ownRedis(connectRedis);

const by = fc.nat(1);
const shard = fc.nat(8);
const hashKey = fc.constantFrom('0', '1', '170141183460469231731687303715884105728', `${(1n << 128n) - 1n}`);
const key = fc.oneof(fc.constantFrom('a', 'b', 'c\n', ' 1 2', 'd'), fc.string({ minLength: 1, maxLength: 6 }));

/** Times are small, so that ties and expiry are frequent. */
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      by,
      keys: fc.array(key, { minLength: 1, maxLength: 9 }),
      bytes: fc.integer({ min: 0, max: 40 }),
      hashKey: fc.option(hashKey, { nil: undefined, freq: 2 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      by,
      shard,
      from: fc.oneof(fc.constant(0), fc.nat(30)),
      maxRecords: fc.constantFrom(1, 2, 3, 10, 1000),
      maxBytes: fc.option(fc.nat(200), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('index' as const), by, shard, backMs: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('shards' as const), by }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('split' as const),
      by,
      shard,
      at: fc.option(hashKey, { nil: undefined, freq: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('merge' as const), by, shard, other: shard }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('retain' as const),
      by,
      retentionMs: fc.constantFrom(10, 30, 100, 100_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      forMs: fc.oneof(
        { weight: 20, arbitrary: fc.nat(12) },
        { weight: 2, arbitrary: fc.constantFrom(400, 999, 1000, 61_000) },
      ),
    }),
  },
);

const setting = fc.record({
  shards: fc.integer({ min: 1, max: 4 }),
  retentionMs: fc.constantFrom(15, 50, 1_000_000),
  putLimits: fc.constantFrom(undefined, { recordsPerSecond: 5, bytesPerSecond: 100 }),
});

test.each(['kinesis', 'dynamodb'] as const)(
  '%s streams answer as their model does',
  { timeout: 3_600_000 },
  async (kind) => {
    const answers = new Map<string, number>();
    await expectSameAnswers(COMMANDS, setting, command, async ({ shards, ...given }, round) => {
      const clock = new HandClock();
      const prefix = `${kind}-${round}`;
      const open = () => redisStreams({ redis: redis.client, prefix, clock, now: () => clock.now() });
      const [model, processes] = [memoryStreams({ clock }), [open(), open()]];
      for (const streams of [model, processes[0]!]) await streams.create(streamDefinition({ kind, ...given }), shards);
      const pair = new SideBySide(clock, kind, shards, model, processes);
      const run = async (step: Command) => {
        const both = await pair.run(step);
        for (const word of interesting(both.model)) answers.set(word, (answers.get(word) ?? 0) + 1);
        return both;
      };
      const close = async () => {
        for (const streams of processes) await streams.close();
      };
      return { run, close };
    });
    await redis.client.flushall();
    // A run in which these never happen would prove little.
    for (const word of ['put', 'throttled', 'resharded', 'refused', 'missed', 'ended', 'behind', 'records']) {
      expect(answers.get(word) ?? 0, word).toBeGreaterThan(COMMANDS / 500);
    }
  },
);

/** What an answer shows. */
function interesting(answer: unknown): string[] {
  if (Array.isArray(answer)) return answer.flatMap(({ kind }: { kind?: string }) => kind ?? []);
  const { kind, missed, ended, millisBehindLatest, records } = (answer ?? {}) as Record<string, unknown>;
  const words = { missed: missed, ended, behind: millisBehindLatest, records: (records as unknown[])?.length };
  const found = Object.entries(words).flatMap(([word, shown]) => (shown ? word : []));
  return typeof kind === 'string' ? [...found, kind] : found;
}
