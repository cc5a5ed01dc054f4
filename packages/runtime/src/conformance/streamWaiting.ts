/** Cases of reads that wait. */
import assert from 'node:assert/strict';
import { NoSuchStream } from '../ports/stream.ts';
import { keysOf, madeStream, putKeys, readFrom, type StreamCase, shardId } from './streamSubject.ts';

const ask = { shardId: shardId(0), fromIndex: 0, maxRecords: 10, waitMs: 5000 };

export const streamWaitingCases: readonly StreamCase[] = [
  {
    name: 'a read that waits is answered by the first put into its shard',
    async run(subject) {
      const stream = await madeStream(subject, 4);
      const waiting = [0, 2, 2].map((shard) => stream.read({ ...ask, shardId: shardId(shard) }));
      // MD5 of b lies in the third shard, of a in the first.
      await putKeys(stream, 'b');
      assert.deepEqual(
        (await Promise.all(waiting.slice(1))).map((receipt) => receipt && keysOf(receipt)),
        [['b'], ['b']],
      );
      await putKeys(stream, 'a');
      assert.deepEqual(keysOf((await waiting[0])!), ['a']);
    },
  },
  {
    name: 'a read that could wait does not when there is something',
    async run(subject) {
      const stream = await madeStream(subject);
      await putKeys(stream, 'a');
      assert.deepEqual(keysOf((await stream.read(ask))!), ['a']);
      await stream.split(shardId(0));
      assert.equal((await stream.read({ ...ask, fromIndex: 1 }))?.ended, true);
      assert.equal(await stream.read({ ...ask, shardId: shardId(7) }), undefined);
      assert.equal(await stream.read({ ...ask, shardId: 'shardId-1' }), undefined);
    },
  },
  {
    name: 'a read that waits is answered when its shard is closed',
    async run(subject) {
      const stream = await madeStream(subject, 2);
      const waiting = [0, 1].map((shard) => stream.read({ ...ask, shardId: shardId(shard) }));
      await stream.merge(shardId(0), shardId(1));
      assert.deepEqual(
        (await Promise.all(waiting)).map((receipt) => receipt?.ended),
        [true, true],
      );
    },
  },
  {
    name: 'a read that waits ends at its time, empty-handed, and with what came late',
    async run(subject) {
      const stream = await madeStream(subject);
      const [waiting, longer] = [stream.read(ask), stream.read({ ...ask, waitMs: 6000 })];
      await subject.advance(5000);
      assert.deepEqual((await waiting)?.records, []);
      await putKeys(stream, 'late');
      assert.deepEqual(keysOf((await longer)!), ['late']);
    },
  },
  {
    name: 'a read that waits ends at its signal, and when there is no stream any more',
    async run(subject) {
      const stream = await madeStream(subject);
      const abort = new AbortController();
      const ended = stream.read({ ...ask, signal: abort.signal });
      abort.abort();
      const nothing = { records: [], nextIndex: 0, missed: 0, ended: false, millisBehindLatest: 0 };
      assert.deepEqual(await ended, nothing);
      assert.deepEqual(await stream.read({ ...ask, signal: abort.signal }), nothing);
      const orphaned = assert.rejects(stream.read(ask), NoSuchStream);
      await subject.streams.remove('s');
      await orphaned;
    },
  },
  {
    name: 'a read that means one stream finds nothing of another that was made under its name',
    async run(subject) {
      const { streams } = subject;
      const older = await madeStream(subject, 1, { createdAtMs: 1 });
      await putKeys(older, 'old');
      const [askOld, askNew] = [1, 2].map((streamCreatedAtMs) => ({ ...ask, streamCreatedAtMs }));
      assert.deepEqual(keysOf((await older.read(askOld!))!), ['old']);
      await streams.remove('s');
      const newer = await madeStream(subject, 1, { createdAtMs: 2 });
      await putKeys(newer, 'new');
      for (const stream of [older, newer]) {
        assert.equal(await stream.read(askOld!), undefined);
        assert.deepEqual(keysOf((await stream.read(askNew!))!), ['new']);
        assert.deepEqual(keysOf((await stream.read(ask))!), ['new']);
      }
    },
  },
  {
    name: 'reads that wait hear every put, however they fall together',
    async run(subject) {
      const stream = await madeStream(subject);
      const read: string[] = [];
      const reading = (async () => {
        for (let fromIndex = 0; fromIndex < 200; ) {
          const receipt = await stream.read({ ...ask, fromIndex, maxRecords: 7 });
          read.push(...keysOf(receipt!));
          fromIndex = receipt!.nextIndex;
        }
      })();
      for (let put = 0; put < 200; put++) await putKeys(stream, `${put}`);
      await reading;
      assert.deepEqual(
        read,
        Array.from({ length: 200 }, (_, index) => `${index}`),
      );
      assert.equal((await readFrom(stream, 0, 200)).records.length, 0);
    },
  },
];
