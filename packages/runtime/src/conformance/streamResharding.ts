/** Cases of shards that are split and merged. */
import assert from 'node:assert/strict';
import type { Resharded, StoredShard, Stream } from '../ports/stream.ts';
import { keysOf, LAST_HASH_KEY, madeStream, putKeys, readFrom, type StreamCase, shardId } from './streamSubject.ts';

const refusal = (outcome: Resharded): string => (outcome.kind === 'refused' ? outcome.code : outcome.kind);

const range = ({ startingHashKey, endingHashKey }: StoredShard): [bigint, bigint] => [startingHashKey, endingHashKey];

async function byNumber(stream: Stream): Promise<Map<number, StoredShard>> {
  return new Map((await stream.shards()).map((shard) => [shard.number, shard]));
}

export const reshardCases: readonly StreamCase[] = [
  {
    name: 'the shards of a new stream divide the hash keys',
    async run(subject) {
      const shards = await (await madeStream(subject, 3)).shards();
      assert.deepEqual(
        shards.map(({ number, id }) => [number, id]),
        [0, 1, 2].map((number) => [number, shardId(number)]),
      );
      assert.equal(shards[0]?.startingHashKey, 0n);
      assert.equal(shards[2]?.endingHashKey, LAST_HASH_KEY);
      assert.equal(shards[1]?.startingHashKey, shards[0]!.endingHashKey + 1n);
      assert.equal(shards[2]?.startingHashKey, shards[1]!.endingHashKey + 1n);
      const { number, id, startingHashKey, endingHashKey, sequencePrefix, ...rest } = shards[0]!;
      assert.deepEqual(rest, {
        parentId: null,
        adjacentParentId: null,
        childIds: [],
        streamCreatedAtMs: 1,
        createdAtMs: subject.now(),
        closedAtMs: null,
        endIndex: 0,
        firstIndex: 0,
      });
    },
  },
  {
    name: 'a split closes the shard and opens its children, in the middle or at a key',
    async run(subject) {
      const stream = await madeStream(subject);
      await putKeys(stream, 'a', 'b');
      await subject.advance(1000);
      assert.deepEqual(await stream.split(shardId(0)), {
        kind: 'resharded',
        closed: [shardId(0)],
        opened: [shardId(1), shardId(2)],
      });
      await stream.split(shardId(1), 10n);
      const shards = await byNumber(stream);
      assert.deepEqual(
        [1, 2, 3, 4].map((number) => range(shards.get(number)!)),
        [
          [0n, LAST_HASH_KEY / 2n],
          [LAST_HASH_KEY / 2n + 1n, LAST_HASH_KEY],
          [0n, 9n],
          [10n, LAST_HASH_KEY / 2n],
        ],
      );
      const parent = shards.get(0)!;
      assert.deepEqual(
        [parent.closedAtMs, parent.childIds, parent.endIndex],
        [subject.now(), [shardId(1), shardId(2)], 2],
      );
      const child = shards.get(2)!;
      assert.deepEqual([child.parentId, child.adjacentParentId, child.createdAtMs], [shardId(0), null, subject.now()]);
      assert.ok(child.sequencePrefix > parent.sequencePrefix);
    },
  },
  {
    name: 'a merge closes both and opens one; the first named is its parent',
    async run(subject) {
      const stream = await madeStream(subject, 3);
      assert.deepEqual(await stream.merge(shardId(2), shardId(1)), {
        kind: 'resharded',
        closed: [shardId(2), shardId(1)],
        opened: [shardId(3)],
      });
      const shards = await byNumber(stream);
      const child = shards.get(3)!;
      assert.deepEqual([child.parentId, child.adjacentParentId], [shardId(2), shardId(1)]);
      assert.deepEqual(range(child), [shards.get(1)!.startingHashKey, LAST_HASH_KEY]);
      assert.deepEqual([shards.get(1)?.childIds, shards.get(2)?.childIds], [[shardId(3)], [shardId(3)]]);
    },
  },
  {
    name: 'a closed shard takes no more and stays readable to its end, until retention has passed',
    async run(subject) {
      const stream = await madeStream(subject, 1, { retentionMs: 10_000 });
      await putKeys(stream, 'a', 'b');
      await subject.advance(4000);
      await stream.split(shardId(0));
      const outcomes = await putKeys(stream, 'a', 'b', 'c', 'd');
      assert.ok(outcomes.every((outcome) => outcome.kind === 'put' && outcome.shardId !== shardId(0)));
      const part = await readFrom(stream, 0, 0, 1);
      assert.deepEqual([keysOf(part), part.ended], [['a'], false]);
      const rest = await readFrom(stream, 0, part.nextIndex);
      assert.deepEqual([keysOf(rest), rest.ended, rest.nextIndex], [['b'], true, 2]);
      await subject.advance(6000);
      const trimmed = await readFrom(stream, 0);
      assert.deepEqual([keysOf(trimmed), trimmed.ended, trimmed.missed], [[], true, 2]);
      assert.equal((await stream.shards()).length, 3);
      await subject.advance(4000);
      const ask = { shardId: shardId(0), fromIndex: 0, maxRecords: 1 };
      assert.deepEqual([await stream.read(ask), await stream.indexAt(shardId(0), 0)], [undefined, undefined]);
      assert.deepEqual(
        (await stream.shards()).map(({ number }) => number),
        [1, 2],
      );
    },
  },
  {
    name: 'records go on to the shard of their key over many reshardings, each key in order',
    async run(subject) {
      const stream = await madeStream(subject, 2);
      const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
      let puts = 0;
      const putSome = async () =>
        stream.put(keys.map((key) => ({ record: { partitionKey: key, data: `${puts++}` }, key, bytes: 1 })));
      await putSome();
      for (const reshard of [
        () => stream.split(shardId(0)),
        () => stream.split(shardId(1)),
        () => stream.merge(shardId(3), shardId(4)),
        () => stream.split(shardId(6), 99n << 120n),
      ]) {
        assert.equal((await reshard()).kind, 'resharded');
        await subject.advance(10);
        await putSome();
      }
      const shards = await stream.shards();
      const seen = new Map<string, number>();
      let read = 0;
      // Parents have smaller numbers than their children.
      for (const { number } of shards) {
        for (const { record } of (await readFrom(stream, number)).records) {
          assert.ok('partitionKey' in record);
          assert.ok(Number(record.data) > (seen.get(record.partitionKey) ?? -1), 'out of order');
          seen.set(record.partitionKey, Number(record.data));
          read += 1;
        }
      }
      assert.equal(read, puts);
    },
  },
  {
    name: 'what cannot be resharded is refused and changes nothing',
    async run(subject) {
      const stream = await madeStream(subject, 3);
      await stream.split(shardId(2));
      const before = await stream.shards();
      assert.equal(refusal(await stream.split(shardId(9))), 'ResourceNotFoundException');
      assert.equal(refusal(await stream.split(shardId(2))), 'ResourceInUseException');
      assert.equal(refusal(await stream.split(shardId(0), 0n)), 'InvalidArgumentException');
      assert.equal(refusal(await stream.split(shardId(0), LAST_HASH_KEY)), 'InvalidArgumentException');
      assert.equal(refusal(await stream.merge(shardId(0), shardId(3))), 'InvalidArgumentException');
      assert.equal(refusal(await stream.merge(shardId(0), shardId(2))), 'ResourceInUseException');
      assert.equal(refusal(await stream.merge(shardId(0), 'nonsense')), 'ResourceNotFoundException');
      assert.deepEqual(await stream.shards(), before);
    },
  },
];
