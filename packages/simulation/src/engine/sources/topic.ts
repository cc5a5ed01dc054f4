/** A Kafka topic in virtual time: what was produced, and the cursors of the consumer groups that read it. */
import { topicPartition } from '@millrace/aws-shapes';
import {
  addPartitions,
  createTopic,
  forgetPartition,
  type Produced,
  partitionCount,
  produce,
  type TopicRecord,
  type TopicState,
} from '@millrace/semantics';
import type { TopicSourcePlan } from '../../scenario/plan.ts';
import type { Agenda } from '../agenda.ts';
import { Ordinals } from './ordinals.ts';
import type { PartitionsCursor } from './partitionsCursor.ts';

export class TopicRun {
  readonly plan: TopicSourcePlan;
  readonly state: TopicState;
  readonly agenda: Agenda;
  readonly ordinals: Ordinals[] = [];
  readonly #cursors = new Set<PartitionsCursor>();
  readonly #lanes: string[] = [];
  /** Told when partitions were added. */
  readonly onPartitions: (() => void)[] = [];
  /** The mappings that read it. */
  readonly readers: { finishedBefore(partition: number): number }[] = [];

  constructor(plan: TopicSourcePlan, agenda: Agenda) {
    this.plan = plan;
    this.agenda = agenda;
    this.state = createTopic({ partitions: plan.partitions, retentionMs: plan.retentionMs });
    this.#growOrdinals();
  }

  put(record: TopicRecord, partition: number | undefined, ordinal: number): Produced {
    const produced = produce(this.state, record, this.agenda.nowMs, partition);
    this.ordinals[produced.partition]?.add(ordinal);
    for (const cursor of this.#cursors) cursor.wake(produced.partition);
    return produced;
  }

  /** The name of a partition: the unit of order of its records. */
  laneOf(partition: number): string {
    this.#lanes[partition] ??= topicPartition(this.plan.topic, partition);
    return this.#lanes[partition];
  }

  get partitions(): number {
    return partitionCount(this.state);
  }

  addPartitions(count: number): void {
    addPartitions(this.state, count);
    this.#growOrdinals();
    for (const tell of this.onPartitions) tell();
  }

  #growOrdinals(): void {
    while (this.ordinals.length < this.partitions) this.ordinals.push(new Ordinals());
  }

  join(cursor: PartitionsCursor): void {
    this.#cursors.add(cursor);
  }

  leave(cursor: PartitionsCursor): void {
    this.#cursors.delete(cursor);
  }

  forget(partition: number, beforeOffset: number): void {
    forgetPartition(this.state, partition, beforeOffset);
    this.ordinals[partition]?.forget(beforeOffset);
  }
}
