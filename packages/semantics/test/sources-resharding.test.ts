import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendToShard,
  createStream,
  mergeShards,
  readShard,
  type Shard,
  type StreamState,
  sequenceNumber,
  shardFor,
  splitShard,
} from '../src/index.ts';

const T0 = 1_767_225_600_000;
const TOP = 2n ** 128n - 1n;

function stream(shards: number): StreamState<string> {
  return createStream({ kind: 'kinesis', shards, retentionMs: 86_400_000 }, T0);
}

function openShards<T>(state: StreamState<T>): Shard[] {
  return state.open.map((number) => state.shards[number]!);
}

describe('splitting', () => {
  it('stream.resharding-closes-parents: two children in the middle, the parent is readable to its end', () => {
    const state = stream(1);
    const parent = state.shards[0]!;
    appendToShard(state, parent, 'before', T0);
    const outcome = splitShard(state, T0 + 5);
    expect(outcome).toMatchObject({
      kind: 'resharded',
      rule: 'stream.resharding-closes-parents',
      closed: [{ id: parent.id, closedAtMs: T0 + 5, childIds: ['shardId-000000000001', 'shardId-000000000002'] }],
      opened: [
        { id: 'shardId-000000000001', parentId: parent.id, startingHashKey: 0n, endingHashKey: 2n ** 127n - 1n },
        { id: 'shardId-000000000002', parentId: parent.id, startingHashKey: 2n ** 127n, endingHashKey: TOP },
      ],
    });
    const read = readShard(state, parent, 0, { maxRecords: 1 }, T0 + 6);
    expect(read).toMatchObject({ nextIndex: 1, ended: true, records: [{ record: 'before' }] });
    expect(shardFor(state, 'k', undefined, () => TOP).id).toBe('shardId-000000000002');
  });

  it('sends a key to a child that went to the parent before', () => {
    const state = stream(2);
    const put = () => shardFor(state, 'k', undefined, () => 5n).number;
    expect(put()).toBe(0);
    splitShard(state, T0);
    expect(put()).toBe(2);
  });

  it('at a hash key', () => {
    const state = stream(1);
    splitShard(state, T0, 'shardId-000000000000', 7n);
    expect(openShards(state).map((shard) => [shard.startingHashKey, shard.endingHashKey])).toEqual([
      [0n, 6n],
      [7n, TOP],
    ]);
  });

  it.each([
    ['a shard that is not there', 'shardId-000000000009', undefined, 'ResourceNotFoundException'],
    ['a closed shard', 'shardId-000000000000', undefined, 'ResourceInUseException'],
    ['the lower end', 'shardId-000000000001', 0n, 'InvalidArgumentException'],
    ['beyond the upper end', 'shardId-000000000001', 2n ** 127n, 'InvalidArgumentException'],
  ])('refuses %s', (_, shardId, hashKey, code) => {
    const state = stream(1);
    splitShard(state, T0);
    expect(splitShard(state, T0, shardId, hashKey)).toMatchObject({ kind: 'refused', code });
    expect(state.shards).toHaveLength(3);
  });
});

describe('merging', () => {
  it('two neighbours become one child with two parents', () => {
    const state = stream(3);
    const outcome = mergeShards(state, T0 + 5, ['shardId-000000000002', 'shardId-000000000001']);
    expect(outcome).toMatchObject({
      kind: 'resharded',
      rule: 'stream.resharding-closes-parents',
      opened: [
        {
          id: 'shardId-000000000003',
          parentId: 'shardId-000000000002',
          adjacentParentId: 'shardId-000000000001',
          endingHashKey: TOP,
        },
      ],
    });
    expect(state.open).toEqual([0, 3]);
    expect(state.shards.map((shard) => shard.childIds)).toEqual([
      [],
      ['shardId-000000000003'],
      ['shardId-000000000003'],
      [],
    ]);
  });

  it('takes the first two by default, and refuses what does not touch or is alone', () => {
    const state = stream(3);
    expect(mergeShards(state, T0, ['shardId-000000000000', 'shardId-000000000002'])).toMatchObject({ kind: 'refused' });
    expect(mergeShards(state, T0, ['shardId-000000000000', 'shardId-000000000000'])).toMatchObject({ kind: 'refused' });
    expect(mergeShards(state, T0)).toMatchObject({ kind: 'resharded' });
    expect(mergeShards(state, T0)).toMatchObject({ kind: 'resharded' });
    expect(mergeShards(state, T0)).toMatchObject({ kind: 'refused', code: 'InvalidArgumentException' });
    expect(state.open).toEqual([4]);
  });
});

describe('any sequence of puts, splits and merges', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), hash: fc.bigInt({ min: 0n, max: TOP }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('split' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), pick: fc.nat() }) },
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  /** Applies a step; a put returns the shard it went to. */
  function apply(state: StreamState<string>, given: Step, nowMs: number): Shard | undefined {
    if (given.do === 'put') {
      const shard = shardFor(state, String(given.hash), undefined, () => given.hash);
      appendToShard(state, shard, String(given.hash), nowMs);
      return shard;
    }
    const place = given.pick % state.open.length;
    const [one, two] = openShards(state).slice(place, place + 2);
    if (given.do === 'split') splitShard(state, nowMs, one?.id);
    else if (one && two) mergeShards(state, nowMs, given.pick % 2 ? [one.id, two.id] : [two.id, one.id]);
    return undefined;
  }

  it('keeps the open ranges a partition of the space, and puts each key where its hash belongs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 40 }), (shards, steps) => {
        const state = stream(shards);
        for (const each of steps) {
          const shard = apply(state, each, T0);
          if (shard && each.do === 'put') {
            expect(shard.closedAtMs).toBeNull();
            expect(shard.startingHashKey <= each.hash && each.hash <= shard.endingHashKey).toBe(true);
          }
          let next = 0n;
          for (const open of openShards(state)) {
            expect(open.startingHashKey).toBe(next);
            next = open.endingHashKey + 1n;
          }
          expect(next).toBe(TOP + 1n);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('makes sequence numbers grow within a shard and from every parent to its children', () => {
    const timed = fc.array(fc.tuple(step, fc.constantFrom(0, 0, 0, 1, 700)), { maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom('kinesis' as const, 'dynamodb' as const), timed, (kind, steps) => {
        const state = createStream<string>({ kind, shards: 2, retentionMs: 86_400_000 }, T0);
        let nowMs = T0;
        for (const [each, afterMs] of steps) {
          nowMs += afterMs;
          apply(state, each, nowMs);
        }
        const numbersOf = (shard: Shard) =>
          readShard(state, shard, 0, { maxRecords: 1000 }, nowMs).records.map((placed) =>
            BigInt(sequenceNumber(shard, placed)),
          );
        for (const shard of state.shards) {
          const parents = state.shards.filter(
            (each) => each.id === shard.parentId || each.id === shard.adjacentParentId,
          );
          const all = [...parents.flatMap(numbersOf).sort((one, other) => (one < other ? -1 : 1)), ...numbersOf(shard)];
          for (let place = 1; place < all.length; place++) expect(all[place]! > all[place - 1]!).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
