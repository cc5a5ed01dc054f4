/**
 * What the brokers say about a topic and a group. One connection, made anew after every failure and whenever partitions
 * were added: kafkajs's admin never looks at its metadata again.
 */
import type { PartitionOffsets, StartingPosition } from '@millrace/semantics';
import type { Admin, Kafka } from 'kafkajs';
import type { CommittedOffset, TopicFacts } from '../client.ts';
import { ConfigResourceTypes } from './library.ts';
import { type Asked, unavailable } from './problems.ts';

/** Stands in the metadata of our commits. */
export const COMMIT_MARK = 'millrace';

/** Far enough, and still a time. */
const FOR_EVER_MS = 100 * 365 * 86_400_000;

export class KafkaAdmin {
  readonly #kafka: Kafka;
  readonly #asked: Asked;
  #connected: Promise<Admin> | undefined;
  #partitions: number | undefined;

  constructor(kafka: Kafka, asked: Asked) {
    this.#kafka = kafka;
    this.#asked = asked;
  }

  facts(): Promise<TopicFacts> {
    return this.#ask(async (admin) => {
      await this.#count(admin);
      const name = this.#asked.topic;
      const configNames = ['message.timestamp.type'];
      const resources = [{ type: ConfigResourceTypes.TOPIC, name, configNames }];
      // A login that may read may not look at the configuration: then this is Kafka's default.
      const answer = await admin.describeConfigs({ resources, includeSynonyms: false }).catch((error: unknown) => {
        if (/AUTHORIZATION/.test((error as { type?: string }).type ?? '')) return undefined;
        throw error;
      });
      const type = answer?.resources[0]?.configEntries.find(({ configName }) => configName === configNames[0]);
      const isOfBroker = type?.configValue === 'LogAppendTime';
      return { retentionMs: FOR_EVER_MS, timestampType: isOfBroker ? 'LOG_APPEND_TIME' : 'CREATE_TIME' };
    });
  }

  partitions(): Promise<number> {
    return this.#ask((admin) => this.#count(admin));
  }

  async #count(admin: Admin): Promise<number> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [this.#asked.topic] });
    return topics[0]?.partitions.length ?? 0;
  }

  offsets(): Promise<readonly PartitionOffsets[]> {
    return this.#askAll(async (admin) => {
      const all = await admin.fetchTopicOffsets(this.#asked.topic);
      return all.map(({ partition, low, high }) => ({ partition, earliest: Number(low), latest: Number(high) }));
    });
  }

  startsAt(position: StartingPosition): Promise<ReadonlyMap<number, number>> {
    return this.#askAll(async (admin) => {
      const { topic } = this.#asked;
      if (typeof position === 'object') {
        const found = await admin.fetchTopicOffsetsByTimestamp(topic, position.atMs);
        return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
      }
      const found = await admin.fetchTopicOffsets(topic);
      const side = position === 'LATEST' ? 'high' : 'low';
      return new Map(found.map((each) => [each.partition, Number(each[side])]));
    });
  }

  committed(): Promise<ReadonlyMap<number, CommittedOffset>> {
    return this.#askAll(async (admin) => {
      const { topic, groupId } = this.#asked;
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = new Map<number, CommittedOffset>();
      for (const { partition, offset, metadata } of answer?.partitions ?? []) {
        // Below zero stands nothing, or kafkajs's word for the oldest record.
        if (Number(offset) >= 0) committed.set(partition, { offset: Number(offset), own: metadata === COMMIT_MARK });
      }
      return committed;
    });
  }

  /** Asks about all partitions that there are now. */
  #askAll<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    return this.#ask(async (admin) => {
      const partitions = await this.#count(admin);
      const isStale = this.#partitions !== undefined && this.#partitions !== partitions;
      this.#partitions = partitions;
      if (!isStale) return question(admin);
      void this.disconnect();
      return question(await this.#connect());
    });
  }

  async #ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    try {
      return await question(await this.#connect());
    } catch (error) {
      void this.disconnect();
      throw unavailable(error, this.#asked);
    }
  }

  #connect(): Promise<Admin> {
    this.#connected ??= (async () => {
      const admin = this.#kafka.admin();
      await admin.connect();
      return admin;
    })();
    return this.#connected;
  }

  async disconnect(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.then((admin) => admin.disconnect()).catch(() => {});
  }
}
