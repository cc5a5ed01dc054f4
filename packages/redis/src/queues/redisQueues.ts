/**
 * The queues of a substrate on Redis, shared by every process that uses the same Redis and prefix.
 *
 * 1. A queue is its `meta` key; the registry only helps to list. A name is entered there, with the queue's generation,
 *    before the queue is made, and taken out after it was removed, so that none is missing.
 * 2. Every script compares the revision of the definition that its caller knows, so that no process works with an old one.
 */
import { randomBytes } from 'node:crypto';
import { type Clock, newId, type QueueChange, type QueueDefinition, type Queues, systemClock } from '@millrace/runtime';
import { connectRedis, type RedisClient, ScriptRunner } from '../connection.ts';
import { changeScript, createScript, removeScript } from '../scripts/lifecycle.ts';
import { GENERATION_CHARS } from './codec.ts';
import { type Context, type Known, knownFrom, QueueLink } from './context.ts';
import { registryKey } from './keys.ts';
import { RedisQueue } from './redisQueue.ts';
import { Wakeups } from './wakeups.ts';

export interface RedisQueuesOptions {
  /** An address, or a client, which stays open when the queues are closed. */
  readonly redis: string | RedisClient;
  /** What every key begins with; `millrace` when absent. */
  readonly prefix?: string;
  /** Times the waiting of this process; the system's own when absent. */
  readonly clock?: Clock;
  /** The time that the queues go by, in milliseconds; the time of Redis when absent. For tests. */
  readonly now?: () => number;
  /** Makes message ids; random UUIDs when absent. */
  readonly newMessageId?: () => string;
}

/** The queues that live in a Redis. */
export function redisQueues(options: RedisQueuesOptions): Queues {
  return new RedisQueues(options);
}

/** How often a removal brings out what is in the outboxes before it gives that up: then its targets are gone. */
const REMOVE_ATTEMPTS = 3;

class RedisQueues implements Queues, Context {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly newMessageId: () => string;
  readonly timeText: () => string;
  readonly #links = new Map<string, QueueLink>();
  readonly #queues = new Map<string, RedisQueue>();
  readonly #ownClient: RedisClient | undefined;
  #recovered: Promise<void> | undefined;

  constructor({ redis, prefix = 'millrace', clock = systemClock, now, newMessageId = newId }: RedisQueuesOptions) {
    this.#ownClient = typeof redis === 'string' ? connectRedis(redis) : undefined;
    this.#ownClient?.on('error', () => {});
    const client = this.#ownClient ?? (redis as RedisClient);
    this.runner = new ScriptRunner(client);
    this.wakeups = new Wakeups(client);
    this.prefix = prefix;
    this.clock = clock;
    this.newMessageId = newMessageId;
    this.timeText = now ? () => String(now()) : () => '';
  }

  async create(definition: QueueDefinition) {
    const generation = randomBytes(GENERATION_CHARS / 2).toString('hex');
    const link = this.link(definition.name);
    const entry = entryOf(definition.name, generation);
    await this.runner.read((client) => client.zadd(registryKey(this.prefix), 0, entry));
    const args = [JSON.stringify(definition), `${generation}.0`];
    const answer = await this.runner.insist(createScript, [link.keys.meta], () => args);
    const [made, text, revision] = answer as [string, string, string];
    link.forget();
    const known = knownFrom(text, revision);
    // A repetition after a lost connection finds what the first attempt made.
    const created = made === '1' || known.generation === generation;
    if (!created) await this.runner.read((client) => client.zrem(registryKey(this.prefix), entry));
    return { created, definition: known.definition };
  }

  async find(name: string): Promise<QueueDefinition | undefined> {
    return (await this.link(name).load())?.definition;
  }

  readonly list = async (prefix: string): Promise<string[]> => {
    const names = await this.#registered(prefix);
    const there = await Promise.all(names.map((name) => this.link(name).load()));
    return names.filter((_, index) => there[index]);
  };

  async change(name: string, change: QueueChange): Promise<QueueDefinition | undefined> {
    const link = this.link(name);
    for (;;) {
      const known = await link.load();
      if (!known) return undefined;
      const definition = changed(known.definition, change);
      const args = [known.revision, JSON.stringify(definition), revisionAfter(known)];
      const done = await this.runner.insist(changeScript, [link.keys.meta], () => args);
      link.forget();
      if (done === 1) return definition;
    }
  }

  async remove(name: string): Promise<boolean> {
    const link = this.link(name);
    let seen: Known | undefined;
    for (let attempt = 1; ; attempt++) {
      const known = await link.load();
      if (!known) break;
      seen = known;
      await this.open(name).outbox.flush();
      const args = [known.revision, attempt >= REMOVE_ATTEMPTS ? '1' : '0'];
      if ((await this.runner.insist(removeScript, link.keys.all, () => args)) === 'removed') break;
    }
    link.forget();
    if (!seen) return false;
    const entry = entryOf(name, seen.generation);
    await this.runner.read((client) => client.zrem(registryKey(this.prefix), entry));
    return true;
  }

  open(name: string): RedisQueue {
    this.#recovered ??= this.#recover().catch(() => {});
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new RedisQueue(this.link(name));
      this.#queues.set(name, queue);
    }
    return queue;
  }

  link(name: string): QueueLink {
    let link = this.#links.get(name);
    if (!link) {
      link = new QueueLink(name, this);
      this.#links.set(name, link);
    }
    return link;
  }

  async close(): Promise<void> {
    for (const queue of this.#queues.values()) queue.end();
    this.runner.close();
    this.wakeups.close();
    this.#ownClient?.disconnect();
  }

  /** Messages may have been on their way between two queues when an earlier process ended. */
  async #recover(): Promise<void> {
    for (const name of await this.#registered('')) {
      const waiting = await this.runner.read((client) => client.scard(this.link(name).keys.outs));
      if (waiting > 0) await this.open(name).outbox.flush();
    }
  }

  async #registered(prefix: string): Promise<string[]> {
    const [from, to] = [`[${prefix}`, `[${prefix}\u{10ffff}`];
    const entries = await this.runner.read((client) => client.zrangebylex(registryKey(this.prefix), from, to));
    return [...new Set(entries.map((entry) => entry.slice(0, entry.indexOf('\n'))))].sort();
  }
}

function entryOf(name: string, generation: string): string {
  return `${name}\n${generation}`;
}

function revisionAfter({ generation, revision }: Known): string {
  return `${generation}.${Number(revision.slice(generation.length + 1)) + 1}`;
}

function changed(definition: QueueDefinition, { redrive, ...rest }: QueueChange): QueueDefinition {
  const { redrive: before, ...kept } = { ...definition, ...rest };
  const after = redrive === undefined ? before : redrive;
  return after ? { ...kept, redrive: after } : kept;
}
