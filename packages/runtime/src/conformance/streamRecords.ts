/** Cases of records: put, routed, read, limited. */
import assert from 'node:assert/strict';
import { indexOfSequenceNumber } from '@millrace/semantics';
import {
  keyed,
  keysOf,
  LAST_HASH_KEY,
  madeStream,
  putKeys,
  readFrom,
  type StreamCase,
  shardId,
} from './streamSubject.ts';

const ODD_KEYS = ['plain', 'two\nlines', ' spaces  ', '7 8', 'µ € 😀', '\u0000', '-', '12 3\n'];

export const recordCases: readonly StreamCase[] = [
  {
    name: 'what was put is read as it was, at its index and time',
    async run(subject) {
      const stream = await madeStream(subject);
      const puts = ODD_KEYS.flatMap((key) => [
        keyed(key, { data: 'AAEC/+8=' }),
        keyed(key, { data: '', explicitHashKey: '170141183460469231731687303715884105728', bytes: 0 }),
      ]);
      const outcomes = await stream.put(puts);
      const receipt = await readFrom(stream, 0);
      const arrivalMs = subject.now();
      assert.deepEqual(
        receipt.records,
        puts.map(({ record }, index) => ({ index, arrivalMs, record })),
      );
      assert.deepEqual(
        outcomes.map((outcome) => outcome.kind === 'put' && outcome.index),
        puts.map((_, index) => index),
      );
      assert.deepEqual(
        [receipt.nextIndex, receipt.missed, receipt.ended, receipt.millisBehindLatest],
        [puts.length, 0, false, 0],
      );
    },
  },
  {
    name: 'changes of items are read as they were',
    async run(subject) {
      const stream = await madeStream(subject, 1, { kind: 'dynamodb' });
      const keys = { id: { S: 'a b\nc' } };
      const records = [
        { op: 'INSERT' as const, keys, newImage: { ...keys, n: { N: '1' } } },
        {
          op: 'MODIFY' as const,
          keys,
          oldImage: keys,
          newImage: { ...keys, deep: { M: { l: { L: [{ NULL: true }] } } } },
        },
        { op: 'REMOVE' as const, keys, oldImage: keys, ttl: true },
      ];
      await stream.put(records.map((record) => ({ record, key: JSON.stringify(record.keys), bytes: 10 })));
      const receipt = await readFrom(stream, 0);
      assert.deepEqual(
        receipt.records.map(({ record }) => record),
        records,
      );
    },
  },
  {
    name: 'a record goes where the MD5 of its key lies, or the hash key that it names',
    async run(subject) {
      const stream = await madeStream(subject, 4);
      const [last] = await stream.put([keyed('a', { explicitHashKey: `${LAST_HASH_KEY}` })]);
      const [first] = await stream.put([keyed('a', { explicitHashKey: '0' })]);
      assert.deepEqual([last?.shardId, first?.shardId], [shardId(3), shardId(0)]);
      // MD5 of a begins with 0c, of b with 92, of c with 4a, of d with 82, of f with 8f, of g with b2, of h with 25.
      const outcomes = await putKeys(stream, 'a', 'b', 'c', 'd', 'f', 'g', 'h');
      assert.deepEqual(
        outcomes.map((outcome) => outcome.shardId),
        [0, 2, 1, 2, 2, 2, 0].map(shardId),
      );
      assert.deepEqual(keysOf(await readFrom(stream, 2)), ['b', 'd', 'f', 'g']);
    },
  },
  {
    name: 'sequence numbers grow within a shard and say the index',
    async run(subject) {
      const stream = await madeStream(subject);
      const outcomes = [...(await putKeys(stream, 'a', 'b'))];
      await subject.advance(1500);
      outcomes.push(...(await putKeys(stream, 'c')));
      const numbers = outcomes.map((outcome) => (outcome.kind === 'put' ? outcome.sequenceNumber : ''));
      assert.deepEqual([...numbers].sort(), numbers);
      const [shard] = await stream.shards();
      assert.ok(shard && numbers.every((each) => each.startsWith(shard.sequencePrefix) && each.length === 56));
      const model = { ...shard, childIds: [], putWindow: { second: 0, records: 0, bytes: 0 } };
      assert.deepEqual(
        numbers.map((each) => indexOfSequenceNumber(model, each)),
        [0, 1, 2],
      );
    },
  },
  {
    name: 'a read goes on where the last one ended, and says how far behind it is',
    async run(subject) {
      const stream = await madeStream(subject);
      await putKeys(stream, 'a', 'b');
      await subject.advance(700);
      await putKeys(stream, 'c');
      await subject.advance(300);
      const first = await readFrom(stream, 0, 0, 2);
      assert.deepEqual([keysOf(first), first.nextIndex, first.millisBehindLatest], [['a', 'b'], 2, 300]);
      const second = await readFrom(stream, 0, first.nextIndex, 2);
      assert.deepEqual([keysOf(second), second.nextIndex, second.millisBehindLatest], [['c'], 3, 0]);
      const tip = await readFrom(stream, 0, second.nextIndex);
      assert.deepEqual([keysOf(tip), tip.nextIndex, tip.missed, tip.ended], [[], 3, 0, false]);
      assert.deepEqual((await readFrom(stream, 0, 0, 1)).millisBehindLatest, 1000);
    },
  },
  {
    name: 'a read ends before it is too large, but one record is always returned',
    async run(subject) {
      const stream = await madeStream(subject);
      await stream.put(['a', 'b', 'c', 'd'].map((key, index) => keyed(key, { bytes: 100 * (index + 1) })));
      const reads = async (fromIndex: number, maxBytes: number) => {
        const receipt = await stream.read({ shardId: shardId(0), fromIndex, maxRecords: 10, maxBytes });
        return receipt && keysOf(receipt).join('');
      };
      assert.equal(await reads(0, 300), 'ab');
      assert.equal(await reads(0, 299), 'a');
      assert.equal(await reads(1, 10), 'b');
      assert.equal(await reads(0, 1000), 'abcd');
      assert.equal(await reads(0, 0), 'a');
    },
  },
  {
    name: 'a read of thousands of records of any size leaves none out',
    async run(subject) {
      const stream = await madeStream(subject);
      const puts = Array.from({ length: 3000 }, (_, index) => keyed(`${index}`, { bytes: index < 200 ? 10_000 : 10 }));
      await stream.put(puts);
      const read: string[] = [];
      for (let fromIndex = 0; fromIndex < puts.length; ) {
        const receipt = await stream.read({ shardId: shardId(0), fromIndex, maxRecords: 2000, maxBytes: 1_000_000 });
        assert.ok(receipt && receipt.records.length > 0);
        // As many as both limits allow, however large the adapter thought that they are.
        if (fromIndex < 100) assert.equal(receipt.records.length, 100);
        if (fromIndex >= 200) assert.equal(receipt.records.length, Math.min(2000, puts.length - fromIndex));
        read.push(...keysOf(receipt));
        fromIndex = receipt.nextIndex;
      }
      assert.deepEqual(
        read,
        puts.map(({ key }) => key),
      );
    },
  },
  {
    name: 'a shard that has taken enough in a second refuses records until the next one; the others stand',
    async run(subject) {
      const putLimits = { recordsPerSecond: 3, bytesPerSecond: 100 };
      const stream = await madeStream(subject, 2, { putLimits });
      const [low, high] = [{ explicitHashKey: '0' }, { explicitHashKey: `${LAST_HASH_KEY}` }];
      await subject.advance(1000 - (subject.now() % 1000));
      const outcomes = await stream.put([
        keyed('large', { ...low, bytes: 101 }),
        keyed('a', { ...high, bytes: 40 }),
        keyed('no', { ...low, bytes: 1 }),
        keyed('no', { ...high, bytes: 61 }),
        keyed('b', { ...high, bytes: 60 }),
      ]);
      assert.deepEqual(
        outcomes.map(({ kind, shardId: id }) => [kind, id]),
        [
          ['put', shardId(0)],
          ['put', shardId(1)],
          ['throttled', shardId(0)],
          ['throttled', shardId(1)],
          ['put', shardId(1)],
        ],
      );
      await subject.advance(999);
      assert.equal((await stream.put([keyed('no', { ...low, bytes: 1 })]))[0]?.kind, 'throttled');
      await subject.advance(1);
      const again = await stream.put(['c', 'd', 'e', 'no'].map((key) => keyed(key, { ...low, bytes: 1 })));
      assert.deepEqual(
        again.map(({ kind }) => kind),
        ['put', 'put', 'put', 'throttled'],
      );
      assert.deepEqual(keysOf(await readFrom(stream, 0)), ['large', 'c', 'd', 'e']);
    },
  },
  {
    name: 'a put of thousands of records keeps their order',
    async run(subject) {
      const stream = await madeStream(subject, 3);
      const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
      const outcomes = await putKeys(stream, ...keys);
      const read = (await Promise.all([0, 1, 2].map((shard) => readFrom(stream, shard, 0, 5000)))).map(keysOf);
      assert.equal(read.flat().length, keys.length);
      for (const [place, outcome] of outcomes.entries()) {
        assert.ok(outcome.kind === 'put');
        assert.equal(read[Number(outcome.shardId.slice(8))]?.[outcome.index], keys[place]);
      }
      for (const some of read)
        assert.deepEqual(
          some,
          [...some].sort((one, other) => placeOf(one) - placeOf(other)),
        );
    },
  },
];

const placeOf = (key: string): number => Number(key.slice(1));
