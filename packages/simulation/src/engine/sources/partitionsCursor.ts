/** A poller's reading places in the partitions that its consumer group gave it. */
import {
  type FailureFacts,
  type ItemIdentifier,
  type KafkaEntry,
  type KafkaEventContext,
  kafkaEntry,
  kafkaEntryBytes,
  kafkaEvent,
  kafkaPartitionBytes,
  type TopicBatch,
  type TopicMessage,
  topicMessages,
  topicPartition,
} from '@millrace/aws-shapes';
import {
  type FetchOrder,
  type FilterView,
  type PartitionStart,
  type Placed,
  type PolledRecord,
  type Position,
  placedAt,
  readPartition,
  type TopicRecord,
} from '@millrace/semantics';
import type { Cursor, Deliver } from './cursor.ts';
import { decodedBase64, parsedBase64 } from './decode.ts';
import type { TopicRun } from './topic.ts';

/** A position is offset and partition in one number: partitions stay below 65,536, offsets below 2^37. */
const PARTITIONS = 65_536;

function positionOf(partition: number, offset: number): number {
  return offset * PARTITIONS + partition;
}

export function partitionOf(position: Position): number {
  return (position as number) % PARTITIONS;
}

export function offsetOfPosition(position: Position): number {
  return Math.floor((position as number) / PARTITIONS);
}

class TopicPolled implements PolledRecord {
  readonly position: number;
  readonly lane: string;
  readonly arrivalMs: number;
  readonly encodedBytes: number;
  seq = 0;
  finished = false;
  readonly #placed: Placed<TopicRecord>;
  readonly #partition: number;
  readonly #context: KafkaEventContext;

  constructor(placed: Placed<TopicRecord>, partition: number, lane: string, context: KafkaEventContext) {
    this.position = positionOf(partition, placed.index);
    this.lane = lane;
    this.arrivalMs = placed.arrivalMs;
    this.encodedBytes = kafkaEntryBytes(placed, partition, context);
    this.#placed = placed;
    this.#partition = partition;
    this.#context = context;
  }

  view(): FilterView {
    const { value: _value, key: _key, ...metadata } = kafkaEntry(this.#placed, this.#partition, this.#context);
    const { key, value } = this.#placed.record;
    return { metadata, data: { value: decodedBase64(value), key: decodedBase64(key) } };
  }
}

interface Place {
  readonly partition: number;
  readonly lane: string;
  next: number;
}

export interface PartitionsCursorOptions {
  readonly topic: TopicRun;
  readonly context: KafkaEventContext;
  readonly starts: readonly { readonly partition: number; readonly offset: number }[];
  readonly deliver: Deliver;
  readonly onMissed: (ordinals: readonly number[]) => void;
}

export class PartitionsCursor implements Cursor {
  readonly partitions: readonly PartitionStart[];
  readonly #topic: TopicRun;
  readonly #options: PartitionsCursorOptions;
  readonly #places: Place[];
  readonly #byPartition: Map<number, Place>;
  #parked: FetchOrder | undefined;
  #except: ReadonlySet<string> = new Set();
  #answering = false;
  /** Where the next fetch begins, so that every partition gets its turn. */
  #turn = 0;

  constructor(options: PartitionsCursorOptions) {
    this.#options = options;
    this.#topic = options.topic;
    const { topic } = options.context;
    this.#places = options.starts.map(({ partition, offset }) => {
      return { partition, lane: topicPartition(topic, partition), next: offset };
    });
    this.#byPartition = new Map(this.#places.map((place) => [place.partition, place]));
    this.partitions = this.#places.map(({ lane, partition }) => {
      return { lane, keyBytes: kafkaPartitionBytes(partition, options.context) };
    });
    this.#topic.join(this);
  }

  fetch(order: FetchOrder): void {
    this.#parked = order;
    this.#except = new Set(order.except);
    if (this.#places.some((place) => this.#hasSomething(place))) this.#answerSoon();
  }

  withdraw(id: number): void {
    if (this.#parked?.id === id) this.#parked = undefined;
  }

  /** Something was produced to a partition. */
  wake(partition: number): void {
    const place = this.#parked && this.#byPartition.get(partition);
    if (place && this.#hasSomething(place)) this.#answerSoon();
  }

  #hasSomething(place: Place): boolean {
    const log = this.#topic.state.logs.logs[place.partition];
    return log !== undefined && place.next < log.endIndex && !this.#except.has(place.lane);
  }

  #answerSoon(): void {
    if (this.#answering) return;
    this.#answering = true;
    const { agenda } = this.#topic;
    agenda.at(Math.max(agenda.nowMs, this.#parked?.notBefore ?? 0), () => {
      this.#answering = false;
      if (this.#parked) this.#answer(this.#parked);
    });
  }

  #answer(order: FetchOrder): void {
    this.#parked = undefined;
    const records: TopicPolled[] = [];
    const trimmed: Position[] = [];
    const count = this.#places.length;
    for (let step = 0; step < count && records.length < order.maxRecords; step += 1) {
      const place = this.#places[(this.#turn + step) % count];
      if (place && this.#hasSomething(place)) this.#read(place, order.maxRecords - records.length, records, trimmed);
    }
    this.#turn = count === 0 ? 0 : (this.#turn + 1) % count;
    this.#options.deliver({ what: 'fetched', id: order.id, records, ...(trimmed.length > 0 && { trimmed }) });
  }

  #read(place: Place, maxRecords: number, into: TopicPolled[], trimmed: Position[]): void {
    const from = place.next;
    const read = readPartition(this.#topic.state, place.partition, from, { maxRecords }, this.#topic.agenda.nowMs);
    place.next = read.nextIndex;
    if (read.missed > 0) this.#options.onMissed(this.#ordinalsOf(place.partition).range(from, from + read.missed));
    for (let offset = from; offset < from + read.missed; offset += 1) trimmed.push(positionOf(place.partition, offset));
    for (const placed of read.records) {
      into.push(new TopicPolled(placed, place.partition, place.lane, this.#options.context));
    }
  }

  #ordinalsOf(partition: number) {
    const ordinals = this.#topic.ordinals[partition];
    if (!ordinals) throw new Error(`no ordinals for partition ${partition}`);
    return ordinals;
  }

  #placed(position: Position): Placed<TopicRecord> {
    const log = this.#topic.state.logs.logs[partitionOf(position)];
    const placed = log && placedAt(log, offsetOfPosition(position));
    if (!placed) throw new Error(`record ${position} of ${this.#topic.plan.topic} is no longer held`);
    return placed;
  }

  #entry(position: Position): KafkaEntry {
    return kafkaEntry(this.#placed(position), partitionOf(position), this.#options.context);
  }

  ordinals(positions: readonly Position[]): number[] {
    return positions.map((position) => this.#ordinalsOf(partitionOf(position)).at(offsetOfPosition(position)));
  }

  #entries(positions: readonly Position[]): readonly KafkaEntry[] {
    return positions.map((position) => this.#entry(position));
  }

  topicMessages(facts: FailureFacts, positions: readonly Position[]): readonly TopicMessage[] {
    return topicMessages(facts, this.#entries(positions), this.#options.context);
  }

  event(positions: readonly Position[]): unknown {
    return kafkaEvent(this.#entries(positions), this.#options.context);
  }

  identifiers(positions: readonly Position[]): ItemIdentifier[] {
    const { topic } = this.#options.context;
    return positions.map((position) => ({
      partition: topicPartition(topic, partitionOf(position)),
      offset: offsetOfPosition(position),
    }));
  }

  decoded(position: Position): unknown {
    const { record } = this.#placed(position);
    const headers = record.headers.map((header) => ({ [header.key]: parsedBase64(header.value) }));
    return {
      key: parsedBase64(record.key),
      value: parsedBase64(record.value),
      partition: partitionOf(position),
      headers,
    };
  }

  failure(positions: readonly Position[], payloadBytes: () => number): TopicBatch | undefined {
    if (positions.length === 0) return undefined;
    const { kind, eventSourceArn, bootstrapServers } = this.#options.context;
    const runs = new Map<number, Position[]>();
    for (const position of positions) {
      const run = runs.get(partitionOf(position));
      if (run) run.push(position);
      else runs.set(partitionOf(position), [position]);
    }
    const partitions = [...runs].map(([partition, run]) => this.#partitionRun(partition, run));
    const arn = eventSourceArn === undefined ? {} : { eventSourceArn };
    return { kind, ...arn, bootstrapServers, payloadBytes: payloadBytes(), batchSize: positions.length, partitions };
  }

  #partitionRun(partition: number, run: readonly Position[]) {
    const first = this.#entry(run[0] as Position);
    const last = this.#entry(run.at(-1) as Position);
    return {
      topicPartition: topicPartition(this.#options.context.topic, partition),
      firstOffset: first.offset,
      lastOffset: last.offset,
      firstTimestampMs: first.timestamp,
      lastTimestampMs: last.timestamp,
    };
  }

  laneName(lane: string): string {
    return lane;
  }

  /** The iterator age is a metric of shards; Kafka's is the offset lag. */
  lastArrivalMs(): undefined {
    return undefined;
  }

  close(): void {
    this.#parked = undefined;
    this.#topic.leave(this);
  }
}
