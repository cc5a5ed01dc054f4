/**
 * The topics of one process, in memory: the models of `semantics/sources` (topic, group) behind the port. For tests, and
 * for whoever needs no second process; nothing outlives the process.
 *
 * 1. Every call changes the models at once, in one go; nothing is awaited in between.
 * 2. A group is brought up to the time, and to the topic's partitions, before anything else is looked at: each member whose
 *    session has ended leaves, and partitions that were added since are spread. So no timer is needed for sessions.
 * 3. A group comes to be by the first join or the first commit that is accepted.
 */
import {
  addPartitions,
  assignmentOf,
  type CommitOutcome,
  commitOffsets,
  createGroup,
  createTopic,
  expireTopic,
  type GroupState,
  joinConsumerGroup,
  latestOffset,
  leaveConsumerGroup,
  offsetLag,
  offsetOf,
  partitionCount,
  partitionOffsets,
  produce,
  readPartition,
  rebalance,
  type TopicState,
} from '@millrace/semantics';
import { type Clock, newId, systemClock } from '../clock.ts';
import {
  NoSuchTopic,
  OtherTopic,
  type PartitionAsk,
  type PartitionReceipt,
  type RecordProduced,
  type Topic,
  type TopicDefinition,
  type TopicGroup,
  type TopicRead,
  type Topics,
  topicRecordBytes,
} from '../ports/topic.ts';

export interface MemoryTopicsOptions {
  /** The system's own when absent. */
  readonly clock?: Clock;
}

/** An empty substrate in memory. */
export function memoryTopics(options: MemoryTopicsOptions = {}): Topics {
  return new MemoryTopics(options.clock ?? systemClock);
}

class MemoryTopics implements Topics {
  readonly #clock: Clock;
  readonly #topics = new Map<string, MemoryTopic>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async create(definition: TopicDefinition, partitions: number) {
    const there = this.#topics.get(definition.name);
    if (there) return { created: false, definition: there.current };
    if (!(partitions >= 1)) throw new RangeError(`A topic has at least one partition, not ${partitions}.`);
    this.#topics.set(definition.name, new MemoryTopic(definition, partitions, this.#clock));
    return { created: true, definition };
  }

  async find(name: string): Promise<TopicDefinition | undefined> {
    return this.#topics.get(name)?.current;
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#topics.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async remove(name: string): Promise<boolean> {
    const topic = this.#topics.get(name);
    this.#topics.delete(name);
    topic?.end(true);
    return topic !== undefined;
  }

  open(name: string): Topic {
    return new OpenTopic(() => {
      const topic = this.#topics.get(name);
      if (!topic) throw new NoSuchTopic(name);
      return topic;
    });
  }

  async close(): Promise<void> {
    for (const topic of this.#topics.values()) topic.end(false);
  }
}

/** A topic by its name: whoever holds it finds the topic of that name, also when it was removed and made anew. */
class OpenTopic implements Topic {
  readonly #topic: () => MemoryTopic;

  constructor(topic: () => MemoryTopic) {
    this.#topic = topic;
  }

  definition: Topic['definition'] = async () => this.#topic().current;
  creation: Topic['creation'] = async () => this.#topic().creation;
  produce: Topic['produce'] = async (records) => this.#topic().produce(records);
  partitions: Topic['partitions'] = async () => partitionCount(this.#topic().state);
  addPartitions: Topic['addPartitions'] = async (count) => addPartitions(this.#topic().state, count);
  read: Topic['read'] = async (asks, limit) => this.#topic().read(asks, limit);
  offsets: Topic['offsets'] = async () => this.#topic().offsets();
  offsetOf: Topic['offsetOf'] = async (partition, position) => this.#topic().offsetOf(partition, position);

  group(groupId: string): TopicGroup {
    return {
      join: async (memberId, sessionMs) => this.#topic().group(groupId).join(memberId, sessionMs),
      leave: async (memberId) => this.#topic().group(groupId).leave(memberId),
      committed: async () => new Map(this.#topic().group(groupId).state.committed),
      commit: async (...commit) =>
        this.#topic()
          .group(groupId)
          .commit(...commit),
      lag: async () => this.#topic().lag(groupId),
    };
  }
}

interface Waiting {
  readonly asks: readonly PartitionAsk[];
  readonly limit: TopicRead;
  readonly settle: (receipts: PartitionReceipt[]) => void;
  readonly fail: (reason: Error) => void;
}

class MemoryTopic {
  readonly current: TopicDefinition;
  readonly creation = newId();
  readonly state: TopicState;
  readonly groups = new Map<string, MemoryGroup>();
  readonly clock: Clock;
  readonly #waiting = new Set<Waiting>();

  constructor(definition: TopicDefinition, partitions: number, clock: Clock) {
    this.current = definition;
    this.state = createTopic({ partitions, retentionMs: definition.retentionMs });
    this.clock = clock;
  }

  produce(records: Parameters<Topic['produce']>[0]): RecordProduced[] {
    // All or nothing: a partition that does not exist is found before anything is changed.
    for (const { partition } of records) if (partition !== undefined) latestOffset(this.state, partition);
    const nowMs = this.clock.now();
    const produced = records.map(({ record, partition: asked }) => {
      const { partition, placed } = produce(this.state, record, nowMs, asked);
      return { partition, offset: placed.index };
    });
    expireTopic(this.state, nowMs);
    this.#serve();
    return produced;
  }

  read(asks: readonly PartitionAsk[], limit: TopicRead): PartitionReceipt[] | Promise<PartitionReceipt[]> {
    if (limit.signal?.aborted) return [];
    if ((limit.creation ?? this.creation) !== this.creation) throw new OtherTopic(this.current.name);
    const receipts = this.#take(asks, limit);
    return receipts.length > 0 || !limit.waitMs ? receipts : this.#wait(asks, limit, limit.waitMs);
  }

  offsets() {
    return partitionOffsets(this.state, this.clock.now());
  }

  offsetOf(...[partition, position]: Parameters<Topic['offsetOf']>): number {
    return offsetOf(this.state, partition, position, this.clock.now());
  }

  group(groupId: string): MemoryGroup {
    return this.groups.get(groupId) ?? new MemoryGroup(groupId, this);
  }

  lag(groupId: string) {
    return offsetLag(this.group(groupId).state, this.state, this.clock.now());
  }

  /** Ends all waiting: empty-handed, or with the reason why. */
  end(removed: boolean): void {
    for (const waiting of this.#waiting) {
      if (removed) waiting.fail(new NoSuchTopic(this.current.name));
      else waiting.settle([]);
    }
  }

  #serve(): void {
    for (const { asks, limit, settle } of this.#waiting) {
      const receipts = this.#take(asks, limit);
      if (receipts.length > 0) settle(receipts);
    }
  }

  #take(asks: readonly PartitionAsk[], { maxRecords, maxBytes = Infinity }: TopicRead): PartitionReceipt[] {
    for (const { partition } of asks) latestOffset(this.state, partition);
    const nowMs = this.clock.now();
    const receipts: PartitionReceipt[] = [];
    let left = maxRecords;
    let bytesLeft = maxBytes;
    for (const { partition, fromOffset } of asks) {
      if (left <= 0) break;
      const limit = { maxRecords: left, maxBytes: bytesLeft, sizeOf: topicRecordBytes };
      const { records, nextIndex: nextOffset, missed } = readPartition(this.state, partition, fromOffset, limit, nowMs);
      if (records.length === 0) continue;
      bytesLeft -= records.reduce((sum, { record }) => sum + topicRecordBytes(record), 0);
      // The model gives at least one record of each partition, the port one of all.
      if (bytesLeft < 0 && receipts.length > 0) break;
      receipts.push({ partition, records, nextOffset, missed });
      left -= records.length;
      // What is next here has no room any more.
      if (nextOffset < latestOffset(this.state, partition)) break;
    }
    return receipts;
  }

  #wait(asks: readonly PartitionAsk[], limit: TopicRead, waitMs: number): Promise<PartitionReceipt[]> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        timeout.cancel();
        limit.signal?.removeEventListener('abort', giveUp);
      };
      const settle = (receipts: PartitionReceipt[]) => {
        leave();
        resolve(receipts);
      };
      const fail = (reason: Error) => {
        leave();
        reject(reason);
      };
      const giveUp = () => settle([]);
      const waiting: Waiting = { asks, limit, settle, fail };
      const timeout = this.clock.at(this.clock.now() + waitMs, giveUp);
      limit.signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
    });
  }
}

class MemoryGroup {
  readonly state: GroupState;
  readonly #topic: MemoryTopic;
  /** By member: when its session ends unless it is heard of again. */
  readonly #deadlines = new Map<string, number>();

  constructor(groupId: string, topic: MemoryTopic) {
    this.#topic = topic;
    this.state = createGroup({ groupId, partitions: partitionCount(topic.state) });
  }

  join(memberId: string, sessionMs: number) {
    const nowMs = this.#catchUp();
    this.#keep();
    joinConsumerGroup(this.state, memberId);
    this.#deadlines.set(memberId, nowMs + sessionMs);
    const { generation } = this.state;
    return { creation: this.#topic.creation, generation, partitions: [...assignmentOf(this.state, memberId)] };
  }

  leave(memberId: string): void {
    this.#catchUp();
    leaveConsumerGroup(this.state, memberId);
    this.#deadlines.delete(memberId);
  }

  commit(...[memberId, generation, offsets]: Parameters<TopicGroup['commit']>): CommitOutcome {
    this.#catchUp();
    if (memberId !== undefined) return commitOffsets(this.state, memberId, generation, offsets);
    if (this.state.members.length > 0) return { kind: 'refused', rule: 'kafka.commit-refused-after-rebalance' };
    this.#keep();
    for (const [partition, offset] of offsets) this.state.committed.set(partition, offset);
    return { kind: 'committed' };
  }

  #keep(): void {
    this.#topic.groups.set(this.state.groupId, this);
  }

  #catchUp(): number {
    const nowMs = this.#topic.clock.now();
    for (const [memberId, deadlineMs] of this.#deadlines) {
      if (deadlineMs > nowMs) continue;
      leaveConsumerGroup(this.state, memberId);
      this.#deadlines.delete(memberId);
    }
    const partitions = partitionCount(this.#topic.state);
    if (partitions !== this.state.partitions) rebalance(this.state, partitions);
    return nowMs;
  }
}
