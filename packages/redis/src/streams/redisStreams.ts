/**
 * The streams of a substrate on Redis, shared by every process that uses the same Redis and prefix.
 *
 * 1. A stream is its `meta` key; the registry only helps to list.
 * 2. Every script and every read compares the revision of what its caller knows, so that no process works with old shards.
 * 3. Each change is one script: a process that dies has made it as a whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import { type Clock, type StreamChange, type StreamDefinition, type Streams, systemClock } from '@millrace/runtime';
import { createStream } from '@millrace/semantics';
import { connectRedis, type RedisClient, ScriptRunner } from '../connection.ts';
import { Wakeups } from '../queues/wakeups.ts';
import { registryKey } from './keys.ts';
import { revisionAfter } from './known.ts';
import { type Context, StreamLink } from './link.ts';
import { RedisStream } from './redisStream.ts';
import { Registry } from './registry.ts';
import { changeScript, createScript, removeScript } from './scripts.ts';

export interface RedisStreamsOptions {
  /** An address, or a client, which stays open when the streams are closed. */
  readonly redis: string | RedisClient;
  /** What every key begins with; `millrace` when absent. */
  readonly prefix?: string;
  /** Times the waiting of this process; the system's own when absent. */
  readonly clock?: Clock;
  /** The time that the streams go by, in whole milliseconds; the time of Redis when absent. For tests. */
  readonly now?: () => number;
}

/** The streams that live in a Redis. */
export function redisStreams(options: RedisStreamsOptions): Streams {
  return new RedisStreams(options);
}

class RedisStreams implements Streams, Context {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly timeText: () => string;
  readonly #registry: Registry;
  readonly #links = new Map<string, StreamLink>();
  readonly #streams = new Map<string, RedisStream>();
  readonly #ownClient: RedisClient | undefined;

  constructor({ redis, prefix = 'millrace', clock = systemClock, now }: RedisStreamsOptions) {
    this.#ownClient = typeof redis === 'string' ? connectRedis(redis) : undefined;
    this.#ownClient?.on('error', () => {});
    const client = this.#ownClient ?? (redis as RedisClient);
    this.runner = new ScriptRunner(client);
    this.wakeups = new Wakeups(client);
    this.prefix = prefix;
    this.clock = clock;
    this.timeText = now ? () => String(now()) : () => '';
    this.#registry = new Registry(this.runner, registryKey(prefix));
  }

  async create(definition: StreamDefinition, shards: number) {
    const { name, kind, retentionMs } = definition;
    const generation = randomBytes(6).toString('hex');
    await this.#registry.enter(name, generation);
    const ranges = createStream({ kind, shards, retentionMs }, 0).shards.flatMap((shard) => [
      String(shard.startingHashKey),
      String(shard.endingHashKey),
    ]);
    const link = this.#link(name);
    const args = () => [JSON.stringify(definition), `${generation}.0`, this.timeText(), ...ranges];
    const answer = await this.runner.insist(createScript, [link.keys.meta], args);
    link.forget();
    const [made, text, revision] = answer as [string, string, string];
    // A repetition after a lost connection finds what the first attempt made.
    const created = made === '1' || revision.startsWith(`${generation}.`);
    if (!created) await this.#registry.leave(name, generation);
    return { created, definition: JSON.parse(text) as StreamDefinition };
  }

  async find(name: string): Promise<StreamDefinition | undefined> {
    return (await this.#link(name).load())?.definition;
  }

  async list(prefix: string): Promise<string[]> {
    const names = await this.#registry.names(prefix);
    const there = await Promise.all(
      names.map((name) => this.runner.read((client) => client.exists(this.#link(name).keys.meta))),
    );
    return names.filter((_, index) => there[index]);
  }

  async change(name: string, change: StreamChange): Promise<StreamDefinition | undefined> {
    const link = this.#link(name);
    for (;;) {
      const known = await link.load();
      if (!known) return undefined;
      const definition = { ...known.definition, ...change };
      const args = [JSON.stringify(definition), revisionAfter(known)];
      const done = await link.callAs(known, changeScript, args);
      link.forget();
      if (done) return definition;
    }
  }

  async remove(name: string): Promise<boolean> {
    const link = this.#link(name);
    let seen: string | undefined;
    for (;;) {
      const known = await link.load();
      // Gone after a repetition: the first attempt has done it, or somebody else.
      if (!known) break;
      seen = known.generation;
      if (await link.callAs(known, removeScript, [])) break;
    }
    link.forget();
    if (seen === undefined) return false;
    await this.#registry.leave(name, seen);
    return true;
  }

  open(name: string): RedisStream {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = new RedisStream(this.#link(name));
      this.#streams.set(name, stream);
    }
    return stream;
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.end();
    this.runner.close();
    this.wakeups.close();
    this.#ownClient?.disconnect();
  }

  #link(name: string): StreamLink {
    let link = this.#links.get(name);
    if (!link) {
      link = new StreamLink(name, this);
      this.#links.set(name, link);
    }
    return link;
  }
}
