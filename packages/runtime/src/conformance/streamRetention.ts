/** Cases of retention, times, and of making, changing and removing streams. */
import assert from 'node:assert/strict';
import { NoSuchStream } from '../ports/stream.ts';
import { keysOf, madeStream, putKeys, readFrom, type StreamCase, shardId, streamOf } from './streamSubject.ts';

export const retentionCases: readonly StreamCase[] = [
  {
    name: 'what is older than the retention is gone, and a reader is told how much it missed',
    async run(subject) {
      const stream = await madeStream(subject, 1, { retentionMs: 10_000 });
      await putKeys(stream, 'a', 'b', 'c');
      await subject.advance(5000);
      await putKeys(stream, 'd');
      await subject.advance(4999);
      assert.deepEqual(keysOf(await readFrom(stream, 0)), ['a', 'b', 'c', 'd']);
      await subject.advance(1);
      const receipt = await readFrom(stream, 0, 1);
      assert.deepEqual([keysOf(receipt), receipt.missed, receipt.nextIndex], [['d'], 2, 4]);
      const [shard] = await stream.shards();
      assert.deepEqual([shard?.firstIndex, shard?.endIndex], [3, 4]);
      await subject.advance(5000);
      const empty = await readFrom(stream, 0, 1);
      assert.deepEqual([keysOf(empty), empty.missed, empty.nextIndex, empty.ended], [[], 3, 4, false]);
      assert.deepEqual(
        (await stream.shards()).map(({ firstIndex }) => firstIndex),
        [4],
      );
      const [outcome] = await putKeys(stream, 'e');
      assert.equal(outcome?.kind === 'put' && outcome.index, 4);
      assert.deepEqual(keysOf(await readFrom(stream, 0)), ['e']);
    },
  },
  {
    name: 'thousands of records that are past their time are passed over at once',
    async run(subject) {
      const stream = await madeStream(subject, 1, { retentionMs: 10_000 });
      await putKeys(stream, ...Array.from({ length: 2000 }, () => 'old'));
      await subject.advance(9999);
      await putKeys(stream, 'young');
      await subject.advance(1);
      const receipt = await readFrom(stream, 0, 10, 5);
      assert.deepEqual([keysOf(receipt), receipt.missed], [['young'], 1990]);
    },
  },
  {
    name: 'a longer retention brings nothing back, a shorter one counts at once',
    async run(subject) {
      const stream = await madeStream(subject, 1, { retentionMs: 10_000 });
      await putKeys(stream, 'a');
      await subject.advance(6000);
      await putKeys(stream, 'b');
      await subject.advance(4000);
      await subject.streams.change('s', { retentionMs: 100_000 });
      assert.deepEqual(keysOf(await readFrom(stream, 0)), ['b']);
      await subject.streams.change('s', { retentionMs: 4000 });
      assert.deepEqual(keysOf(await readFrom(stream, 0)), []);
      await subject.streams.change('s', { retentionMs: 100_000 });
      assert.deepEqual(keysOf(await readFrom(stream, 0)), []);
    },
  },
  {
    name: 'a time is found in a shard',
    async run(subject) {
      const stream = await madeStream(subject, 1, { retentionMs: 10_000 });
      const times: number[] = [];
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        times.push(subject.now());
        await putKeys(stream, key, key);
        await subject.advance(100);
      }
      const at = (atMs: number) => stream.indexAt(shardId(0), atMs);
      assert.deepEqual(await Promise.all(times.map(at)), [0, 2, 4, 6, 8]);
      assert.deepEqual(await Promise.all([at(0), at(times[1]! + 1), at(subject.now())]), [0, 4, 10]);
      assert.equal(await stream.indexAt(shardId(1), 0), undefined);
      await subject.advance(9500);
      assert.equal(await at(times[0]!), 2);
    },
  },
  {
    name: 'a second create leaves the stream as it is and answers it; names are listed by prefix',
    async run({ streams }) {
      await streams.create(streamOf('b2', { tags: { a: '1' } }), 2);
      await streams.create(streamOf('a'), 1);
      await streams.create(streamOf('b1'), 1);
      const again = await streams.create(streamOf('b2'), 7);
      assert.deepEqual([again.created, again.definition], [false, streamOf('b2', { tags: { a: '1' } })]);
      assert.equal((await streams.open('b2').shards()).length, 2);
      assert.deepEqual(await streams.list('b'), ['b1', 'b2']);
      assert.deepEqual(await streams.list(''), ['a', 'b1', 'b2']);
      assert.deepEqual(await streams.find('a'), streamOf('a'));
      assert.equal(await streams.find('c'), undefined);
    },
  },
  {
    name: 'a change is seen by whoever holds the stream',
    async run(subject) {
      const stream = await madeStream(subject, 2);
      const change = { tags: { team: 'x' }, carried: { StreamViewType: 'KEYS_ONLY' }, retentionMs: 5000 };
      assert.deepEqual(await subject.streams.change('s', change), streamOf('s', change));
      assert.deepEqual(await stream.definition(), streamOf('s', change));
      assert.equal(await subject.streams.change('nobody', change), undefined);
      await putKeys(stream, 'a');
      await subject.advance(5000);
      assert.ok((await stream.shards()).every(({ firstIndex, endIndex }) => firstIndex === endIndex));
    },
  },
  {
    name: 'a stream that is not there says so; one of the same name begins anew',
    async run(subject) {
      const { streams } = subject;
      const stream = await madeStream(subject);
      await putKeys(stream, 'a');
      assert.equal(await streams.remove('s'), true);
      assert.equal(await streams.remove('s'), false);
      const ask = { shardId: shardId(0), fromIndex: 0, maxRecords: 1 };
      for (const call of [
        () => stream.definition(),
        () => putKeys(stream, 'b'),
        () => stream.shards(),
        () => stream.read(ask),
        () => stream.indexAt(shardId(0), 0),
        () => stream.split(shardId(0)),
        () => stream.merge(shardId(0), shardId(1)),
      ]) {
        await assert.rejects(call(), new NoSuchStream('s'));
      }
      assert.deepEqual(await streams.list(''), []);
      await madeStream(subject);
      assert.deepEqual(keysOf(await readFrom(stream, 0)), []);
      await putKeys(stream, 'new');
      assert.deepEqual(keysOf(await readFrom(stream, 0)), ['new']);
    },
  },
];
