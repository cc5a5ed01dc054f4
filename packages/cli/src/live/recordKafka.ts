/**
 * Records a Kafka topic. kafkajs reads as a member of a group only: one of this recording's own, which commits nothing, is
 * told where to go on whenever it begins anew, and is removed at the end.
 */
import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { UsageError } from '../errors.ts';
import { type BrokersAccess, brokersClient } from './brokers.ts';
import { mergeLanes } from './recordMerge.ts';
import { PartitionLane } from './recordPartition.ts';
import type { ReadEntry, RecordFrom, Recording, RecordingOptions } from './recordSource.ts';

const LOOK_EVERY_MS = 500;
const FETCH_WAITS_MS = 500;

export async function recordKafka(topic: string, access: BrokersAccess, options: RecordingOptions): Promise<Recording> {
  const kafka = await brokersClient(access, { clientId: 'millrace-record', retry: { retries: 5 } });
  const admin = kafka.admin();
  const groupId = `millrace-record-${randomUUID()}`;
  try {
    await admin.connect();
    const begin = await beginnings(admin, topic, options.from);
    const ends = options.once ? offsetsOf(await admin.fetchTopicOffsets(topic)) : undefined;
    return new TopicRecording(
      kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: FETCH_WAITS_MS }),
      admin,
      {
        ...options,
        topic,
        groupId,
        begin,
        ends,
      },
    );
  } catch (cause) {
    await admin.disconnect().catch(() => {});
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`The topic ${topic} cannot be recorded from ${access.brokers.join(', ')}: ${said(cause)}.`, {
      cause,
    });
  }
}

type Offsets = ReadonlyMap<number, bigint>;

function offsetsOf(listed: readonly { readonly partition: number; readonly offset: string }[]): Offsets {
  return new Map(listed.map(({ partition, offset }) => [partition, BigInt(offset)]));
}

async function beginnings(admin: Admin, topic: string, from: RecordFrom): Promise<Offsets> {
  if (!(await admin.listTopics()).includes(topic)) throw new UsageError(`There is no topic ${topic} on these brokers.`);
  const listed = await admin.fetchTopicOffsets(topic);
  if (from === 'latest') return new Map(listed.map(({ partition, high }) => [partition, BigInt(high)]));
  if (from === 'trim-horizon') return new Map(listed.map(({ partition, low }) => [partition, BigInt(low)]));
  return offsetsOf(await admin.fetchTopicOffsetsByTimestamp(topic, from.atMs));
}

interface TopicOptions extends RecordingOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly begin: Offsets;
  /** Where the partitions ended when the recording began; undefined: it goes on. */
  readonly ends: Offsets | undefined;
}

class TopicRecording implements Recording {
  readonly source: Recording['source'];
  readonly title: string;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  readonly #options: TopicOptions;
  readonly #lanes = new Map<number, PartitionLane>();
  readonly #unknown = new Set<number>();
  #looking: NodeJS.Timeout | undefined;
  #hasGroup = false;

  constructor(consumer: Consumer, admin: Admin, options: TopicOptions) {
    const { topic, begin, ends } = options;
    this.#consumer = consumer;
    this.#admin = admin;
    this.#options = options;
    this.source = { type: 'self-managed-kafka', name: topic, ...(begin.size > 1 && { partitions: begin.size }) };
    this.title = `the topic ${topic}`;
    for (const [partition, offset] of begin) {
      const pauses = [{ topic, partitions: [partition] }];
      const hold = (isFull: boolean) => (isFull ? consumer.pause(pauses) : consumer.resume(pauses));
      this.#lanes.set(partition, new PartitionLane(offset, ends?.get(partition), hold));
    }
  }

  async *entries(signal: AbortSignal): AsyncGenerator<readonly ReadEntry[]> {
    const consumer = this.#consumer;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) return;
      const failure = this.#unreadable(payload.error);
      for (const lane of this.#lanes.values()) lane.fail(failure);
    });
    consumer.on(consumer.events.GROUP_JOIN, () => {
      this.#hasGroup = true;
      const { topic } = this.#options;
      for (const [partition, { wanted }] of this.#lanes) consumer.seek({ topic, partition, offset: String(wanted) });
    });
    // Batches that hold nothing but the ends of transactions are told of, not handed over.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) this.#lanes.get(partition)?.passed(BigInt(lastOffset) + 1n);
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: async (batch) => this.#take(batch) });
    } catch (error) {
      throw this.#unreadable(error);
    }
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    yield* mergeLanes([...this.#lanes.values()], signal);
  }

  #take({ batch, isStale }: EachBatchPayload): void {
    if (isStale()) return;
    const lane = this.#lanes.get(batch.partition);
    if (!lane) {
      this.#tellUnknown(batch.partition);
      return;
    }
    const entries = batch.messages
      .filter(({ offset }) => lane.wants(BigInt(offset)))
      .map((message) => this.#entry(message, batch.partition));
    lane.put(entries, BigInt(batch.lastOffset()) + 1n);
  }

  #tellUnknown(partition: number): void {
    if (this.#unknown.has(partition)) return;
    this.#unknown.add(partition);
    this.#options.say(`Partition ${partition} was added while the recording ran, and is not in it.`);
  }

  #entry({ key, value, headers = {}, timestamp }: KafkaMessage, partition: number): ReadEntry {
    const { conceal } = this.#options;
    const named = Object.entries(headers).flatMap(([name, content]) =>
      [content ?? ''].flat().map((one) => ({ [name]: conceal.named('headers', name, Buffer.from(one)) })),
    );
    const fields = {
      partition,
      key: key === null ? null : conceal.key(key),
      value: value === null ? null : conceal.data(value),
      ...(named.length > 0 && { headers: named }),
      timestamp: Number(timestamp),
    };
    return { atMs: Number(timestamp), fields };
  }

  /** A partition that brings nothing says nothing by itself: that it is read to its end is asked for. */
  async #look(): Promise<void> {
    const { topic, now } = this.#options;
    const askedMs = now();
    try {
      for (const { partition, low, high } of await this.#admin.fetchTopicOffsets(topic)) {
        const lane = this.#lanes.get(partition);
        // What retention has taken meanwhile never comes.
        lane?.passed(BigInt(low));
        lane?.looked(BigInt(high), askedMs);
      }
    } catch {
      // The consumer hears of a lost connection too, and goes on or fails.
    }
  }

  #unreadable(error: unknown): UsageError {
    const { topic } = this.#options;
    return new UsageError(`The topic ${topic} cannot be read any more: ${said(error)}.`, { cause: error });
  }

  async close(): Promise<void> {
    const { groupId, say } = this.#options;
    clearInterval(this.#looking);
    await this.#consumer.disconnect().catch(() => {});
    const removed = this.#hasGroup ? this.#admin.deleteGroups([groupId]) : undefined;
    await removed?.catch(() =>
      say(`The consumer group ${groupId} of this recording could not be removed; it is of no further use.`),
    );
    await this.#admin.disconnect().catch(() => {});
  }
}

function said(error: unknown): string {
  const { message = String(error), cause } = error as { readonly message?: string; readonly cause?: unknown };
  const inner = cause instanceof Error ? cause.message : message;
  return inner.split('\n', 1)[0]?.replace(/\.$/, '').slice(0, 300) ?? '';
}
