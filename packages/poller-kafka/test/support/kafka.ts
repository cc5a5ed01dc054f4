/** Topics of real brokers that only one test knows. */
import { kafkaClient } from '@millrace/poller-kafka';
import { newId, systemClock } from '@millrace/runtime';
import type { OrderedRecord, OrderedSubject } from '@millrace/runtime/conformance';
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { makeTopic } from '../../../../test/components/kafkaTopics.ts';
import { topicUnderTest } from './topics.ts';

/** A connection of a test to its brokers. */
export class Brokers {
  readonly urls: readonly string[];
  readonly kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;

  private constructor(urls: readonly string[], kafka: Kafka, admin: Admin, producer: Producer) {
    this.urls = urls;
    this.kafka = kafka;
    this.#admin = admin;
    this.#producer = producer;
  }

  static async connect(urls: readonly string[]): Promise<Brokers> {
    const { Kafka, logLevel, Partitioners } = kafkajs;
    const retry = { retries: 20, initialRetryTime: 50, maxRetryTime: 500 };
    const kafka = new Kafka({ brokers: [...urls], clientId: 'test', logLevel: logLevel.NOTHING, retry });
    const admin = kafka.admin();
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
    return new Brokers(urls, kafka, admin, producer);
  }

  get admin(): Admin {
    return this.#admin;
  }

  /** A name that nobody else has. */
  async topic(partitions: number, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = `t-${newId()}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await makeTopic(this.#admin, { topic, numPartitions: partitions, configEntries });
    return topic;
  }

  async put(topic: string, records: readonly OrderedRecord[]): Promise<void> {
    await this.#producer.send({ topic, messages: records.map(({ key, value }) => ({ key, value })) });
  }

  /** To one partition. */
  async putTo(topic: string, partition: number, values: readonly string[], timestamp?: number): Promise<void> {
    const time = timestamp === undefined ? {} : { timestamp: String(timestamp) };
    await this.#producer.send({ topic, messages: values.map((value) => ({ value, partition, ...time })) });
  }

  async committed(groupId: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const [answer] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map((answer?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()]);
  }
}

export function kafkaSubject(brokers: () => Brokers): OrderedSubject {
  return {
    async make(units) {
      const cluster = brokers();
      const topic = await cluster.topic(units);
      const groupId = `g-${newId()}`;
      return topicUnderTest({
        client: () => kafkaClient({ brokers: cluster.urls, topic, groupId, clock: systemClock }),
        put: (records) => cluster.put(topic, records),
      });
    },
  };
}
