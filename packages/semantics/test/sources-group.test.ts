import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignmentOf,
  commitOffsets,
  createGroup,
  createTopic,
  joinConsumerGroup,
  leaveConsumerGroup,
  offsetLag,
  produce,
  rebalance,
  startingOffset,
} from '../src/index.ts';

const DAY = 86_400_000;

function topicWith(...counts: number[]) {
  const topic = createTopic({ partitions: counts.length, retentionMs: DAY });
  counts.forEach((count, partition) => {
    for (let made = 0; made < count; made++) produce(topic, { key: null, value: null, headers: [] }, made, partition);
  });
  return topic;
}

describe('assignment', () => {
  it.each([
    [
      'range',
      [
        [0, 1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    [
      'round-robin',
      [
        [0, 3, 6],
        [1, 4],
        [2, 5],
      ],
    ],
  ] as const)('by %s', (strategy, expected) => {
    const group = createGroup({ groupId: 'g', partitions: 7, strategy });
    for (const memberId of ['c', 'a', 'b']) joinConsumerGroup(group, memberId);
    expect(['a', 'b', 'c'].map((memberId) => assignmentOf(group, memberId))).toEqual(expected);
  });

  it('kafka.one-member-per-partition: after any joins and leaves each partition has one owner, evenly, in any order', () => {
    const change = fc.tuple(fc.constantFrom(joinConsumerGroup, leaveConsumerGroup), fc.constantFrom(...'abcdefgh'));
    fc.assert(
      fc.property(
        fc.constantFrom('range' as const, 'round-robin' as const),
        fc.nat({ max: 20 }),
        fc.array(change, { maxLength: 20 }),
        (strategy, partitions, changes) => {
          const group = createGroup({ groupId: 'g', partitions, strategy });
          for (const [apply, memberId] of changes) {
            const before = { generation: group.generation, members: group.members.length };
            apply(group, memberId);
            expect(group.generation > before.generation).toBe(group.members.length !== before.members);
          }
          const owned = group.members.flatMap((member) => member.partitions).sort((one, other) => one - other);
          const all = Array.from({ length: partitions }, (_, partition) => partition);
          expect(owned).toEqual(group.members.length > 0 ? all : []);
          const sizes = group.members.map((member) => member.partitions.length);
          expect(Math.max(0, ...sizes) - Math.min(partitions, ...sizes)).toBeLessThanOrEqual(
            group.members.length ? 1 : partitions,
          );
          const again = createGroup({ groupId: 'g', partitions, strategy });
          for (const { memberId } of [...group.members].reverse()) joinConsumerGroup(again, memberId);
          expect(again.members).toEqual(group.members);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes in added partitions with a rebalance', () => {
    const group = createGroup({ groupId: 'g', partitions: 2 });
    joinConsumerGroup(group, 'a');
    joinConsumerGroup(group, 'b');
    expect(rebalance(group, 3)).toBe('kafka.one-member-per-partition');
    expect([assignmentOf(group, 'a'), assignmentOf(group, 'b')]).toEqual([[0, 1], [2]]);
    expect(assignmentOf(group, 'nobody')).toEqual([]);
  });
});

describe('commits', () => {
  it('kafka.commit-refused-after-rebalance: of an older generation, and of one who left', () => {
    const group = createGroup({ groupId: 'g', partitions: 2 });
    joinConsumerGroup(group, 'a');
    const { generation } = group;
    expect(commitOffsets(group, 'a', generation, new Map([[0, 5]]))).toEqual({ kind: 'committed' });
    joinConsumerGroup(group, 'b');
    const refused = { kind: 'refused', rule: 'kafka.commit-refused-after-rebalance' };
    expect(commitOffsets(group, 'a', generation, new Map([[0, 9]]))).toEqual(refused);
    leaveConsumerGroup(group, 'a');
    expect(commitOffsets(group, 'a', group.generation, new Map([[0, 9]]))).toEqual(refused);
    expect([...group.committed]).toEqual([[0, 5]]);
  });
});

describe('where a partition begins', () => {
  it('kafka.committed-offset-wins: over any starting position', () => {
    const group = createGroup({ groupId: 'g', partitions: 2, committed: { 0: 2 } });
    const topic = topicWith(5, 5);
    expect(startingOffset(group, topic, 0, 'LATEST', 10)).toEqual({ offset: 2, rule: 'kafka.committed-offset-wins' });
    expect(startingOffset(group, topic, 1, 'LATEST', 10)).toEqual({ offset: 5 });
    expect(startingOffset(group, topic, 1, 'TRIM_HORIZON', 10)).toEqual({ offset: 0 });
  });

  it('goes on at the oldest record when retention has overtaken the commit', () => {
    const group = createGroup({ groupId: 'g', partitions: 1, committed: { 0: 1 } });
    expect(startingOffset(group, topicWith(5), 0, 'LATEST', DAY + 2).offset).toBe(3);
  });
});

describe('lag', () => {
  it('is what is not committed, in sum and at most; what has expired does not count', () => {
    const group = createGroup({ groupId: 'g', partitions: 3, committed: { 0: 4, 1: 0 } });
    const topic = topicWith(5, 7, 3);
    expect(offsetLag(group, topic, 10)).toEqual({ sum: 1 + 7 + 3, max: 7 });
    expect(offsetLag(group, topic, DAY + 1)).toEqual({ sum: 1 + 5 + 1, max: 5 });
    expect(offsetLag(group, topic, 2 * DAY)).toEqual({ sum: 0, max: 0 });
  });
});
