/** Cases of consumer groups: who has which partition, sessions, generations, commits, lag. */
import assert from 'node:assert/strict';
import type { Topic } from '../ports/topic.ts';
import { fill, joined, madeTopic, type TopicCase } from './topicSubject.ts';

const REFUSED = { kind: 'refused', rule: 'kafka.commit-refused-after-rebalance' };
const SESSION_MS = 10_000;

const offsets = (...pairs: [number, number][]): ReadonlyMap<number, number> => new Map(pairs);

async function committed(topic: Topic, groupId = 'g'): Promise<[number, number][]> {
  return [...(await topic.group(groupId).committed())].sort(([one], [other]) => one - other);
}

export const consumerGroupCases: readonly TopicCase[] = [
  {
    name: 'each partition has one member, spread in runs by the members’ ids, whoever came first',
    async run(subject) {
      const group = (await madeTopic(subject, 5)).group('g');
      assert.deepEqual(await joined(group, 'm2', SESSION_MS), { generation: 1, partitions: [0, 1, 2, 3, 4] });
      assert.deepEqual(await joined(group, 'm1', SESSION_MS), { generation: 2, partitions: [0, 1, 2] });
      assert.deepEqual(await joined(group, 'm2', SESSION_MS), { generation: 2, partitions: [3, 4] });
      assert.deepEqual(await joined(group, 'm2', SESSION_MS), { generation: 2, partitions: [3, 4] });
      assert.deepEqual(await joined(group, 'M3', SESSION_MS), { generation: 3, partitions: [0, 1] });
      assert.deepEqual((await group.join('m2', SESSION_MS)).partitions, [4]);
      for (const member of ['é', 'ü', '~']) await group.join(member, SESSION_MS);
      const all = await Promise.all(['M3', 'm1', 'm2', '~', 'é', 'ü'].map((member) => group.join(member, SESSION_MS)));
      assert.deepEqual(
        all.map(({ partitions }) => partitions),
        [[0], [1], [2], [3], [4], []],
      );
    },
  },
  {
    name: 'a member that leaves gives its partitions to the others; leaving twice changes nothing',
    async run(subject) {
      const group = (await madeTopic(subject, 2)).group('g');
      await group.join('a', SESSION_MS);
      await group.join('b', SESSION_MS);
      await group.leave('a');
      await group.leave('a');
      await group.leave('nobody');
      assert.deepEqual(await joined(group, 'b', SESSION_MS), { generation: 3, partitions: [0, 1] });
    },
  },
  {
    name: 'a member that is not heard of for its session has left',
    async run(subject) {
      const group = (await madeTopic(subject, 2)).group('g');
      await group.join('a', SESSION_MS);
      await group.join('b', 2 * SESSION_MS);
      await subject.advance(SESSION_MS - 1);
      assert.deepEqual(await joined(group, 'a', SESSION_MS), { generation: 2, partitions: [0] });
      await subject.advance(SESSION_MS - 1);
      assert.deepEqual(await joined(group, 'b', SESSION_MS), { generation: 2, partitions: [1] });
      await subject.advance(1);
      assert.deepEqual(await joined(group, 'b', SESSION_MS), { generation: 3, partitions: [0, 1] });
      assert.deepEqual(await group.commit('a', 2, offsets([0, 5])), REFUSED);
      await subject.advance(SESSION_MS);
      assert.deepEqual(await joined(group, 'a', SESSION_MS), { generation: 5, partitions: [0, 1] });
    },
  },
  {
    name: 'partitions that are added are spread by a new generation',
    async run(subject) {
      const topic = await madeTopic(subject, 2);
      const group = topic.group('g');
      await group.join('a', SESSION_MS);
      await group.join('b', SESSION_MS);
      await topic.addPartitions(2);
      assert.deepEqual(await group.commit('b', 2, offsets([1, 1])), REFUSED);
      assert.deepEqual(await joined(group, 'a', SESSION_MS), { generation: 3, partitions: [0, 1] });
      assert.deepEqual(await joined(group, 'b', SESSION_MS), { generation: 3, partitions: [2, 3] });
      assert.deepEqual(await joined(topic.group('new'), 'a', SESSION_MS), { generation: 1, partitions: [0, 1, 2, 3] });
    },
  },
  {
    name: 'only a member of the current generation commits, all offsets or none',
    async run(subject) {
      const topic = await madeTopic(subject, 3);
      const group = topic.group('g');
      const { generation } = await group.join('a', SESSION_MS);
      assert.deepEqual(await group.commit('a', generation, offsets([0, 5], [2, 7])), { kind: 'committed' });
      assert.deepEqual(await group.commit('a', generation + 1, offsets([0, 9], [1, 9])), REFUSED);
      assert.deepEqual(await group.commit('b', generation, offsets([0, 9])), REFUSED);
      await group.join('b', SESSION_MS);
      assert.deepEqual(await group.commit('a', generation, offsets([1, 9])), REFUSED);
      assert.deepEqual(await committed(topic), [
        [0, 5],
        [2, 7],
      ]);
      assert.deepEqual(await group.commit('b', generation + 1, offsets([0, 3])), { kind: 'committed' });
      assert.deepEqual(await committed(topic), [
        [0, 3],
        [2, 7],
      ]);
    },
  },
  {
    name: 'a session that ends refuses the commit that comes after it, also of its last member',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      const { generation } = await topic.group('g').join('a', SESSION_MS);
      await subject.advance(SESSION_MS);
      assert.deepEqual(await topic.group('g').commit('a', generation, offsets([0, 1])), REFUSED);
      assert.deepEqual(await committed(topic), []);
    },
  },
  {
    name: 'offsets from outside are committed while there is no member',
    async run(subject) {
      const topic = await madeTopic(subject, 2);
      const group = topic.group('g');
      assert.deepEqual(await group.commit(undefined, 0, offsets([0, 4])), { kind: 'committed' });
      assert.deepEqual(await joined(group, 'a', SESSION_MS), { generation: 1, partitions: [0, 1] });
      assert.deepEqual(await group.commit(undefined, 1, offsets([0, 8])), REFUSED);
      await group.leave('a');
      assert.deepEqual(await group.commit(undefined, 0, offsets([1, 2])), { kind: 'committed' });
      assert.deepEqual(await committed(topic), [
        [0, 4],
        [1, 2],
      ]);
    },
  },
  {
    name: 'groups of one topic know nothing of each other',
    async run(subject) {
      const topic = await madeTopic(subject, 1);
      for (const groupId of ['g', 'g:m', '{g}', 'g h']) {
        assert.deepEqual(await joined(topic.group(groupId), 'a', SESSION_MS), { generation: 1, partitions: [0] });
        assert.deepEqual(await committed(topic, groupId), []);
        await topic.group(groupId).commit('a', 1, offsets([0, groupId.length]));
      }
      assert.deepEqual(await committed(topic, 'g'), [[0, 1]]);
    },
  },
  {
    name: 'lag is what is not yet committed, and no more than what is held',
    async run(subject) {
      const topic = await madeTopic(subject, 3, { retentionMs: 1000 });
      const group = topic.group('g');
      assert.deepEqual(await group.lag(), { sum: 0, max: 0 });
      await fill(topic, 0, ['a', 'b', 'c']);
      await fill(topic, 1, ['d']);
      assert.deepEqual(await group.lag(), { sum: 4, max: 3 });
      await group.commit(undefined, 0, offsets([0, 1], [1, 9]));
      assert.deepEqual(await group.lag(), { sum: 2, max: 2 });
      await subject.advance(900);
      await fill(topic, 0, ['e']);
      await fill(topic, 2, ['f', 'g', 'h']);
      assert.deepEqual(await group.lag(), { sum: 6, max: 3 });
      await subject.advance(100);
      assert.deepEqual(await group.lag(), { sum: 4, max: 3 });
    },
  },
];
