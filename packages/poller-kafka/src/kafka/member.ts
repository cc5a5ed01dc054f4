/**
 * A member of a consumer group, as kafkajs has it: one consumer after the other, until it leaves.
 *
 * 1. A generation ends before the next JoinGroup is sent, or when the consumer died. Nothing is committed in it from then on.
 * 2. While no reader has said where to begin, all partitions are paused: the member beats its heart and reads nothing.
 * 3. What is taken continues where the last ended. A batch that begins elsewhere is taken only when it is known why.
 * 4. A reader that is full holds its member back, whose heart goes on beating.
 */
import { type Clock, within } from '@millrace/runtime';
import { backoffMs } from '@millrace/semantics';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type GroupMember, type MemberEvents, type Taker, TopicUnavailable } from '../client.ts';
import { problemOfPlace } from '../position.ts';
import { COMMIT_MARK, type KafkaAdmin } from './admin.ts';
import { rangeAssigner } from './assigner.ts';
import { type Asked, problemOf, unavailable } from './problems.ts';
import { polledOf } from './records.ts';

const HEARTBEAT_MS = 1_000;
/** The longest that a fetch waits for a first record, and that a resumed partition waits for its turn. */
const LONG_POLL_MS = 250;
/** How old kafkajs lets its list of partitions grow. */
const METADATA_MS = 10_000;
/**
 * The most of one partition, and of all, that one fetch brings. kafkajs asks for partitions in the same order each time:
 * with less in all, those at the end would wait until those at the beginning are read.
 */
const PARTITION_BYTES = 1 << 20;
const FETCH_BYTES = 16 << 20;
const PAUSES = { baseMs: 250, capMs: 5_000 };
const LEAVES_WITHIN_MS = 5_000;
/** The brokers' words for a generation that is over, or that they are about to end. */
const OVER = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']);

export interface KafkaMemberOptions {
  /** A new one for each consumer: consumers of one share what they know of offsets. */
  readonly kafka: () => Kafka;
  readonly admin: KafkaAdmin;
  readonly asked: Asked;
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly events: MemberEvents;
}

export class KafkaMember implements GroupMember {
  readonly #options: KafkaMemberOptions;
  readonly #left = new AbortController();
  readonly #living: Promise<void>;
  #consumer: Consumer | undefined;
  #generation = 0;
  #isAssigned = false;
  #partitions: readonly number[] = [];
  #taker: Taker | undefined;
  /** How far kafkajs went by itself, where a fetch brought nothing to be shown. */
  readonly #passed = new Map<number, number>();
  #commits = 0;
  #failures = 0;
  /** Ends the life of the consumer that there is. */
  #giveUp = () => {};

  constructor(options: KafkaMemberOptions) {
    this.#options = options;
    this.#living = this.#live();
  }

  async #live(): Promise<void> {
    const { clock, asked, events } = this.#options;
    const { signal } = this.#left;
    while (!signal.aborted) {
      const problem = await this.#consume().catch((error: unknown) => error);
      this.#over();
      if (signal.aborted) return;
      events.troubled(problemOf(problem, asked));
      this.#failures += 1;
      await clock.until(clock.now() + backoffMs(PAUSES, this.#failures), signal);
    }
  }

  /** The life of one consumer; resolves with what ended it. */
  async #consume(): Promise<unknown> {
    const { kafka, asked, sessionTimeoutMs } = this.#options;
    const consumer = kafka().consumer({
      groupId: asked.groupId,
      partitionAssigners: [rangeAssigner(() => this.#joining(consumer))],
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, sessionTimeoutMs / 3),
      maxWaitTimeInMs: LONG_POLL_MS,
      maxBytesPerPartition: PARTITION_BYTES,
      maxBytes: FETCH_BYTES,
      metadataMaxAge: METADATA_MS,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, retries: 5, maxRetryTime: 2_000, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#consumer = consumer;
    const ended = this.#listen(consumer);
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: asked.topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#batch(consumer, payload),
      });
      return await ended;
    } finally {
      this.#consumer = undefined;
      await this.#disconnect(consumer);
    }
  }

  #listen(consumer: Consumer): Promise<unknown> {
    const { asked } = this.#options;
    consumer.on('consumer.group_join', ({ payload }) => {
      this.#joined(payload.memberAssignment[asked.topic] ?? []);
    });
    consumer.on('consumer.commit_offsets', () => {
      this.#commits += 1;
    });
    consumer.on('consumer.start_batch_process', ({ payload: { batchSize, partition, lastOffset } }) => {
      if (batchSize === 0) this.#passed.set(partition, Number(lastOffset) + 1);
    });
    return new Promise((resolve) => {
      consumer.on('consumer.crash', ({ payload }) => resolve(payload.error));
      this.#giveUp = () => resolve(undefined);
    });
  }

  async #disconnect(consumer: Consumer): Promise<void> {
    await within(
      consumer.disconnect().catch(() => {}),
      LEAVES_WITHIN_MS,
      this.#options.clock,
    );
  }

  #joining(consumer: Consumer): void {
    if (consumer !== this.#consumer) return;
    this.#over();
    consumer.pause([{ topic: this.#options.asked.topic }]);
  }

  #over(): void {
    this.#generation += 1;
    this.#taker = undefined;
    this.#passed.clear();
    if (!this.#isAssigned) return;
    this.#isAssigned = false;
    this.#options.events.lost();
  }

  #joined(partitions: readonly number[]): void {
    const { events } = this.#options;
    if (this.#left.signal.aborted) return;
    this.#partitions = partitions;
    this.#isAssigned = true;
    this.#failures = 0;
    events.recovered();
    events.assigned({
      generation: this.#generation,
      partitions: [...partitions].sort((one, other) => one - other),
    });
  }

  read(generation: number, taker: Taker): void {
    const consumer = this.#consumer;
    if (!consumer || generation !== this.#generation || !this.#isAssigned) return;
    const { topic } = this.#options.asked;
    this.#passed.clear();
    this.#taker = taker;
    for (const partition of taker.lanes.keys()) {
      consumer.seek({ topic, partition, offset: String(taker.next(partition) ?? 0) });
    }
    consumer.resume([{ topic }]);
  }

  rest(): void {
    this.#taker = undefined;
    if (this.#isAssigned) this.#consumer?.pause([{ topic: this.#options.asked.topic }]);
  }

  pause(partition: number): void {
    if (this.#taker) this.#consumer?.pause([{ topic: this.#options.asked.topic, partitions: [partition] }]);
  }

  resume(partition: number): void {
    if (this.#taker) this.#consumer?.resume([{ topic: this.#options.asked.topic, partitions: [partition] }]);
  }

  async #batch(consumer: Consumer, { batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    const taker = this.#taker;
    const next = taker?.next(batch.partition);
    if (!taker || next === undefined || consumer !== this.#consumer) return;
    const fetched = Number((batch as Batch & { readonly fetchedOffset: string }).fetchedOffset);
    const isBehindUnseen = fetched > next && this.#passed.get(batch.partition) === fetched;
    const isElsewhere = fetched !== next && !isBehindUnseen;
    if (isElsewhere) return this.#resume(consumer, taker, batch.partition, next);
    await this.#room(taker, heartbeat);
    const isOvertaken = this.#taker !== taker || taker.next(batch.partition) !== next;
    if (isOvertaken) return;
    this.#refuse(batch);
    this.#passed.delete(batch.partition);
    const last = batch.messages.at(-1);
    taker.take(batch.partition, polledOf(batch.messages, batch.partition, next, taker, this.#options.clock.now()));
    if (last) resolveOffset(last.offset);
  }

  /** @throws {TopicUnavailable} when it holds what cannot be given a position */
  #refuse({ topic, partition, messages }: Batch): void {
    const problem = problemOfPlace(topic, partition, Number(messages.at(-1)?.offset ?? 0));
    if (problem !== undefined) throw new TopicUnavailable(problem);
  }

  async #room(taker: Taker, heartbeat: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    for (let room = taker.room(); room && this.#taker === taker; room = taker.room()) {
      await within(room, HEARTBEAT_MS / 2, clock);
      await heartbeat();
    }
  }

  /** Goes on where the topic has something: kafkajs went to its oldest record, or this batch is of an earlier generation. */
  async #resume(consumer: Consumer, taker: Taker, partition: number, next: number): Promise<void> {
    const offsets = await this.#options.admin.offsets();
    if (this.#taker !== taker) return;
    const { earliest = 0, latest = next } = offsets.find((each) => each.partition === partition) ?? {};
    if (latest < next) return this.#beginAnew(consumer, partition, next, latest);
    taker.overtaken(partition, earliest);
    const { topic } = this.#options.asked;
    consumer.seek({ topic, partition, offset: String(taker.next(partition) ?? 0) });
  }

  /** What was read is not there any more: where reading goes on is decided as for an assignment that has just come. */
  #beginAnew(consumer: Consumer, partition: number, next: number, latest: number): void {
    const { events, asked } = this.#options;
    const partitions = this.#partitions;
    this.#joining(consumer);
    events.troubled(
      `Partition ${partition} of topic ${asked.topic} ends at offset ${latest}, and was read to ${next}: its brokers lost its end, or it was made anew.`,
    );
    this.#joined(partitions);
  }

  async commit(generation: number, offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const consumer = this.#consumer;
    if (!consumer || generation !== this.#generation || !this.#isAssigned) return false;
    const { asked } = this.#options;
    const before = this.#commits;
    const commits = [...offsets].map(([partition, offset]) => {
      return { topic: asked.topic, partition, offset: String(offset), metadata: COMMIT_MARK };
    });
    try {
      await consumer.commitOffsets(commits);
    } catch (error) {
      if (!isOver(error)) throw unavailable(error, asked);
      // The next heartbeat hears the same, and joins again.
      if (generation === this.#generation) this.#joining(consumer);
      return false;
    }
    // A consumer that is about to die takes a commit and does nothing.
    if (this.#commits === before) throw unavailable(new Error('the commit was not answered'), asked);
    return true;
  }

  /** A consumer that is still looking for its group when it is to leave ends by itself, later: nobody waits for it. */
  async leave(): Promise<void> {
    this.#left.abort();
    this.#giveUp();
    this.#over();
    await within(this.#living, LEAVES_WITHIN_MS, this.#options.clock);
  }
}

function isOver(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (OVER.has((next as { type?: string }).type ?? '')) return true;
  }
  return false;
}
