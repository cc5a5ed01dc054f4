/**
 * A Kafka consumer group as plain data: members, generations, who owns which partition, committed offsets.
 *
 * 1. Each partition is assigned to exactly one member while there is one; a member may have none.
 * 2. Every change of members or partitions begins a new generation; commits of older ones are refused.
 * 3. A committed offset is the offset of the next record to read.
 * 4. The assignment depends on the sets of members and partitions alone, not on the order in which they came.
 */
import type { StartingPosition } from '../mapping/settings.ts';
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import {
  earliestOffset,
  latestOffset,
  offsetOf,
  type PartitionOffsets,
  partitionOffsets,
  type TopicState,
} from './topic.ts';

/** How partitions are spread: in runs, or one after the other. */
export type AssignmentStrategy = 'range' | 'round-robin';

export interface GroupState {
  readonly groupId: string;
  readonly strategy: AssignmentStrategy;
  generation: number;
  /** How many partitions the current generation has spread. */
  partitions: number;
  /** Sorted by id, with the partitions of each in ascending order. */
  members: GroupMember[];
  /** By partition. */
  committed: Map<number, number>;
}

export interface GroupMember {
  readonly memberId: string;
  partitions: number[];
}

export interface GroupOptions {
  readonly groupId: string;
  readonly partitions: number;
  readonly strategy?: AssignmentStrategy;
  /** Offsets that the group had committed before, by partition. */
  readonly committed?: Readonly<Record<number, number>>;
}

export type CommitOutcome = { readonly kind: 'committed' } | { readonly kind: 'refused'; readonly rule: RuleId };

/** Where a member begins to read a partition; the rule says that a committed offset decided it. */
export interface StartingOffset {
  readonly offset: number;
  readonly rule?: RuleId;
}

export function createGroup(options: GroupOptions): GroupState {
  const committed = new Map(Object.entries(options.committed ?? {}).map(([key, offset]) => [Number(key), offset]));
  const { groupId, partitions, strategy = 'range' } = options;
  return { groupId, strategy, generation: 0, partitions, members: [], committed };
}

/** A member joins; joining twice changes nothing. */
export function joinConsumerGroup(group: GroupState, memberId: string): void {
  if (group.members.some((member) => member.memberId === memberId)) return;
  group.members.push({ memberId, partitions: [] });
  group.members.sort((one, other) => (one.memberId < other.memberId ? -1 : 1));
  rebalance(group);
}

/** A member leaves, or was found dead; leaving twice changes nothing. */
export function leaveConsumerGroup(group: GroupState, memberId: string): void {
  const remaining = group.members.filter((member) => member.memberId !== memberId);
  if (remaining.length === group.members.length) return;
  group.members = remaining;
  rebalance(group);
}

/** The topic got more partitions, or the group rebalances for another reason: a new generation, all assigned anew. */
export function rebalance(group: GroupState, partitions: number = group.partitions): RuleId {
  group.generation++;
  group.partitions = partitions;
  for (const member of group.members) member.partitions = [];
  const { members, strategy } = group;
  for (let partition = 0; members.length > 0 && partition < partitions; partition++) {
    members[ownerOf(partition, partitions, members.length, strategy)]!.partitions.push(partition);
  }
  return 'kafka.one-member-per-partition';
}

/** The partitions of a member in the current generation. */
export function assignmentOf(group: GroupState, memberId: string): readonly number[] {
  return group.members.find((member) => member.memberId === memberId)?.partitions ?? [];
}

/** Commits offsets by partition, for a member of the current generation only (OffsetCommit). */
export function commitOffsets(
  group: GroupState,
  memberId: string,
  generation: number,
  offsets: ReadonlyMap<number, number>,
): CommitOutcome {
  const known = group.members.some((member) => member.memberId === memberId);
  if (!known || generation !== group.generation)
    return { kind: 'refused', rule: 'kafka.commit-refused-after-rebalance' };
  for (const [partition, offset] of offsets) group.committed.set(partition, offset);
  return { kind: 'committed' };
}

/** Where to begin: at the committed offset if that can still be read, else at the oldest or at the starting position. */
export function startingOffset(
  group: GroupState,
  topic: TopicState,
  partition: number,
  position: StartingPosition,
  nowMs: Millis,
): StartingOffset {
  const committed = group.committed.get(partition);
  if (committed === undefined) return { offset: offsetOf(topic, partition, position, nowMs) };
  const offset = Math.max(committed, earliestOffset(topic, partition, nowMs));
  return { offset: Math.min(offset, latestOffset(topic, partition)), rule: 'kafka.committed-offset-wins' };
}

export interface OffsetLag {
  readonly sum: number;
  readonly max: number;
}

/** Records not yet committed, over all partitions (SumOffsetLag, MaxOffsetLag); without a commit, all that is held. */
export function offsetLag(group: GroupState, topic: TopicState, nowMs: Millis): OffsetLag {
  return lagOf(partitionOffsets(topic, nowMs), group.committed);
}

/** The same of a topic and a group that are kept elsewhere. */
export function lagOf(held: readonly PartitionOffsets[], committed: ReadonlyMap<number, number>): OffsetLag {
  let sum = 0;
  let max = 0;
  for (const { partition, earliest, latest } of held) {
    const lag = Math.max(0, latest - Math.max(committed.get(partition) ?? earliest, earliest));
    sum += lag;
    max = Math.max(max, lag);
  }
  return { sum, max };
}

function ownerOf(partition: number, partitions: number, members: number, strategy: AssignmentStrategy): number {
  if (strategy === 'round-robin') return partition % members;
  const each = Math.floor(partitions / members);
  const larger = partitions % members;
  const inLarger = larger * (each + 1);
  if (partition < inLarger) return Math.floor(partition / (each + 1));
  return larger + Math.floor((partition - inLarger) / each);
}
