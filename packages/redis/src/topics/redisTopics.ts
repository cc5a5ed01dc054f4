/**
 * The topics of a substrate on Redis, shared by every process that uses the same Redis and prefix.
 *
 * 1. A topic is its `meta` key; the registry only helps to list. A name is entered there, with the topic's generation,
 *    before the topic is made, and taken out after it was removed, so that none is missing.
 * 2. Every script compares the generation that its caller knows, and the keys of records have it in their names, so that
 *    nobody takes one topic for another of the same name.
 */
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock, type Topic, type TopicDefinition, type Topics } from '@millrace/runtime';
import { connectRedis, type RedisClient, ScriptRunner } from '../connection.ts';
import { Wakeups } from '../queues/wakeups.ts';
import { registryKey } from './keys.ts';
import { type Context, type Known, TopicLink } from './link.ts';
import { RedisTopic } from './redisTopic.ts';
import { createTopicScript, removeTopicScript } from './scripts.ts';

export interface RedisTopicsOptions {
  /** An address, or a client, which stays open when the topics are closed. */
  readonly redis: string | RedisClient;
  /** What every key begins with; `millrace` when absent. */
  readonly prefix?: string;
  /** Times the waiting of this process; the system's own when absent. */
  readonly clock?: Clock;
  /** The time that the topics go by, in milliseconds; the time of Redis when absent. For tests. */
  readonly now?: () => number;
}

/** The topics that live in a Redis. */
export function redisTopics(options: RedisTopicsOptions): Topics {
  return new RedisTopics(options);
}

class RedisTopics implements Topics, Context {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly timeText: () => string;
  readonly #topics = new Map<string, { readonly link: TopicLink; readonly topic: RedisTopic }>();
  readonly #ownClient: RedisClient | undefined;

  constructor({ redis, prefix = 'millrace', clock = systemClock, now }: RedisTopicsOptions) {
    this.#ownClient = typeof redis === 'string' ? connectRedis(redis) : undefined;
    this.#ownClient?.on('error', () => {});
    const client = this.#ownClient ?? (redis as RedisClient);
    this.runner = new ScriptRunner(client);
    this.wakeups = new Wakeups(client);
    this.prefix = prefix;
    this.clock = clock;
    this.timeText = now ? () => String(now()) : () => '';
  }

  async create(definition: TopicDefinition, partitions: number) {
    const { link } = this.#held(definition.name);
    if (!(partitions >= 1)) {
      const there = await link.load();
      if (there) return { created: false, definition: there.definition };
      throw new RangeError(`A topic has at least one partition, not ${partitions}.`);
    }
    const generation = randomBytes(6).toString('hex');
    const entry = entryOf(definition.name, generation);
    await this.runner.read((client) => client.zadd(registryKey(this.prefix), 0, entry));
    const args = [JSON.stringify(definition), generation, partitions];
    const answer = await this.runner.insist(createTopicScript, [link.meta], () => args);
    const [made, text, found] = answer as [string, string, string];
    link.forget();
    // A repetition after a lost connection finds what the first attempt made.
    const created = made === '1' || found === generation;
    if (!created) await this.#unregister(entry);
    return { created, definition: link.knownFrom(text, found).definition };
  }

  async find(name: string): Promise<TopicDefinition | undefined> {
    return (await this.#held(name).link.load())?.definition;
  }

  async list(prefix: string): Promise<string[]> {
    const [from, to] = [`[${prefix}`, `[${prefix}\u{10ffff}`];
    const entries = await this.runner.read((client) => client.zrangebylex(registryKey(this.prefix), from, to));
    const names = [...new Set(entries.map((entry) => entry.slice(0, entry.indexOf('\n'))))].sort();
    const there = await Promise.all(names.map((name) => this.#held(name).link.load()));
    return names.filter((_, index) => there[index]);
  }

  async remove(name: string): Promise<boolean> {
    const { link } = this.#held(name);
    let seen: Known | undefined;
    for (;;) {
      const known = await link.load();
      if (!known) break;
      seen = known;
      if (await link.run(known, removeTopicScript, [])) break;
    }
    link.forget();
    if (seen) await this.#unregister(entryOf(name, seen.generation));
    return seen !== undefined;
  }

  open(name: string): Topic {
    return this.#held(name).topic;
  }

  async close(): Promise<void> {
    for (const { topic } of this.#topics.values()) topic.end();
    this.runner.close();
    this.wakeups.close();
    this.#ownClient?.disconnect();
  }

  #held(name: string) {
    let held = this.#topics.get(name);
    if (!held) {
      const link = new TopicLink(name, this);
      held = { link, topic: new RedisTopic(link) };
      this.#topics.set(name, held);
    }
    return held;
  }

  async #unregister(entry: string): Promise<void> {
    await this.runner.read((client) => client.zrem(registryKey(this.prefix), entry));
  }
}

function entryOf(name: string, generation: string): string {
  return `${name}\n${generation}`;
}
