/**
 * The streams of one process, in memory: the models of `semantics/sources` behind the port. For tests, and for whoever
 * needs no second process; nothing outlives the process.
 */
import { type Clock, systemClock } from '../clock.ts';
import { NoSuchStream, type Stream, type StreamChange, type StreamDefinition, type Streams } from '../ports/stream.ts';
import { MemoryStream } from './stream.ts';

export interface MemoryStreamsOptions {
  /** The system's own when absent. */
  readonly clock?: Clock;
}

/** An empty substrate in memory. */
export function memoryStreams(options: MemoryStreamsOptions = {}): Streams {
  return new MemoryStreams(options.clock ?? systemClock);
}

class MemoryStreams implements Streams {
  readonly #clock: Clock;
  readonly #streams = new Map<string, MemoryStream>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async create(definition: StreamDefinition, shards: number) {
    const there = this.#streams.get(definition.name);
    if (there) return { created: false, definition: there.current };
    this.#streams.set(definition.name, new MemoryStream(definition, shards, this.#clock));
    return { created: true, definition };
  }

  async find(name: string): Promise<StreamDefinition | undefined> {
    return this.#streams.get(name)?.current;
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#streams.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async change(name: string, change: StreamChange): Promise<StreamDefinition | undefined> {
    return this.#streams.get(name)?.change(change);
  }

  async remove(name: string): Promise<boolean> {
    const stream = this.#streams.get(name);
    this.#streams.delete(name);
    stream?.end(true);
    return stream !== undefined;
  }

  open(name: string): Stream {
    return new OpenStream(() => {
      const stream = this.#streams.get(name);
      if (!stream) throw new NoSuchStream(name);
      return stream;
    });
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.end(false);
  }
}

/** A stream by its name: whoever holds it finds the stream of that name, also when it was removed and made anew. */
class OpenStream implements Stream {
  readonly #stream: () => MemoryStream;

  constructor(stream: () => MemoryStream) {
    this.#stream = stream;
  }

  definition: Stream['definition'] = async () => this.#stream().current;
  put: Stream['put'] = async (records) => this.#stream().put(records);
  shards: Stream['shards'] = async () => this.#stream().shards();
  read: Stream['read'] = async (ask) => this.#stream().read(ask);
  indexAt: Stream['indexAt'] = async (shardId, atMs) => this.#stream().indexAt(shardId, atMs);
  split: Stream['split'] = async (shardId, hashKey) => this.#stream().split(shardId, hashKey);
  merge: Stream['merge'] = async (shardId, adjacent) => this.#stream().merge(shardId, adjacent);
}
