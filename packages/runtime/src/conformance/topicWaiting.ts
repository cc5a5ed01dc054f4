/** Cases of reads that wait, and of topics that are made and removed. */
import assert from 'node:assert/strict';
import { NoSuchTopic, OtherTopic } from '../ports/topic.ts';
import { fill, joined, look, madeTopic, shown, type TopicCase, topicDefinition } from './topicSubject.ts';

const LONG_MS = 20_000;

export const topicWaitingCases: readonly TopicCase[] = [
  {
    name: 'a read waits for a record of its partitions, and many that wait are all served',
    async run(subject) {
      const topic = await madeTopic(subject, 3);
      const asks = [0, 1].map((partition) => ({ partition, fromOffset: 0 }));
      const limit = { maxRecords: 10, waitMs: LONG_MS };
      const waiting = [1, 2, 3].map(() => topic.read(asks, limit));
      const other = topic.read([{ partition: 2, fromOffset: 0 }], limit);
      await fill(topic, 1, ['a']);
      for (const each of waiting) assert.deepEqual(shown(await each), ['1: a@0 next 1']);
      await fill(topic, 2, ['b']);
      assert.deepEqual(shown(await other), ['2: b@0 next 1']);
      assert.deepEqual(shown(await topic.read(asks, limit)), ['1: a@0 next 1']);
    },
  },
  {
    name: 'a read that waits for an offset that is still to come is not served by those before',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const waiting = topic.read([{ partition: 0, fromOffset: 2 }], { maxRecords: 10, waitMs: LONG_MS });
      await fill(topic, 0, ['a', 'b']);
      await fill(topic, 0, ['c']);
      assert.deepEqual(shown(await waiting), ['0: c@2 next 3']);
    },
  },
  {
    name: 'a read that waits loses no record, however they come',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const values = Array.from({ length: 100 }, (_, index) => `${index}`);
      const producing = (async () => {
        for (const value of values) await fill(topic, 0, [value]);
      })();
      const seen: string[] = [];
      while (seen.length < values.length) {
        const asks = [{ partition: 0, fromOffset: seen.length }];
        const [receipt] = await topic.read(asks, { maxRecords: 3, waitMs: LONG_MS });
        assert.equal(receipt?.missed, 0);
        for (const { record } of receipt.records) seen.push(Buffer.from(record.value ?? '', 'base64').toString());
      }
      await producing;
      assert.deepEqual(seen, values);
    },
  },
  {
    name: 'a read ends with empty hands at its time, by its signal and when all is closed',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const asks = [{ partition: 0, fromOffset: 0 }];
      const timed = topic.read(asks, { maxRecords: 1, waitMs: 3000 });
      await subject.advance(3000);
      assert.deepEqual(await timed, []);
      const abort = new AbortController();
      const limit = { maxRecords: 1, waitMs: LONG_MS, signal: abort.signal };
      const aborted = topic.read(asks, limit);
      abort.abort();
      assert.deepEqual(await aborted, []);
      assert.deepEqual(await topic.read(asks, limit), []);
      const closed = topic.read(asks, { maxRecords: 1, waitMs: LONG_MS });
      await subject.topics.close();
      assert.deepEqual(await closed, []);
    },
  },
  {
    name: 'a read that waits on a topic that is removed is told so',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const asks = [{ partition: 0, fromOffset: 0 }];
      const waiting = assert.rejects(topic.read(asks, { maxRecords: 1, waitMs: LONG_MS }), NoSuchTopic);
      assert.equal(await subject.topics.remove('t'), true);
      await waiting;
    },
  },
];

export const topicDefinitionCases: readonly TopicCase[] = [
  {
    name: 'a topic is made once, found, listed by prefix in order, and removed',
    async run({ topics }) {
      const first = topicDefinition('orders', { retentionMs: 5 });
      assert.deepEqual(await topics.create(first, 2), { created: true, definition: first });
      assert.deepEqual(await topics.create(topicDefinition('orders'), 9), { created: false, definition: first });
      assert.equal(await topics.open('orders').partitions(), 2);
      for (const name of ['order', 'orders.x', 'B', 'or{de}rs']) await topics.create(topicDefinition(name), 1);
      assert.deepEqual(await topics.list(''), ['B', 'order', 'orders', 'orders.x', 'or{de}rs']);
      assert.deepEqual(await topics.list('order'), ['order', 'orders', 'orders.x']);
      assert.deepEqual(await topics.find('orders'), first);
      assert.deepEqual(await topics.open('orders').definition(), first);
      assert.equal(await topics.remove('orders'), true);
      assert.equal(await topics.remove('orders'), false);
      assert.equal(await topics.find('orders'), undefined);
      assert.deepEqual(await topics.list('order'), ['order', 'orders.x']);
      await assert.rejects(topics.create(topicDefinition('none'), 0), RangeError);
    },
  },
  {
    name: 'every call on a topic that is not there says so',
    async run({ topics }) {
      const topic = topics.open('nowhere');
      const group = topic.group('g');
      const calls = [
        () => topic.definition(),
        () => topic.creation(),
        () => topic.produce([]),
        () => topic.partitions(),
        () => topic.addPartitions(1),
        () => topic.read([], { maxRecords: 1 }),
        () => topic.read([{ partition: 0, fromOffset: 0 }], { maxRecords: 1, waitMs: LONG_MS }),
        () => topic.offsets(),
        () => topic.offsetOf(0, 'LATEST'),
        () => group.join('m', 1000),
        () => group.leave('m'),
        () => group.committed(),
        () => group.commit('m', 1, new Map()),
        () => group.lag(),
      ];
      for (const call of calls) await assert.rejects(call, new NoSuchTopic('nowhere'));
    },
  },
  {
    name: 'a topic that is made anew has nothing of the one before, also for who held that',
    async run(subject) {
      const topic = await madeTopic(subject, 3);
      await fill(topic, 2, ['old', 'old']);
      await topic.group('g').join('m', 10_000);
      await topic.group('g').commit('m', 1, new Map([[2, 2]]));
      await subject.topics.remove('t');
      await assert.rejects(topic.partitions(), NoSuchTopic);
      await subject.topics.create(topicDefinition('t'), 2);
      assert.equal(await topic.partitions(), 2);
      assert.deepEqual(await look(topic, 1, 0), []);
      assert.deepEqual(await joined(topic.group('g'), 'm', 10_000), { generation: 1, partitions: [0, 1] });
      assert.equal((await topic.group('g').committed()).size, 0);
      assert.deepEqual(await fill(topic, 1, ['new']), [0]);
      assert.deepEqual(await look(topic, 1, 0), ['1: new@0 next 1']);
    },
  },
  {
    name: 'its creation tells it from the one before, to members and to readers',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const group = topic.group('g');
      const old = await topic.creation();
      await topic.addPartitions(1);
      assert.equal(await subject.topics.open('t').creation(), old);
      assert.equal((await group.join('m', 10_000)).creation, old);
      await subject.topics.remove('t');
      await subject.topics.create(topicDefinition('t'), 1);
      const creation = await topic.creation();
      assert.notEqual(creation, old);
      for (let times = 0; times < 2; times += 1) assert.equal((await group.join('m', 10_000)).creation, creation);
      await fill(topic, 0, ['new']);
      const asks = [{ partition: 0, fromOffset: 0 }];
      const limit = { maxRecords: 1, waitMs: LONG_MS };
      assert.equal((await topic.read(asks, { ...limit, creation })).length, 1);
      await assert.rejects(topic.read(asks, { maxRecords: 1, creation: old }), new OtherTopic('t'));
      await assert.rejects(topic.read(asks, { ...limit, creation: old }), new OtherTopic('t'));
    },
  },
];
