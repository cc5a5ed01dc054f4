/**
 * The streams of a substrate on Redis, shared by every process that uses the same Redis and prefix.
 *
 * 1. A stream is its `meta` key; the registry only helps to list.
 * 2. Every script and every read compares the revision of what its caller knows, so that no process works with old shards.
 * 3. Each change is one script: a process that dies has made it as a whole or not at all.
 */
import type { StreamChange, StreamDefinition, Streams } from '@millrace/runtime';
import { createStream } from '@millrace/semantics';
import { revisionAfter } from '../substrate/link.ts';
import { Named } from '../substrate/named.ts';
import { Registry } from '../substrate/registry.ts';
import { openSubstrate, type Substrate, type SubstrateOptions } from '../substrate/substrate.ts';
import { StreamLink } from './link.ts';
import { RedisStream } from './redisStream.ts';
import { changeScript, createScript, removeScript } from './scripts.ts';

export type RedisStreamsOptions = SubstrateOptions;

/** The streams that live in a Redis. */
export function redisStreams(options: RedisStreamsOptions): Streams {
  return new RedisStreams(options);
}

class RedisStreams implements Streams {
  readonly #substrate: Substrate;
  readonly #registry: Registry;
  readonly #links = new Named((name) => new StreamLink(name, this.#substrate));
  readonly #streams = new Named((name) => new RedisStream(this.#links.get(name)));

  constructor(options: RedisStreamsOptions) {
    this.#substrate = openSubstrate(options);
    this.#registry = new Registry(this.#substrate, 'streams');
  }

  async create(definition: StreamDefinition, shards: number) {
    const { name, kind, retentionMs } = definition;
    const link = this.#links.get(name);
    return this.#registry.create(link, (generation) => {
      const ranges = createStream({ kind, shards, retentionMs }, 0).shards.flatMap((shard) => [
        String(shard.startingHashKey),
        String(shard.endingHashKey),
      ]);
      const { runner, timeText } = this.#substrate;
      const args = () => [JSON.stringify(definition), `${generation}.0`, timeText(), ...ranges];
      return runner.insist(createScript, [link.keys.meta], args);
    });
  }

  async find(name: string): Promise<StreamDefinition | undefined> {
    return (await this.#links.get(name).load())?.definition;
  }

  list(prefix: string): Promise<string[]> {
    const { runner } = this.#substrate;
    return this.#registry.list(prefix, (name) =>
      runner.read((client) => client.exists(this.#links.get(name).keys.meta)),
    );
  }

  async change(name: string, change: StreamChange): Promise<StreamDefinition | undefined> {
    const link = this.#links.get(name);
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
    const link = this.#links.get(name);
    return this.#registry.remove(link, (known) => link.callAs(known, removeScript, []));
  }

  open(name: string): RedisStream {
    return this.#streams.get(name);
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.all()) stream.end();
    this.#substrate.close();
  }
}
