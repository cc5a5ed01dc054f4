/**
 * Produces records with known ids at a rate, to all partitions in turn. What was not answered is sent again: it may be in
 * the log twice then, at two places, and both are records that have to be handled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Brokers } from '../../../packages/poller-kafka/test/support/kafka.ts';
import type { Given } from './kafkaEvidence.ts';

const AT_ONCE = 20;

export interface TopicLoadOptions {
  readonly count: number;
  readonly perSecond: number;
  /** The number of the first one; 0 when left out. */
  readonly from?: number;
  /** What else a record says to the function; `at` counts from 0. */
  readonly says?: (at: number) => Readonly<Record<string, unknown>>;
}

export class TopicLoad {
  /** Resolves when the last one was sent. */
  readonly sent: Promise<void>;
  readonly #producer: ReturnType<Brokers['kafka']['producer']>;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #options: TopicLoadOptions;
  readonly #sent: Given[] = [];
  #stopped = false;

  constructor({ kafka }: Brokers, topic: string, partitions: number, options: TopicLoadOptions) {
    const retry = { retries: 3, initialRetryTime: 50, maxRetryTime: 500 };
    this.#producer = kafka.producer({ retry, allowAutoTopicCreation: false });
    this.#topic = topic;
    this.#partitions = partitions;
    this.#options = options;
    this.sent = this.#sendAll().finally(() => this.#producer.disconnect());
    this.sent.catch(() => {});
  }

  /** Those that were answered. */
  account(): readonly Given[] {
    return this.#sent;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sendAll(): Promise<void> {
    const { count, perSecond } = this.#options;
    await this.#producer.connect();
    const beganMs = performance.now();
    for (let at = 0; at < count && !this.#stopped; at += AT_ONCE) {
      await this.#sendSurely(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, index) => at + index));
      const dueMs = beganMs + ((at + AT_ONCE) * 1000) / perSecond;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    }
  }

  async #sendSurely(ats: readonly number[]): Promise<void> {
    for (let left = ats; left.length > 0 && !this.#stopped; ) {
      try {
        left = await this.#send(left);
      } catch {
        await sleep(100);
      }
    }
  }

  /** Answers those that kafkajs left out without a word: it does so where a partition has no leader now. */
  async #send(ats: readonly number[]): Promise<number[]> {
    const { from = 0, says } = this.#options;
    const messages = ats.map((at) => {
      const id = `r${String(from + at).padStart(6, '0')}`;
      return { at, id, partition: at % this.#partitions, value: JSON.stringify({ id, ...says?.(at) }) };
    });
    const answers = await this.#producer.send({ topic: this.#topic, acks: -1, messages });
    const firsts = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    const left: number[] = [];
    for (const { at, id, partition } of messages) {
      const offset = firsts.get(partition);
      if (offset === undefined) {
        left.push(at);
        continue;
      }
      firsts.set(partition, offset + 1);
      this.#sent.push({ lane: `${this.#topic}-${partition}`, offset, id });
    }
    return left;
  }
}
