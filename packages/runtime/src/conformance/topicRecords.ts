/** Cases of records: producing, reading, retention, offsets by time, partitions that are added. */
import assert from 'node:assert/strict';
import { partitionOfKey, type TopicRecord } from '@millrace/semantics';
import { topicRecordBytes } from '../ports/topic.ts';
import { base64, fill, look, madeTopic, shown, type TopicCase, valued } from './topicSubject.ts';

const text = 'line one\nline two\t"quoted" \\ µ € 😀 {"json":[1]}\r\n';

export const recordCases: readonly TopicCase[] = [
  {
    name: 'what was produced is read as it was, byte for byte, with key, headers, timestamp and arrival',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const records: TopicRecord[] = [
        { key: base64('k\n'), value: base64(text), headers: [{ key: text, value: base64(text) }], timestampMs: 42 },
        { key: null, value: null, headers: [] },
        { key: '', value: '', headers: [{ key: '', value: '' }] },
        { key: base64('tombstone'), value: null, headers: [], timestampMs: 0 },
        valued('x', { headers: ['a', 'b', 'a'].map((key, at) => ({ key, value: base64(`${at}`) })) }),
      ];
      const produced = await topic.produce(records.map((record) => ({ record })));
      assert.deepEqual(
        produced,
        records.map((_, offset) => ({ partition: 0, offset })),
      );
      const [receipt] = await topic.read([{ partition: 0, fromOffset: 0 }], { maxRecords: 10 });
      const arrivalMs = subject.now();
      assert.deepEqual(
        receipt?.records,
        records.map((record, index) => ({ index, arrivalMs, record })),
      );
      assert.deepEqual([receipt?.nextOffset, receipt?.missed], [5, 0]);
    },
  },
  {
    name: 'the key decides the partition as Kafka’s own clients do; without one it goes round in turn',
    async run(subject) {
      const topic = await madeTopic(subject, 7);
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
      const keyed = await topic.produce(keys.map((key) => ({ record: valued('x', { key: base64(key) }) })));
      assert.deepEqual(
        keyed.map(({ partition }) => partition),
        keys.map((key) => partitionOfKey(Buffer.from(key), 7)),
      );
      const turns = [...(await topic.produce(Array(5).fill({ record: valued('y') }))), ...(await turnsOf(topic, 5))];
      assert.deepEqual(
        turns.map(({ partition }) => partition),
        [0, 1, 2, 3, 4, 5, 6, 0, 1, 2],
      );
      const named = await topic.produce([{ record: valued('z', { key: base64('key-0') }), partition: 6 }]);
      assert.equal(named[0]?.partition, 6);
      assert.equal((await turnsOf(topic, 1))[0]?.partition, 3);
    },
  },
  {
    name: 'a partition that does not exist is refused, and nothing of its call is produced',
    async run(subject) {
      const topic = await madeTopic(subject, 2);
      for (const partition of [2, -1, 0.5]) {
        const call = topic.produce([{ record: valued('a') }, { record: valued('b'), partition }]);
        await assert.rejects(call, new RangeError(`Partition ${partition} does not exist; the topic has 2.`));
        await assert.rejects(topic.offsetOf(partition, 'LATEST'), RangeError);
        await assert.rejects(topic.offsetOf(partition, { atMs: 0 }), RangeError);
        const asks = [0, partition].map((each) => ({ partition: each, fromOffset: 0 }));
        await assert.rejects(topic.read(asks, { maxRecords: 1 }), RangeError);
      }
      assert.deepEqual(
        (await topic.offsets()).map(({ latest }) => latest),
        [0, 0],
      );
    },
  },
  {
    name: 'many records in one call are all there, in order, whatever their size',
    async run(subject) {
      const topic = await madeTopic(subject, 3);
      const values = Array.from({ length: 1300 }, (_, index) => `${index}`.padEnd(index % 100 === 0 ? 50_000 : 4, '.'));
      const produced = await topic.produce(
        values.map((value, index) => ({ record: valued(value), partition: index % 3 })),
      );
      assert.deepEqual(
        produced,
        values.map((_, index) => ({ partition: index % 3, offset: Math.floor(index / 3) })),
      );
      let next = 0;
      const read: (string | null)[] = [];
      for (;;) {
        const [receipt] = await topic.read([{ partition: 1, fromOffset: next }], { maxRecords: 100 });
        if (!receipt) break;
        next = receipt.nextOffset;
        read.push(...receipt.records.map(({ record }) => record.value));
      }
      const expected = values.filter((_, index) => index % 3 === 1).map(base64);
      assert.equal(read.length, expected.length);
      assert.deepEqual(read, expected);
    },
  },
  {
    name: 'partitions are read in the order asked for until there are enough records',
    async run(subject) {
      const topic = await madeTopic(subject, 4);
      await fill(topic, 0, ['a', 'b', 'c']);
      await fill(topic, 1, ['d', 'e']);
      await fill(topic, 3, ['f', 'g', 'h']);
      const asks = [3, 2, 1, 0].map((partition) => ({ partition, fromOffset: 1 }));
      // Again: what a reader has learnt from its reads must not change what it reads.
      for (let again = 0; again < 3; again++) {
        assert.deepEqual(shown(await topic.read(asks, { maxRecords: 4 })), [
          '3: g@1 h@2 next 3',
          '1: e@1 next 2',
          '0: b@1 next 2',
        ]);
        assert.deepEqual(shown(await topic.read(asks, { maxRecords: 1 })), ['3: g@1 next 2']);
        assert.deepEqual(shown(await topic.read(asks, { maxRecords: 3 })), ['3: g@1 h@2 next 3', '1: e@1 next 2']);
        assert.equal((await topic.read(asks, { maxRecords: 100 })).length, 3);
      }
      assert.deepEqual(await topic.read(asks, { maxRecords: 0 }), []);
      assert.deepEqual(await topic.read([], { maxRecords: 5 }), []);
      assert.deepEqual(await look(topic, 0, 3), []);
      assert.deepEqual(await look(topic, 0, 9), []);
    },
  },
  {
    name: 'a read ends where the next record has no room any more, but gives one record',
    async run(subject) {
      const topic = await madeTopic(subject, 2);
      await fill(topic, 0, ['four', 'four', 'a longer one']);
      await fill(topic, 1, ['four', 'x']);
      const four = topicRecordBytes(valued('four'));
      const asks = [0, 1].map((partition) => ({ partition, fromOffset: 0 }));
      const read = async (maxBytes: number) => shown(await topic.read(asks, { maxRecords: 100, maxBytes }));
      assert.deepEqual(await read(0), ['0: four@0 next 1']);
      assert.deepEqual(await read(2 * four - 1), ['0: four@0 next 1']);
      assert.deepEqual(await read(2 * four), ['0: four@0 four@1 next 2']);
      assert.deepEqual(await read(10_000), ['0: four@0 four@1 a longer one@2 next 3', '1: four@0 x@1 next 2']);
      const [, , long] = (await topic.read(asks, { maxRecords: 3 }))[0]?.records ?? [];
      const three = 2 * four + topicRecordBytes(long!.record);
      assert.deepEqual(await read(three + four - 1), ['0: four@0 four@1 a longer one@2 next 3']);
      assert.deepEqual(await read(three + four), ['0: four@0 four@1 a longer one@2 next 3', '1: four@0 next 1']);
    },
  },
  {
    name: 'retention ends records; who comes late is told how many were missed',
    async run(subject) {
      const topic = await madeTopic(subject, 2, { retentionMs: 1000 });
      await fill(topic, 0, ['a', 'b']);
      await subject.advance(600);
      await fill(topic, 0, ['c']);
      await subject.advance(399);
      assert.deepEqual(await look(topic, 0, 0), ['0: a@0 b@1 c@2 next 3']);
      await subject.advance(1);
      assert.deepEqual(await look(topic, 0, 0), ['0: c@2 next 3 missed 2']);
      assert.deepEqual(await look(topic, 0, 1), ['0: c@2 next 3 missed 1']);
      assert.deepEqual(await look(topic, 0, 2), ['0: c@2 next 3']);
      assert.deepEqual((await topic.offsets())[0], { partition: 0, earliest: 2, latest: 3 });
      await subject.advance(600);
      assert.deepEqual(await look(topic, 0, 0), []);
      assert.deepEqual((await topic.offsets())[0], { partition: 0, earliest: 3, latest: 3 });
      assert.deepEqual(await fill(topic, 0, ['d']), [3]);
      assert.deepEqual(await look(topic, 0, 1), ['0: d@3 next 4 missed 2']);
    },
  },
  {
    name: 'retention that ends a great many records at once is exact',
    async run(subject) {
      const topic = await madeTopic(subject, 1, { retentionMs: 1000 });
      await fill(topic, 0, Array(2500).fill('old'));
      await subject.advance(999);
      await fill(topic, 0, ['new', 'newer']);
      await subject.advance(1);
      assert.equal(await topic.offsetOf(0, { atMs: 0 }), 2500);
      assert.deepEqual(await look(topic, 0, 7), ['0: new@2500 newer@2501 next 2502 missed 2493']);
      for (let again = 0; again < 4; again++) {
        assert.deepEqual(await topic.offsets(), [{ partition: 0, earliest: 2500, latest: 2502 }]);
      }
      assert.equal(await topic.offsetOf(0, { atMs: 0 }), 2500);
      assert.deepEqual(await look(topic, 0, 7), ['0: new@2500 newer@2501 next 2502 missed 2493']);
    },
  },
  {
    name: 'an offset by time is that of the first record whose timestamp is not before it',
    async run(subject) {
      const topic = await madeTopic(subject, 1, { retentionMs: 1000 });
      const t0 = subject.now();
      const stamps = [undefined, t0 - 50, t0 + 70, undefined, t0 + 20, t0 + 500];
      for (const timestampMs of stamps) {
        await topic.produce([{ record: valued('x', timestampMs === undefined ? {} : { timestampMs }) }]);
        await subject.advance(10);
      }
      const at = (ms: number) => topic.offsetOf(0, { atMs: t0 + ms });
      assert.deepEqual(await Promise.all([-60, 0, 1, 70, 71, 500, 501].map(at)), [0, 0, 2, 2, 5, 5, 6]);
      assert.equal(await topic.offsetOf(0, 'TRIM_HORIZON'), 0);
      assert.equal(await topic.offsetOf(0, 'LATEST'), 6);
      await subject.advance(970);
      // The first three have expired: 1030 after they came at 0, 10, 20.
      assert.deepEqual(await Promise.all([-60, 0, 31, 71, 501].map(at)), [4, 4, 5, 5, 6]);
    },
  },
  {
    name: 'an offset by time is found among a great many, also where a record has a time far ahead',
    async run(subject) {
      const topic = await madeTopic(subject, 1, { retentionMs: 5000 });
      const t0 = subject.now();
      await topic.produce([{ record: valued('ahead', { timestampMs: t0 + 1_000_000 }) }]);
      for (let round = 0; round < 8; round++) {
        await subject.advance(100);
        await fill(topic, 0, Array(150).fill('x'));
      }
      assert.equal(await topic.offsetOf(0, { atMs: t0 + 350 }), 0);
      await subject.advance(4250);
      assert.equal(await topic.offsetOf(0, { atMs: t0 + 350 }), 451);
      assert.equal(await topic.offsetOf(0, { atMs: t0 + 800 }), 1051);
      assert.equal(await topic.offsetOf(0, { atMs: t0 + 801 }), 1201);
    },
  },
  {
    name: 'partitions that are added begin at 0, and records stay where they are',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      await fill(topic, 0, ['a']);
      await topic.addPartitions(2);
      await topic.addPartitions(0);
      assert.equal(await topic.partitions(), 3);
      assert.deepEqual(await fill(topic, 2, ['b']), [0]);
      assert.deepEqual(
        (await topic.offsets()).map(({ partition, latest }) => [partition, latest]),
        [
          [0, 1],
          [1, 0],
          [2, 1],
        ],
      );
    },
  },
];

function turnsOf(topic: Parameters<typeof fill>[0], count: number) {
  return topic.produce(Array(count).fill({ record: valued('turn') }));
}
