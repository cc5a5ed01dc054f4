/**
 * What operations on streams work with: the streams, whose they are, and what the gateway remembers between requests.
 *
 * 1. For puts and reads a stream's definition is remembered for a second, and its shards as long as it is the same stream, so
 *    that each costs the substrate one call. Changes made through this gateway count at once.
 * 2. Of a remembered shard only that is used which never changes: its id, its range, its parents, its sequence prefix.
 * 3. Changes of one stream's definition follow one another, so that none is lost within this process.
 */
import type { Clock, StoredShard, Stream, StreamChange, StreamDefinition, Streams } from '@millrace/runtime';
import type { StreamKind } from '@millrace/semantics';
import { FewAtOnce } from './fewAtOnce.ts';
import { ReadLimits } from './kinesis/readLimits.ts';
import { Subscriptions } from './kinesis/subscriptions.ts';

export interface StreamsServiceOptions {
  readonly streams: Streams;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Streams that are made here have the limits of AWS's shards. */
  readonly shardLimits: boolean;
}

/** One is read from the substrate while the answer of the other is made. */
const READS_AT_ONCE = 2;
const REMEMBERED_MS = 1000;
const REMEMBERED_AT_MOST = 10_000;

/** A stream that was found. */
export class KnownStream {
  readonly definition: StreamDefinition;
  readonly stream: Stream;
  readonly #seen: Map<string, StoredShard>;

  constructor(definition: StreamDefinition, stream: Stream, before?: KnownStream) {
    this.definition = definition;
    this.stream = stream;
    this.#seen = before?.definition.createdAtMs === definition.createdAtMs ? before.#seen : new Map();
  }

  /** As they are now, by number. */
  async shards(): Promise<readonly StoredShard[]> {
    const shards = await this.stream.shards();
    for (const shard of shards) this.#seen.set(shard.id, shard);
    return shards;
  }

  /** As it is now. */
  async shard(shardId: string): Promise<StoredShard | undefined> {
    return (await this.shards()).find(({ id }) => id === shardId);
  }

  /** As it was when it was last seen; it may be gone. */
  async seenShard(shardId: string): Promise<StoredShard | undefined> {
    return this.#seen.get(shardId) ?? this.shard(shardId);
  }
}

export class StreamsService {
  readonly streams: Streams;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly shardLimits: boolean;
  readonly reads: ReadLimits;
  /** The reads of shards, of both kinds of stream. */
  readonly reading = new FewAtOnce(READS_AT_ONCE);
  readonly subscriptions: Subscriptions;
  readonly #known = new Map<string, { readonly stream: KnownStream; readonly untilMs: number }>();
  readonly #changing = new Map<string, Promise<unknown>>();

  constructor({ streams, region, accountId, clock, shardLimits }: StreamsServiceOptions) {
    this.streams = streams;
    this.region = region;
    this.accountId = accountId;
    this.clock = clock;
    this.shardLimits = shardLimits;
    this.reads = new ReadLimits(clock);
    this.subscriptions = new Subscriptions(clock);
  }

  /** As it was within the last second. */
  async find(name: string, kind: StreamKind): Promise<KnownStream | undefined> {
    const known = this.#known.get(name);
    if (known && known.untilMs > this.clock.now()) return ofKind(known.stream, kind);
    return this.findNow(name, kind);
  }

  /** As it is now, straight from the substrate. */
  async findNow(name: string, kind: StreamKind): Promise<KnownStream | undefined> {
    const definition = await this.streams.find(name);
    if (definition) return ofKind(this.remember(definition), kind);
    this.forget(name);
    return undefined;
  }

  remember(definition: StreamDefinition): KnownStream {
    const before = this.#known.get(definition.name)?.stream;
    if (this.#known.size >= REMEMBERED_AT_MOST) this.#known.clear();
    const stream = new KnownStream(definition, this.streams.open(definition.name), before);
    this.#known.set(definition.name, { stream, untilMs: this.clock.now() + REMEMBERED_MS });
    return stream;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Changes a definition by what it is now. Undefined when there is no such stream; what `by` throws changes nothing. */
  async change(name: string, by: (now: StreamDefinition) => StreamChange): Promise<StreamDefinition | undefined> {
    const before = this.#changing.get(name) ?? Promise.resolve();
    const turn = before.then(() => this.#changeNow(name, by));
    const settled = turn.catch(() => {});
    this.#changing.set(name, settled);
    try {
      return await turn;
    } finally {
      if (this.#changing.get(name) === settled) this.#changing.delete(name);
    }
  }

  /** Definitions of one kind whose names come after one, sorted by name; one more than `max` shows that there are more. */
  async after(name: string, kind: StreamKind, max: number): Promise<StreamDefinition[]> {
    const names = (await this.streams.list('')).filter((one) => one > name);
    const found: StreamDefinition[] = [];
    for (let at = 0; at < names.length && found.length <= max; at += AT_ONCE) {
      const some = await Promise.all(names.slice(at, at + AT_ONCE).map((one) => this.streams.find(one)));
      found.push(...some.filter((one) => one?.kind === kind).map((one) => one!));
    }
    return found.slice(0, max + 1);
  }

  async #changeNow(name: string, by: (now: StreamDefinition) => StreamChange): Promise<StreamDefinition | undefined> {
    const now = await this.streams.find(name);
    const changed = now && (await this.streams.change(name, by(now)));
    if (changed) this.remember(changed);
    else this.forget(name);
    return changed;
  }
}

/** Definitions that are asked for at once. */
const AT_ONCE = 100;

function ofKind(known: KnownStream, kind: StreamKind): KnownStream | undefined {
  return known.definition.kind === kind ? known : undefined;
}
