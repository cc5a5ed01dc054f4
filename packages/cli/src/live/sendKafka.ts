/**
 * A topic on Kafka brokers as the target of `millrace send`, with kafkajs's producer.
 *
 * 1. Partitions are chosen here, as Java's default partitioner does, so that each request is for one partition: it is
 *    written as a whole or not at all.
 * 2. kafkajs repeats nothing by itself. What it says of a lost connection may hide that a request had been sent, so that
 *    each one under way then may have been written. Nothing is sent before the brokers have answered again.
 */
import { type Clock, within } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import { type ArrivalPayload, didYouMean } from '@millrace/simulation';
import type { Admin, Message, Producer } from 'kafkajs';
import { UsageError } from '../errors.ts';
import { type BrokersAccess, brokersClient } from './brokers.ts';
import { messageOf } from './kafkaMessage.ts';
import { kafkaProblem, type Problem } from './sendKafkaErrors.ts';
import { type BatchLimit, SendFailed, type SendTarget, type Sent } from './sendTarget.ts';
import { type TopicParcel, topicParcel } from './sendTopic.ts';

/** A topic takes 1 MB at once, unless it says otherwise; a batch that is too large is halved. */
const BATCH: BatchLimit = { records: 500, bytes: 900_000 };
const ANSWERS_WITHIN_MS = 30_000;
/** So old may be what is known of the number of partitions. */
const KNOWN_FOR_MS = 60_000;
const CLIENT = { clientId: 'millrace-send', retry: { retries: 2, initialRetryTime: 100 } };
const ENDS_WITHIN_MS = 3000;

export async function kafkaTarget(
  topic: string,
  access: BrokersAccess,
  clock: Clock,
): Promise<SendTarget<TopicParcel>> {
  const place = access.brokers.join(', ');
  const target = new KafkaTarget(topic, access, clock);
  try {
    await target.open();
    return target;
  } catch (cause) {
    await target.close();
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`The topic ${topic} cannot be used at ${place}: ${kafkaProblem(cause).what}.`, { cause });
  }
}

interface Link {
  readonly producer: Producer;
  readonly admin: Admin;
}

class KafkaTarget implements SendTarget<TopicParcel> {
  readonly kind = 'self-managed-kafka';
  readonly name: string;
  readonly place: string;
  readonly batch = BATCH;
  readonly knowsRepetitions = false;
  readonly #access: BrokersAccess;
  readonly #clock: Clock;
  #link: Promise<Link> | undefined;
  /** When the number of partitions is asked for anew. */
  #lookAtMs: Millis = 0;
  #partitions = 1;
  /** Where the next batch without keys goes. */
  #next = 0;

  constructor(topic: string, access: BrokersAccess, clock: Clock) {
    this.name = topic;
    this.place = access.brokers.join(', ');
    this.#access = access;
    this.#clock = clock;
  }

  get partitions(): number {
    return this.#partitions;
  }

  async open(): Promise<void> {
    this.#link = this.#connect();
    const link = await this.#link;
    const topics = await link.admin.listTopics();
    if (!topics.includes(this.name)) {
      throw new UsageError(`There is no topic ${this.name} on ${this.place}.${didYouMean(this.name, topics)}`);
    }
    await this.#look(link);
  }

  parcel(payload: ArrivalPayload): TopicParcel {
    return topicParcel(payload, this.#partitions);
  }

  async send(parcels: readonly TopicParcel[]): Promise<readonly Sent[]> {
    const { producer } = await this.#reach();
    const groups = new Map<number, number[]>();
    const turn = this.#next % this.#partitions;
    this.#next = turn + 1;
    for (const [index, { partition = turn }] of parcels.entries()) {
      const group = groups.get(partition);
      if (group) group.push(index);
      else groups.set(partition, [index]);
    }
    const answers: Sent[] = [];
    const sendGroup = async ([partition, indexes]: [number, number[]]) => {
      const messages = indexes
        .flatMap((index) => parcels[index] ?? [])
        .map(({ record }) => ({ ...messageOf(record), partition }));
      const sent = await this.#sendTo(producer, messages);
      for (const [at, index] of indexes.entries()) answers[index] = sent[at] ?? { kind: 'again', because: '' };
    };
    await Promise.all([...groups].map(sendGroup));
    return answers;
  }

  /** All for one partition. */
  async #sendTo(producer: Producer, messages: readonly Message[]): Promise<readonly Sent[]> {
    try {
      await producer.send({ topic: this.name, messages: [...messages], acks: -1, timeout: ANSWERS_WITHIN_MS });
      return messages.map(() => ({ kind: 'sent' }));
    } catch (error) {
      const problem = kafkaProblem(error);
      if (problem.kind === 'too-large' && messages.length > 1) return this.#halved(producer, messages);
      if (problem.kind === 'away') this.#giveUp(producer);
      return messages.map(() => answerTo(problem));
    }
  }

  async #halved(producer: Producer, messages: readonly Message[]): Promise<readonly Sent[]> {
    const half = Math.ceil(messages.length / 2);
    const first = await this.#sendTo(producer, messages.slice(0, half));
    const rest = messages.slice(half);
    const last = first.at(-1);
    // What comes later is not to overtake what is sent again.
    if (last?.kind === 'again')
      return [...first, ...rest.map(() => ({ kind: 'again', because: last.because }) as const)];
    return [...first, ...(await this.#sendTo(producer, rest))];
  }

  /** @throws {SendFailed} when the brokers do not answer: nothing has been sent then */
  #reach(): Promise<Link> {
    if (this.#link && this.#clock.now() < this.#lookAtMs) return this.#link;
    this.#lookAtMs = this.#clock.now() + KNOWN_FOR_MS;
    const made = this.#anew(this.#link);
    this.#link = made;
    made.catch(() => {
      if (this.#link === made) this.#link = undefined;
    });
    return made;
  }

  async #anew(before: Promise<Link> | undefined): Promise<Link> {
    let link: Link | undefined;
    try {
      link = await (before ?? this.#connect());
      await this.#look(link);
      return link;
    } catch (cause) {
      if (link) void disconnected(link);
      throw new SendFailed(kafkaProblem(cause).what, { perhapsSent: false, passes: true, cause });
    }
  }

  async #connect(): Promise<Link> {
    const client = await brokersClient(this.#access, CLIENT);
    const admin = client.admin();
    const producer = client.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    try {
      await Promise.all([admin.connect(), producer.connect()]);
      return { admin, producer };
    } catch (error) {
      void disconnected({ admin, producer });
      throw error;
    }
  }

  async #look({ admin }: Link): Promise<void> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [this.name] });
    this.#partitions = Math.max(1, topics[0]?.partitions.length ?? 1);
    this.#lookAtMs = this.#clock.now() + KNOWN_FOR_MS;
  }

  #giveUp(producer: Producer): void {
    const given = this.#link;
    void given?.then(
      (link) => {
        if (link.producer !== producer || this.#link !== given) return;
        this.#link = undefined;
        void disconnected(link);
      },
      () => {},
    );
  }

  async close(): Promise<void> {
    const closing = this.#link?.then(disconnected).catch(() => {});
    if (closing) await within(closing, ENDS_WITHIN_MS, this.#clock);
  }
}

async function disconnected({ admin, producer }: Link): Promise<void> {
  await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
}

function answerTo({ kind, what }: Problem): Sent {
  if (kind === 'too-large')
    return { kind: 'refused', because: `${what}; the topic's max.message.bytes says what it takes` };
  if (kind === 'refused') return { kind: 'refused', because: what };
  return { kind: 'again', because: what, ...(kind !== 'not-taken' && { perhapsSent: true as const }) };
}
