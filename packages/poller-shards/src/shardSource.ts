/**
 * A stream as the source of a mapping: a reading place for each shard.
 *
 * 1. A checkpoint wins; else reading begins where it began before; else at the starting position, or, for a child, at its
 *    beginning.
 * 2. LATEST is where the stream stood when this process first listed its shards, or, in a process that has not, when the
 *    shard is opened: what comes after is read, whenever the first read is.
 */
import {
  dynamodbShardFormat,
  emptyWindowEnvelopeBytes,
  kinesisShardFormat,
  type ShardFormat,
  type ShardRecord,
} from '@millrace/aws-shapes';
import type { Clock, MappingSource, PollerOpening } from '@millrace/runtime';
import { causeText, type DecodedData, decodedText, type Millis, type StartingPosition } from '@millrace/semantics';
import { type SeenShard, type ShardClient, ShardProblem, type StreamFacts } from './client.ts';
import { HORIZON, type Place, placeOf, wordOf } from './place.ts';
import { ShardPoller } from './shardPoller.ts';
import { StreamHealth } from './streamHealth.ts';

/** Between tries to find a starting position. */
const AGAIN_MS = 1000;

export interface ShardSourceOptions {
  readonly client: ShardClient;
  /** The stream's. */
  readonly arn: string;
  /** The mapping's: the stream's own, or a consumer's; the stream's when absent. */
  readonly eventSourceArn?: string | undefined;
  readonly region: string;
  /** The function's execution role, which events of Kinesis name. */
  readonly roleArn: string;
  readonly startingPosition: StartingPosition;
  /** The mapping's; 0 without tumbling windows. */
  readonly tumblingWindowMs: Millis;
  readonly clock: Clock;
}

/** @throws {ShardProblem} when the stream cannot be reached or does not exist */
export async function shardSource(options: ShardSourceOptions): Promise<MappingSource> {
  const { client, tumblingWindowMs } = options;
  const facts = await client.facts();
  const source = new ShardSource(options, formatOf(options, facts));
  const { eventSourceArn } = source.format;
  const envelopeBytes = tumblingWindowMs > 0 ? emptyWindowEnvelopeBytes(eventSourceArn) : source.format.envelopeBytes;
  let { retentionMs } = facts;
  return {
    get surroundings() {
      return { retentionMs, visibilityTimeoutMs: 0, fanOut: client.fanOut, envelopeBytes };
    },
    async refresh() {
      ({ retentionMs } = await client.facts());
    },
    open: (shardId, opening) => source.open(shardId, opening),
    pins: () => source.pins(),
    async look(order, signal) {
      if (order.do !== 'discover') throw new Error(`a stream has no answer to ${order.do}`);
      const shards = await source.list(signal);
      return { what: 'discovered', shards: shards.map(({ id, parents }) => ({ id, parents })) };
    },
  };
}

class ShardSource {
  readonly format: ShardFormat<ShardRecord>;
  readonly #options: ShardSourceOptions;
  readonly #health = new StreamHealth();
  /** The end of each open shard at the first listing. */
  #latest: Promise<ReadonlyMap<string, Place>> | undefined;

  constructor(options: ShardSourceOptions, format: ShardFormat<ShardRecord>) {
    this.#options = options;
    this.format = format;
  }

  async list(signal: AbortSignal): Promise<readonly SeenShard[]> {
    const { client, startingPosition } = this.#options;
    const shards = await client.shards(signal);
    if (startingPosition === 'LATEST') await this.#pin(shards, signal);
    return shards;
  }

  /** Where LATEST is, in words, as far as it is fixed. */
  async pins(): Promise<ReadonlyMap<string, string>> {
    const words = new Map<string, string>();
    for (const [id, place] of (await this.#latest) ?? []) words.set(id, wordOf(place));
    return words;
  }

  /** Where each shard ends now: those that are opened later, once their parents are read, begin there too. */
  async #pin(shards: readonly SeenShard[], signal: AbortSignal): Promise<void> {
    this.#latest ??= this.#endsOf(shards, signal);
    const pinning = this.#latest;
    try {
      await pinning;
    } catch (error) {
      if (this.#latest === pinning) this.#latest = undefined;
      throw error;
    }
  }

  async #endsOf(shards: readonly SeenShard[], signal: AbortSignal): Promise<ReadonlyMap<string, Place>> {
    const ends = new Map<string, Place>();
    for (const { id, closed, latest } of shards) {
      const end = latest ?? (closed ? undefined : await this.#options.client.start(id, 'LATEST', signal));
      if (end) ends.set(id, end);
    }
    return ends;
  }

  async open(shardId: string, opening: PollerOpening): Promise<ShardPoller> {
    const { client, arn, clock } = this.#options;
    const { progress, events, factor } = opening;
    const checkpoint = progress.checkpoints.get('');
    const start = checkpoint === undefined ? await this.#start(shardId, opening) : undefined;
    const reader = client.reader(shardId, start ?? { kind: 'after', position: checkpoint ?? '' });
    const isUnlisted = async (asking: AbortSignal) => {
      const shards = await client.shards(asking);
      return shards.length > 0 && !shards.some(({ id }) => id === shardId);
    };
    return new ShardPoller({
      shard: { id: client.nameOf?.(shardId) ?? shardId, format: this.format, reader, sample: undefined },
      reader,
      streamArn: arn,
      start: start && wordOf(start),
      factor,
      clock,
      health: this.#health,
      events,
      isUnlisted,
    });
  }

  async #start(shardId: string, opening: PollerOpening): Promise<Place> {
    const { progress, from } = opening;
    const before = progress.starts.get('');
    if (before !== undefined) return placeOf(before) ?? HORIZON;
    if (from === 'horizon') return HORIZON;
    const latest = (await this.#latest)?.get(shardId);
    if (latest) return latest;
    try {
      return await this.#startNow(shardId, opening);
    } finally {
      this.#health.recovered(opening, opening.events);
    }
  }

  /** Asks the stream until it says where its starting position is. */
  async #startNow(shardId: string, opening: PollerOpening): Promise<Place> {
    const { events, signal } = opening;
    const { client, startingPosition, clock } = this.#options;
    for (;;) {
      try {
        return await client.start(shardId, startingPosition, signal);
      } catch (error) {
        // Whoever reads it finds that it is gone.
        if (error instanceof ShardProblem && error.kind === 'gone') return HORIZON;
        if (signal.aborted) throw error;
        this.#health.troubled(opening, events, causeText(error));
        await clock.until(clock.now() + AGAIN_MS, signal);
      }
    }
  }
}

function formatOf(
  options: ShardSourceOptions,
  { viewType = 'NEW_AND_OLD_IMAGES' }: StreamFacts,
): ShardFormat<ShardRecord> {
  const { client, region, roleArn, arn, eventSourceArn = arn } = options;
  // A stream has records of one kind only.
  if (client.kind === 'dynamodb') {
    return dynamodbShardFormat({ region, eventSourceArn, viewType }) as ShardFormat<ShardRecord>;
  }
  const context = { region, eventSourceArn, invokeIdentityArn: roleArn };
  return kinesisShardFormat({ ...context, decoded }) as ShardFormat<ShardRecord>;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decoded(base64: string): DecodedData {
  try {
    return decodedText(UTF8.decode(Buffer.from(base64, 'base64')));
  } catch {
    return { format: 'binary' };
  }
}
