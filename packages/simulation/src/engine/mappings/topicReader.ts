/** Reading a Kafka topic: a consumer group whose members are the mapping's pollers. */
import { type KafkaEventContext, kafkaEventContext, topicPartition } from '@millrace/aws-shapes';
import {
  assignmentOf,
  commitOffsets,
  createGroup,
  type GroupState,
  joinConsumerGroup,
  type LaneSave,
  leaveConsumerGroup,
  type MappingFact,
  type MappingOrder,
  offsetLag,
  type Position,
  rebalance,
  type SavedPoller,
  type SaveOrder,
  startingOffset,
} from '@millrace/semantics';
import type { Deliver } from '../sources/cursor.ts';
import { offsetOfPosition, PartitionsCursor, partitionOf } from '../sources/partitionsCursor.ts';
import type { TopicRun } from '../sources/topic.ts';
import type { World } from '../world.ts';
import type { MappingRun } from './mappingRun.ts';
import type { Opening, Reader } from './reader.ts';
import { Store } from './store.ts';

export class TopicReader implements Reader {
  readonly retentionMs: number;
  readonly visibilityTimeoutMs = 0;
  readonly fanOut = false;
  readonly store = new Store();
  readonly group: GroupState;
  readonly #world: World;
  readonly #mapping: MappingRun;
  readonly #topic: TopicRun;
  readonly #context: KafkaEventContext;
  /** Offsets at which partitions began that had no commit. */
  readonly #starts = new Map<number, number>();
  #throttles = 0;
  readonly #leaving = new Set<string>();

  constructor(world: World, mapping: MappingRun, topic: TopicRun) {
    this.#world = world;
    this.#mapping = mapping;
    this.#topic = topic;
    const { type, topic: name, retentionMs, bootstrapServers, arn, committed } = topic.plan;
    this.retentionMs = retentionMs;
    this.#context = kafkaEventContext({
      kind: type,
      topic: mapping.settings.topic ?? name,
      bootstrapServers,
      ...(type === 'msk' && { eventSourceArn: arn }),
    });
    const groupId = mapping.settings.consumerGroupId ?? mapping.uuid;
    this.group = createGroup({ groupId, partitions: topic.partitions, committed });
    topic.readers.push(this);
    topic.onPartitions.push(() => this.#mapping.tell({ what: 'partitionsAdded', partitions: topic.partitions }));
  }

  get eventSourceArn(): string {
    return this.#topic.plan.arn;
  }

  get envelopeBytes(): number {
    return this.#context.envelopeBytes;
  }

  join(poller: string): void {
    this.#leave();
    this.group.partitions = this.#topic.partitions;
    joinConsumerGroup(this.group, poller);
  }

  /** Members that are asked to close leave together: what one still commits is not refused because another is done. */
  leave(poller: string): void {
    this.#leaving.add(poller);
    if (this.group.members.every(({ memberId }) => this.#leaving.has(memberId))) this.#leave();
  }

  #leave(): void {
    for (const poller of this.#leaving) leaveConsumerGroup(this.group, poller);
    this.#leaving.clear();
  }

  regroup(): void {
    const rule = rebalance(this.group, this.#topic.partitions);
    const { nowMs } = this.#world.agenda;
    const data = { state: 'Enabled', reason: 'rebalance', generation: this.group.generation };
    this.#world.recorder.emit({ at: nowMs, what: 'state', mapping: this.#mapping.index, rule, data });
  }

  open(poller: string, _from: 'start' | 'horizon', deliver: Deliver, busyUntilMs: number | undefined): Opening {
    const { generation } = this.group;
    const starts = assignmentOf(this.group, poller).map((partition) => ({ partition, offset: this.#start(partition) }));
    const cursor = new PartitionsCursor({
      topic: this.#topic,
      context: this.#context,
      starts,
      deliver,
      onMissed: (ordinals) => this.#world.missed(this.#mapping, ordinals),
    });
    const { partitions } = cursor;
    const saved = this.store.load(
      '',
      partitions.map(({ lane }) => lane),
    );
    const fact = {
      what: 'opened' as const,
      partitions,
      ...(saved && { saved: readable(saved, new Map(starts.map((start) => [start.partition, start.offset]))) }),
      ...(busyUntilMs !== undefined && { busyUntilMs }),
    };
    return { cursor, fact, save: (order) => this.#save(poller, generation, order) };
  }

  /** The committed offset, else the starting position, fixed when the partition is first read. */
  #start(partition: number): number {
    const known = this.#starts.get(partition);
    if (known !== undefined && !this.group.committed.has(partition)) return known;
    const { nowMs } = this.#world.agenda;
    const { offset, rule } = startingOffset(
      this.group,
      this.#topic.state,
      partition,
      this.#mapping.settings.startingPosition,
      nowMs,
    );
    this.#overtaken(partition, offset);
    if (known === undefined) this.#began(partition, offset, rule);
    return offset;
  }

  /** Retention removed records behind the committed offset. */
  #overtaken(partition: number, offset: number): void {
    const committed = this.group.committed.get(partition) ?? offset;
    const missed = this.#topic.ordinals[partition]?.range(committed, offset) ?? [];
    if (missed.length > 0) this.#world.missed(this.#mapping, missed);
  }

  #began(partition: number, offset: number, rule: ReturnType<typeof startingOffset>['rule']): void {
    this.#starts.set(partition, offset);
    // A commit that the topic does not reach (yet) must not come true later, behind records that were read by then.
    if (this.group.committed.get(partition) !== offset) this.group.committed.delete(partition);
    const { nowMs } = this.#world.agenda;
    const skipped = this.#topic.ordinals[partition]?.range(0, offset) ?? [];
    if (skipped.length > 0) this.#world.skipped(this.#mapping, skipped, rule);
    else if (rule) {
      const data = { from: offset, partition };
      this.#world.recorder.emit({ at: nowMs, what: 'opened', mapping: this.#mapping.index, rule, data });
    }
  }

  #save(poller: string, generation: number, order: SaveOrder): boolean {
    const offsets = new Map<number, number>();
    for (const { checkpoint } of order.ledgers) {
      if (checkpoint !== undefined) offsets.set(partitionOf(checkpoint), offsetOfPosition(checkpoint) + 1);
    }
    const { nowMs } = this.#world.agenda;
    const mapping = this.#mapping.index;
    const before = new Map([...offsets.keys()].map((partition) => [partition, this.group.committed.get(partition)]));
    const outcome = commitOffsets(this.group, poller, generation, offsets);
    if (outcome.kind === 'refused') {
      const data = { refused: true, generation };
      this.#world.recorder.emit({ at: nowMs, what: 'checkpoint', mapping, poller, rule: outcome.rule, data });
      return false;
    }
    const moved = this.store.apply('', 1, order, (lane) => lane);
    for (const [partition, offset] of offsets) {
      const lane = topicPartition(this.#context.topic, partition);
      if (!moved.includes(lane)) continue;
      const ordinal = this.#topic.ordinals[partition]?.at(offset - 1) ?? -1;
      const data = {
        lane,
        position: offset,
        committed: offset - (before.get(partition) ?? this.#starts.get(partition) ?? offset),
        ...this.#lag(),
      };
      const common = { at: nowMs, what: 'checkpoint', mapping, poller } as const;
      this.#world.recorder.emit({ ...common, records: [ordinal], rule: order.rule, data });
      this.#world.forgetPartition(this.#topic, partition);
    }
    return true;
  }

  /** The lag, for mappings that have Kafka metrics switched on. */
  #lag(): Readonly<Record<string, number>> {
    if (!this.#mapping.settings.metrics.includes('KafkaMetrics')) return {};
    const { max, sum } = offsetLag(this.group, this.#topic.state, this.#world.agenda.nowMs);
    return { maxOffsetLag: max, sumOffsetLag: sum };
  }

  /** Everything before this offset is finished for this mapping. */
  finishedBefore(partition: number): number {
    return this.group.committed.get(partition) ?? this.#starts.get(partition) ?? 0;
  }

  enabledFact(): MappingFact {
    return { what: 'enabled', partitions: this.#topic.partitions };
  }

  /** Looks at the lag once a minute; that alone keeps no run alive. */
  look(order: MappingOrder & { do: 'discover' | 'measureLag' }): void {
    this.#world.agenda.at(order.notBefore, () => this.#measure(), { passive: true });
  }

  #measure(): void {
    if (!this.#mapping.running) return;
    const lag = offsetLag(this.group, this.#topic.state, this.#world.agenda.nowMs).sum;
    const throttled = this.#mapping.throttles > this.#throttles;
    this.#throttles = this.#mapping.throttles;
    this.#mapping.tell({ what: 'lagMeasured', lag, partitions: this.#topic.partitions, throttled });
  }
}

/** What was saved, without the records that lie before the place where reading begins: retention took them. */
function readable(saved: SavedPoller, starts: ReadonlyMap<number, number>): SavedPoller {
  const isThere = (position: Position) => offsetOfPosition(position) >= (starts.get(partitionOf(position)) ?? 0);
  const kept = (lane: LaneSave): LaneSave => {
    const work = lane.work.map((piece) => ({ ...piece, positions: piece.positions.filter(isThere) }));
    return { ...lane, work };
  };
  return { ...saved, lanes: saved.lanes.map(kept) };
}
