/**
 * The topics of a substrate on Redis, shared by every process that uses the same Redis and prefix.
 *
 * 1. A topic is its `meta` key; the registry only helps to list.
 * 2. Every script compares the generation that its caller knows, and the keys of records have it in their names, so that
 *    nobody takes one topic for another of the same name.
 */
import type { Topic, TopicDefinition, Topics } from '@millrace/runtime';
import { Named } from '../substrate/named.ts';
import { Registry } from '../substrate/registry.ts';
import { openSubstrate, type Substrate, type SubstrateOptions } from '../substrate/substrate.ts';
import { TopicLink } from './link.ts';
import { RedisTopic } from './redisTopic.ts';
import { createTopicScript, removeTopicScript } from './scripts.ts';

export type RedisTopicsOptions = SubstrateOptions;

/** The topics that live in a Redis. */
export function redisTopics(options: RedisTopicsOptions): Topics {
  return new RedisTopics(options);
}

class RedisTopics implements Topics {
  readonly #substrate: Substrate;
  readonly #registry: Registry;
  readonly #links = new Named((name) => new TopicLink(name, this.#substrate));
  readonly #topics = new Named((name) => new RedisTopic(this.#links.get(name)));

  constructor(options: RedisTopicsOptions) {
    this.#substrate = openSubstrate(options);
    this.#registry = new Registry(this.#substrate, 'topics');
  }

  async create(definition: TopicDefinition, partitions: number) {
    const link = this.#links.get(definition.name);
    if (!(partitions >= 1)) {
      const there = await link.load();
      if (there) return { created: false, definition: there.definition };
      throw new RangeError(`A topic has at least one partition, not ${partitions}.`);
    }
    return this.#registry.create(link, (generation) => {
      const args = [JSON.stringify(definition), generation, partitions];
      return this.#substrate.runner.insist(createTopicScript, [link.meta], () => args);
    });
  }

  async find(name: string): Promise<TopicDefinition | undefined> {
    return (await this.#links.get(name).load())?.definition;
  }

  list(prefix: string): Promise<string[]> {
    return this.#registry.list(prefix, (name) => this.#links.get(name).load());
  }

  async remove(name: string): Promise<boolean> {
    const link = this.#links.get(name);
    return this.#registry.remove(link, (known) => link.callAs(known, removeTopicScript, []));
  }

  open(name: string): Topic {
    return this.#topics.get(name);
  }

  async close(): Promise<void> {
    for (const topic of this.#topics.all()) topic.end();
    this.#substrate.close();
  }
}
