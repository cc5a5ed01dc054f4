/**
 * Checkpoints in memory and on Redis, given the same random commands by the same owners, answer the same. MILLRACE_DEEP=1
 * runs 100,000 commands instead of 2,000.
 */
import { type Checkpoints, memoryCheckpoints, type Progress, type Scope } from '@millrace/runtime';
import type { LaneSave, LedgerSave, Position } from '@millrace/semantics';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { test } from 'vitest';
import { epochKey, redisCheckpoints } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { commandsOf, expectSameAnswers } from '../support/sameAnswers.ts';

const COMMANDS = commandsOf(2000);

const redis = ownRedis((url) => new Redis(url));

/** Few, so that checkpoints meet what is ahead; of different lengths; two that floating-point numbers cannot tell apart. */
const BIG = '49672836472384723847238472384723847238472384723847238400';
const SEQUENCES = ['7', '9', '10', '11', '100', BIG, `${BIG.slice(0, -1)}1`, `1${BIG}`];
const sequences = fc.constantFrom<Position>(...SEQUENCES);
const numbers = fc.nat(12).map((n): Position => (n > 10 ? Number.MAX_SAFE_INTEGER - n : n * 5));

/** Each ledger has positions of one kind. */
const ledger: fc.Arbitrary<LedgerSave> = fc
  .constantFrom(['', sequences], ['t-1', numbers], ['t-10', numbers], ['é\u0001', sequences])
  .chain(([lane, position]) =>
    fc
      .record({
        checkpoint: fc.option(position as fc.Arbitrary<Position>, { nil: undefined }),
        completed: fc.array(position as fc.Arbitrary<Position>, { maxLength: 4 }),
      })
      .map(({ checkpoint, completed }) => ({
        lane: lane as string,
        completed,
        ...(checkpoint !== undefined && { checkpoint }),
      })),
  );

/** Some as they follow each other in a partition. */
const offsets = fc
  .tuple(fc.nat(100), fc.nat(5))
  .map(([first, count]) => Array.from({ length: count }, (_, i) => first + i));

const piece = fc
  .record({
    positions: fc.oneof(fc.array(fc.oneof(sequences, numbers), { maxLength: 3 }), offsets),
    ordinal: fc.nat(9),
    notBefore: fc.nat(),
    final: fc.boolean(),
  })
  .map((drawn) => ({
    ...drawn,
    lanes: ['0', 'é'],
    closedBy: 'size' as const,
    rule: 'batch.closes-when-full' as const,
    spent: 0,
    ran: 0,
    waits: 0,
    terminatedEarly: false,
  }));

const window = fc.record({
  startMs: fc.nat(),
  endMs: fc.nat(),
  state: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
  stateBytes: fc.nat(),
  overgrown: fc.boolean(),
  lastArrivalMs: fc.nat(),
});

const lane: fc.Arbitrary<LaneSave> = fc.record(
  { lane: fc.constantFrom('0', '1', 'é'), work: fc.array(piece, { maxLength: 2 }), window },
  { requiredKeys: ['lane', 'work'] },
);

/** Which of two scopes of two mappings; who: nobody in particular, the current owner, a former one, or one to come. */
const place = { scope: fc.nat(3), who: fc.constantFrom('anybody', 'current', 'current', 'former', 'never') };

const command = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('save' as const),
      ...place,
      factor: fc.constantFrom(1, 1, 1, 1, 10),
      ledgers: fc.uniqueArray(ledger, { maxLength: 3, selector: (save) => save.lane }),
      lanes: fc.uniqueArray(lane, { maxLength: 3, selector: (save) => save.lane }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      ...place,
      starts: fc.array(fc.tuple(fc.constantFrom('', 't-1', 'é'), fc.constantFrom('LATEST', '5')), { maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), ...place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('depose' as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), ...place }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Two mappings with two scopes each, on both sides. */
class SideBySide {
  readonly #epochs = new Map<string, number>();
  readonly #prefix: string;
  readonly model: Checkpoints;
  readonly redis: Checkpoints;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.model = memoryCheckpoints({ isCurrent: ({ name, epoch }) => this.#epochs.get(name) === epoch });
    this.redis = redisCheckpoints(redis.client, { prefix });
  }

  /** What both answer, and how the scope then stands. */
  async run(step: Command): Promise<{ readonly model: unknown; readonly redis: unknown }> {
    const scope = { mapping: step.scope < 2 ? 'm' : 'm2', name: step.scope % 2 === 0 ? '' : 'shard' };
    if (step.do === 'depose') {
      const name = ownerName(scope);
      this.#epochs.set(name, await redis.client.incr(epochKey(this.#prefix, name)));
    }
    const told = { ...scope, ...this.#owner(scope, step.who) };
    const [model, onRedis] = await Promise.all([answerOf(this.model, step, told), answerOf(this.redis, step, told)]);
    return { model, redis: onRedis };
  }

  #owner(scope: Scope, who: string): Pick<Scope, 'owner'> {
    if (who === 'anybody') return {};
    const current = this.#epochs.get(ownerName(scope)) ?? 0;
    const epoch = { current, former: current - 1, never: current + 1 }[who] ?? current;
    return { owner: { name: ownerName(scope), epoch } };
  }
}

const ownerName = ({ mapping, name }: Scope) => `${mapping}/${name}`;

async function answerOf(checkpoints: Checkpoints, step: Command, scope: Scope): Promise<unknown> {
  const answer = await carriedOut(checkpoints, step, scope);
  const progress = plain(await checkpoints.load(scope));
  return { answer, progress, ended: [...(await checkpoints.ended(scope.mapping))].sort() };
}

function carriedOut(checkpoints: Checkpoints, step: Command, scope: Scope): Promise<unknown> {
  if (step.do === 'save') return checkpoints.save(scope, step.factor, step);
  if (step.do === 'begin') return checkpoints.begin(scope, new Map(step.starts));
  if (step.do === 'end') return checkpoints.end(scope);
  return step.do === 'forget' ? checkpoints.forget(scope.mapping) : Promise.resolve();
}

/** Neither ledgers nor lanes have an order among each other. */
function plain({ checkpoints, starts, saved, ended }: Progress): unknown {
  const sorted = <T>(values: Iterable<T>) => [...values].map((value) => JSON.stringify(value)).sort();
  const { parallelizationFactor, ahead = [], lanes = [] } = saved ?? {};
  return {
    checkpoints: sorted(checkpoints),
    starts: sorted(starts),
    ended,
    parallelizationFactor,
    ahead: sorted(ahead),
    lanes: sorted(
      lanes.map(({ lane, work, window }) => [lane, work.map((each) => sorted(Object.entries(each))), window]),
    ),
  };
}

test('checkpoints on Redis answer as those in memory do', { timeout: 3_600_000 }, async () => {
  await expectSameAnswers(COMMANDS, fc.constant(undefined), command, async (_, round) => new SideBySide(`t${round}`));
});
