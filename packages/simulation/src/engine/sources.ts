/** All sources of a run: they are made from the plan, and take the arrivals. */
import { contentDeduplicationId, md5Hex } from '@millrace/aws-shapes';
import type { ChangeRecord, KinesisRecord, MappingSettings, SendOutcome, SentMessage } from '@millrace/semantics';
import { isSourceOf } from '../scenario/parties.ts';
import type { Arrival, QueueSourcePlan, SourcePlan, TopicArrival } from '../scenario/plan.ts';
import { CountedIds } from './countedIds.ts';
import { QueueRun } from './sources/queue.ts';
import type { SourceRun } from './sources/sourceRun.ts';
import { StreamRun } from './sources/stream.ts';
import { TopicRun } from './sources/topic.ts';
import type { World } from './world.ts';

export class Sources {
  readonly runs: readonly SourceRun[];
  /** Dead-letter queues that are no source themselves, by name; and all queues by name. */
  readonly queues = new Map<string, QueueRun>();
  readonly #world: World;
  readonly #messageIds: CountedIds;
  readonly #messageOrdinals = new Map<string, number>();
  #messages = 0;

  constructor(world: World) {
    this.#world = world;
    this.#messageIds = new CountedIds(world.random);
    this.runs = world.plan.sources.map((plan) => this.#make(plan));
    for (const queue of [...this.queues.values()]) this.#linkDeadLetters(queue);
  }

  #make(plan: SourcePlan): SourceRun {
    const { agenda } = this.#world;
    switch (plan.type) {
      case 'sqs':
      case 'sqs-fifo':
        return { kind: 'queue', run: this.#queue(plan) };
      case 'kinesis':
        return { kind: 'kinesis', run: new StreamRun<KinesisRecord>(plan, agenda, hashKey) };
      case 'dynamodb':
        return { kind: 'dynamodb', run: new StreamRun<ChangeRecord>(plan, agenda, hashKey) };
      case 'msk':
      case 'self-managed-kafka':
        return { kind: 'topic', run: new TopicRun(plan, agenda) };
    }
  }

  #queue(plan: QueueSourcePlan): QueueRun {
    const world = this.#world;
    const tools = {
      newMessageId: () => {
        this.#messages += 1;
        return this.#messageIds.of(this.#messages);
      },
      hashBody: contentDeduplicationId,
    };
    const emit = (what: 'expired' | 'dead-lettered' | 'fetched', records: readonly number[], more: object) => {
      world.recorder.emit({ at: world.agenda.nowMs, what, records, ...more });
    };
    const run: QueueRun = new QueueRun(plan, world.agenda, this.#messageOrdinals, tools, {
      expired: (records) =>
        emit('expired', records, { rule: 'source.retention-expired', data: { fate: 'expired', source: plan.name } }),
      deadLettered: (ordinal, letter) => {
        const { messageId, receiveCount, sent } = letter.message;
        const queue = plan.redrive?.deadLetterQueue;
        const keys = [sent.groupId ?? ''];
        const data = { fate: 'dead-lettered', queue, keys, messageId, receiveCount, body: sent.body };
        emit('dead-lettered', [ordinal], { rule: letter.rule, data });
      },
      heldBack: (ordinal, rule, data) => emit('fetched', [ordinal], { rule, data: { ...data, heldBack: true } }),
    });
    run.isRead = () => world.isQueueRead(plan.arn);
    this.queues.set(plan.name, run);
    return run;
  }

  /** A dead-letter queue that is only named exists, and is of the same type. */
  #linkDeadLetters(queue: QueueRun): void {
    const name = queue.plan.redrive?.deadLetterQueue;
    if (name === undefined) return;
    const fourteenDaysMs = 14 * 24 * 3_600_000;
    const arn = `${queue.plan.arn.slice(0, queue.plan.arn.lastIndexOf(':'))}:${name}`;
    const plan: QueueSourcePlan = {
      type: queue.plan.type,
      name,
      arn,
      visibilityTimeoutMs: 30_000,
      retentionMs: fourteenDaysMs,
      delayMs: 0,
      contentBasedDeduplication: false,
    };
    queue.deadLetterQueue = this.queues.get(name) ?? this.#queue(plan);
  }

  forSettings(settings: MappingSettings): SourceRun {
    const index = this.#world.plan.sources.findIndex((plan) => isSourceOf(plan, settings));
    const run = this.runs[index];
    if (!run) throw new Error(`no source for ${settings.eventSourceArn ?? settings.topic}`);
    return run;
  }

  /** Puts arrivals of one instant into their sources; `first` is the ordinal of the first of them. */
  arrive(arrivals: readonly Arrival[], first: number): void {
    let from = 0;
    for (let index = 1; index <= arrivals.length; index += 1) {
      if (arrivals[index]?.source === arrivals[from]?.source) continue;
      this.#arriveAt(from === 0 && index === arrivals.length ? arrivals : arrivals.slice(from, index), first + from);
      from = index;
    }
  }

  /** All of one source, in one call. */
  #arriveAt(arrivals: readonly Arrival[], first: number): void {
    const index = arrivals[0]?.source ?? -1;
    const run = this.runs[index];
    if (!run) return;
    if (run.kind === 'queue') {
      this.#send(run.run, arrivals, first);
      return;
    }
    const { length } = arrivals;
    const put = { keys: new Array<string>(length), places: new Array<string>(length) };
    if (run.kind === 'kinesis') putKinesis(run.run, arrivals, first, put);
    else if (run.kind === 'dynamodb') putChanges(run.run, arrivals, first, put);
    else putTopic(run.run, arrivals, first, put);
    this.#trace(arrivals.length, first, { source: run.run.plan.name, ...put });
  }

  #trace(count: number, first: number, data: Readonly<Record<string, unknown>>): void {
    const records = new Array<number>(count);
    for (let index = 0; index < count; index += 1) records[index] = first + index;
    this.#world.recorder.emit({ at: this.#world.agenda.nowMs, what: 'arrived', records, data });
  }

  #send(queue: QueueRun, arrivals: readonly Arrival[], first: number): void {
    const messages = arrivals.map(({ payload }) => payload as SentMessage);
    const outcomes = messages.map((message, index) => queue.send(message, first + index));
    const keys = messages.map(({ groupId }) => groupId ?? '');
    this.#trace(arrivals.length, first, { source: queue.plan.name, keys, fifo: queue.plan.type === 'sqs-fifo' });
    for (const [index, outcome] of outcomes.entries()) this.#noteSent(outcome, first + index);
    queue.serve();
  }

  #noteSent(outcome: SendOutcome, ordinal: number): void {
    if (outcome.kind === 'refused') throw new RangeError(`${outcome.code}: ${outcome.message}`);
    if (!outcome.rule) return;
    const { rule } = outcome;
    const data =
      outcome.kind === 'deduplicated'
        ? { fate: 'deduplicated', messageId: outcome.messageId }
        : { visibleAtMs: outcome.visibleAtMs - this.#world.startMs };
    this.#world.recorder.emit({ at: this.#world.agenda.nowMs, what: 'arrived', records: [ordinal], rule, data });
  }
}

/** Where records went, and what their units of order are. */
interface Put {
  readonly keys: string[];
  readonly places: string[];
}

function putKinesis(stream: StreamRun<KinesisRecord>, arrivals: readonly Arrival[], first: number, put: Put): void {
  for (let index = 0; index < arrivals.length; index += 1) {
    const record = arrivals[index]?.payload as KinesisRecord;
    const bytes = record.partitionKey.length + record.data.length;
    put.keys[index] = record.partitionKey;
    put.places[index] = stream.put(record, record.partitionKey, record.explicitHashKey, first + index, bytes).id;
  }
}

function putChanges(stream: StreamRun<ChangeRecord>, arrivals: readonly Arrival[], first: number, put: Put): void {
  for (let index = 0; index < arrivals.length; index += 1) {
    const record = arrivals[index]?.payload as ChangeRecord;
    const key = JSON.stringify(record.keys);
    put.keys[index] = key;
    put.places[index] = stream.put(record, key, undefined, first + index, DYNAMODB_LIMIT_BYTES).id;
  }
}

function putTopic(topic: TopicRun, arrivals: readonly Arrival[], first: number, put: Put): void {
  for (let index = 0; index < arrivals.length; index += 1) {
    const record = arrivals[index]?.payload as TopicArrival;
    const place = topic.laneOf(topic.put(record, record.partition, first + index).partition);
    put.keys[index] = place;
    put.places[index] = place;
  }
}

/** A DynamoDB item is at most 400 KB; its changes show it twice. */
const DYNAMODB_LIMIT_BYTES = 900_000;

/** Where a partition key lies among the shards: its MD5 as a number. */
function hashKey(key: string): bigint {
  return BigInt(`0x${md5Hex(key)}`);
}
