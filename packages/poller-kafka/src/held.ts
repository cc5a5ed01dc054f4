/** What a poller holds of its partitions, as events, answers and failure records show it. */
import {
  type FailureFacts,
  type ItemIdentifier,
  type KafkaEntry,
  type KafkaEventContext,
  kafkaEntry,
  kafkaEvent,
  type PartitionRun,
  type TopicBatch,
  type TopicMessage,
  topicMessages,
  topicPartition,
} from '@millrace/aws-shapes';
import type { Position } from '@millrace/semantics';
import type { Place } from './place.ts';
import type { TopicPolled } from './polled.ts';
import { offsetOf, partitionOf } from './position.ts';

export class Held {
  readonly #places: ReadonlyMap<number, Place>;
  readonly #context: KafkaEventContext;

  constructor(places: readonly Place[], context: KafkaEventContext) {
    this.#places = new Map(places.map((place) => [place.partition, place]));
    this.#context = context;
  }

  #record(position: Position): TopicPolled {
    const record = this.#places.get(partitionOf(position))?.find(offsetOf(position));
    if (!record) throw new Error(`record ${this.name(position)} is not held by its poller`);
    return record;
  }

  #entries(positions: readonly Position[]): KafkaEntry[] {
    const entries: KafkaEntry[] = [];
    for (const position of positions) {
      const record = this.#record(position);
      entries.push(kafkaEntry(record, record.partition, this.#context));
    }
    return entries;
  }

  event(positions: readonly Position[]): unknown {
    return kafkaEvent(this.#entries(positions), this.#context);
  }

  topicMessages(facts: FailureFacts, positions: readonly Position[]): readonly TopicMessage[] {
    return topicMessages(facts, this.#entries(positions), this.#context);
  }

  #lane(position: Position): string {
    return topicPartition(this.#context.topic, partitionOf(position));
  }

  identifier(position: Position): ItemIdentifier {
    return { partition: this.#lane(position), offset: offsetOf(position) };
  }

  name(position: Position): string {
    return `${this.#lane(position)}@${offsetOf(position)}`;
  }

  failure(positions: readonly Position[], payloadBytes: () => number): TopicBatch | undefined {
    if (positions.length === 0) return undefined;
    const { kind, eventSourceArn, bootstrapServers } = this.#context;
    const runs = new Map<number, Position[]>();
    for (const position of positions) {
      const run = runs.get(partitionOf(position));
      if (run) run.push(position);
      else runs.set(partitionOf(position), [position]);
    }
    const partitions = [...runs.values()].map((run) => this.#run(run));
    const arn = eventSourceArn === undefined ? {} : { eventSourceArn };
    return { kind, ...arn, bootstrapServers, payloadBytes: payloadBytes(), batchSize: positions.length, partitions };
  }

  #run(run: readonly Position[]): PartitionRun {
    const [first, last] = this.#entries([run[0] as Position, run.at(-1) as Position]) as [KafkaEntry, KafkaEntry];
    return {
      topicPartition: topicPartition(first.topic, first.partition),
      firstOffset: first.offset,
      lastOffset: last.offset,
      firstTimestampMs: first.timestamp,
      lastTimestampMs: last.timestamp,
    };
  }
}
