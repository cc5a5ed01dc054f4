/** All sources of a run: they are made from the plan, and take the arrivals. */
import { contentDeduplicationId, md5Hex } from '@millrace/aws-shapes';
import type { ChangeRecord, KinesisRecord, MappingSettings, SentMessage } from '@millrace/semantics';
import type { Arrival, QueueSourcePlan, SourcePlan, TopicArrival } from '../scenario/plan.ts';
import { QueueRun } from './sources/queue.ts';
import type { SourceRun } from './sources/sourceRun.ts';
import { StreamRun } from './sources/stream.ts';
import { TopicRun } from './sources/topic.ts';
import type { World } from './world.ts';

/** One arrival with the ordinal it got. */
export interface Numbered {
  readonly arrival: Arrival;
  readonly ordinal: number;
}

export class Sources {
  readonly runs: readonly SourceRun[];
  /** Dead-letter queues that are no source themselves, by name; and all queues by name. */
  readonly queues = new Map<string, QueueRun>();
  readonly #world: World;
  readonly #messageOrdinals = new Map<string, number>();
  #messages = 0;

  constructor(world: World) {
    this.#world = world;
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
    const tools = { newMessageId: () => this.#messageId(), hashBody: contentDeduplicationId };
    const emit = (what: 'expired' | 'dead-lettered' | 'fetched', records: readonly number[], more: object) => {
      world.recorder.emit({ at: world.agenda.nowMs, what, records, ...more });
    };
    const run: QueueRun = new QueueRun(plan, world.agenda, this.#messageOrdinals, tools, {
      expired: (records) =>
        emit('expired', records, { rule: 'source.retention-expired', data: { fate: 'expired', source: plan.name } }),
      deadLettered: (ordinal, letter) => {
        const { messageId, receiveCount } = letter.message;
        const queue = plan.redrive?.deadLetterQueue;
        const data = { fate: 'dead-lettered', queue, messageId, receiveCount, body: letter.message.sent.body };
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

  /** Message ids: unique, and the same for the same seed. */
  #messageId(): string {
    this.#messages += 1;
    const digits = this.#messages.toString(16).padStart(12, '0');
    this.#idPrefix ??= this.#world.random.uuid().slice(0, 24);
    return this.#idPrefix + digits;
  }
  #idPrefix: string | undefined;

  forSettings(settings: MappingSettings): SourceRun {
    const index = this.#world.plan.sources.findIndex((plan) => isSourceOf(plan, settings));
    const run = this.runs[index];
    if (!run) throw new Error(`no source for ${settings.eventSourceArn ?? settings.topic}`);
    return run;
  }

  /** Puts arrivals of one instant into their sources. */
  arrive(numbered: readonly Numbered[]): void {
    let from = 0;
    for (let index = 1; index <= numbered.length; index += 1) {
      if (numbered[index]?.arrival.source === numbered[from]?.arrival.source) continue;
      this.#arriveAt(numbered.slice(from, index));
      from = index;
    }
  }

  #arriveAt(numbered: readonly Numbered[]): void {
    const [first] = numbered;
    const run = first && this.runs[first.arrival.source];
    if (!first || !run) return;
    const plan = this.#world.plan.sources[first.arrival.source];
    if (run.kind === 'queue') this.#send(run.run, numbered);
    else {
      const placed = numbered.map((each) => put(run, each));
      this.#trace(numbered, {
        source: plan?.name,
        keys: placed.map(({ key }) => key),
        places: placed.map(({ place }) => place),
      });
      for (const { wake } of placed) wake?.();
    }
  }

  #trace(numbered: readonly Numbered[], data: Readonly<Record<string, unknown>>): void {
    const records = numbered.map(({ ordinal }) => ordinal);
    this.#world.recorder.emit({ at: this.#world.agenda.nowMs, what: 'arrived', records, data });
  }

  #send(queue: QueueRun, numbered: readonly Numbered[]): void {
    const outcomes = numbered.map(({ arrival, ordinal }) => queue.send(arrival.payload as SentMessage, ordinal));
    const keys = numbered.map(({ arrival }) => (arrival.payload as SentMessage).groupId ?? '');
    const data = { source: queue.plan.name, keys, fifo: queue.plan.type === 'sqs-fifo' };
    this.#trace(numbered, data);
    outcomes.forEach((outcome, index) => {
      const records = [numbered[index]?.ordinal ?? -1];
      const common = { at: this.#world.agenda.nowMs, what: 'arrived', records } as const;
      if (outcome.kind === 'deduplicated') {
        this.#world.recorder.emit({
          ...common,
          rule: outcome.rule,
          data: { fate: 'deduplicated', messageId: outcome.messageId },
        });
      } else if (outcome.kind === 'sent' && outcome.rule) {
        this.#world.recorder.emit({
          ...common,
          rule: outcome.rule,
          data: { visibleAtMs: outcome.visibleAtMs - this.#world.startMs },
        });
      } else if (outcome.kind === 'refused') throw new RangeError(`${outcome.code}: ${outcome.message}`);
    });
    queue.serve();
  }
}

function isSourceOf(plan: SourcePlan, settings: MappingSettings): boolean {
  if (plan.type === 'self-managed-kafka') return settings.kind === plan.type && settings.topic === plan.topic;
  if (settings.eventSourceArn === plan.arn) return plan.type !== 'msk' || settings.topic === plan.topic;
  return plan.type === 'kinesis' && plan.consumerArn !== undefined && settings.eventSourceArn === plan.consumerArn;
}

/** A DynamoDB item is at most 400 KB; its changes show it twice. */
const DYNAMODB_LIMIT_BYTES = 900_000;

/** Puts one record where it belongs; `key` is its unit of order. */
function put(run: SourceRun, { arrival, ordinal }: Numbered): { key: string; place: string; wake?: () => void } {
  switch (run.kind) {
    case 'kinesis': {
      const record = arrival.payload as KinesisRecord;
      const bytes = record.partitionKey.length + record.data.length;
      const shard = run.run.put(record, record.partitionKey, record.explicitHashKey, ordinal, bytes);
      return { key: record.partitionKey, place: shard.id };
    }
    case 'dynamodb': {
      const record = arrival.payload as ChangeRecord;
      const key = JSON.stringify(record.keys);
      return { key, place: run.run.put(record, key, undefined, ordinal, DYNAMODB_LIMIT_BYTES).id };
    }
    case 'topic': {
      const { partition, ...record } = arrival.payload as TopicArrival;
      const produced = run.run.put(record, partition, ordinal);
      const place = `${run.run.plan.topic}-${produced.partition}`;
      return { key: place, place };
    }
    case 'queue':
      throw new Error('queues are sent to');
  }
}

/** Where a partition key lies among the shards: its MD5 as a number. */
function hashKey(key: string): bigint {
  return BigInt(`0x${md5Hex(key)}`);
}
