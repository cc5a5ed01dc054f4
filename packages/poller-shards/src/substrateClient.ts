/** A stream of the substrate, read directly. Positions are indexes; whoever waits for records is told, not kept asking. */
import { NoSuchStream, type StoredShard, type Stream } from '@millrace/runtime';
import {
  causeText,
  GET_RECORDS_LIMITS,
  indexOfSequenceNumber,
  type Millis,
  type Position,
  type StartingPosition,
  type StreamKind,
  sequenceNumber,
} from '@millrace/semantics';
import {
  type ReadRecord,
  type SeenShard,
  type ShardClient,
  ShardProblem,
  type ShardRead,
  type ShardReader,
} from './client.ts';
import type { Place } from './place.ts';

const VIEW_TYPES = ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const;

export interface SubstrateClientOptions {
  readonly stream: Stream;
  readonly kind: StreamKind;
  /** The mapping names a consumer: nothing is read differently, but as soon as it is there. */
  readonly fanOut?: boolean;
}

export function substrateClient({ stream, kind, fanOut = false }: SubstrateClientOptions): ShardClient {
  return {
    kind,
    fanOut,
    async facts() {
      const { retentionMs, carried } = await asked(() => stream.definition());
      return { retentionMs, viewType: VIEW_TYPES.find((type) => type === carried.StreamViewType) };
    },
    shards: async () => (await asked(() => stream.shards())).map(seenShard),
    start: async (id, position) => ({ kind: 'index', index: await startIndex(stream, partsOf(id), position) }),
    reader: (id, from) => new SubstrateReader(stream, partsOf(id), from),
    nameOf: (id) => partsOf(id).shardId,
  };
}

/** A stream that is made anew under its name has shards of the same names: the time at which it was made tells them apart. */
interface ShardParts {
  readonly shardId: string;
  readonly streamCreatedAtMs: Millis | undefined;
}

function idOf(shardId: string, streamCreatedAtMs: Millis): string {
  return `${shardId}@${streamCreatedAtMs}`;
}

function partsOf(id: string): ShardParts {
  const [shardId = id, createdAt] = id.split('@');
  return { shardId, streamCreatedAtMs: createdAt === undefined ? undefined : Number(createdAt) };
}

function seenShard(shard: StoredShard): SeenShard {
  const { id, streamCreatedAtMs, parentId, adjacentParentId, closedAtMs, endIndex } = shard;
  const parents = [parentId, adjacentParentId].filter((parent) => parent !== null);
  return {
    id: idOf(id, streamCreatedAtMs),
    parents: parents.map((parent) => idOf(parent, streamCreatedAtMs)),
    closed: closedAtMs !== null,
    latest: { kind: 'index', index: endIndex },
  };
}

async function startIndex(stream: Stream, parts: ShardParts, position: StartingPosition): Promise<number> {
  const { firstIndex, endIndex } = await shardOf(stream, parts);
  if (position === 'LATEST') return endIndex;
  if (position === 'TRIM_HORIZON') return firstIndex;
  return (await asked(() => stream.indexAt(parts.shardId, position.atMs))) ?? missing(parts);
}

async function shardOf(stream: Stream, parts: ShardParts): Promise<StoredShard> {
  const shards = await asked(() => stream.shards());
  const isMeant = ({ id, streamCreatedAtMs }: StoredShard) =>
    id === parts.shardId && streamCreatedAtMs === (parts.streamCreatedAtMs ?? streamCreatedAtMs);
  return shards.find(isMeant) ?? missing(parts);
}

function missing({ shardId }: ShardParts): never {
  throw new ShardProblem('gone', `There is no shard ${shardId} any more.`);
}

class SubstrateReader implements ShardReader {
  readonly #stream: Stream;
  readonly #parts: ShardParts;
  readonly #from: Place;
  #shard: StoredShard | undefined;
  #next: number | undefined;

  constructor(stream: Stream, parts: ShardParts, from: Place) {
    this.#stream = stream;
    this.#parts = parts;
    this.#from = from;
  }

  async ready(waitMs: Millis, signal: AbortSignal): Promise<void> {
    const fromIndex = this.#next ?? (await this.#begin());
    const ask = { ...this.#parts, fromIndex, maxRecords: 1, waitMs, signal };
    await asked(() => this.#stream.read(ask));
  }

  async read(maxRecords: number): Promise<ShardRead> {
    const fromIndex = this.#next ?? (await this.#begin());
    const ask = { ...this.#parts, fromIndex, maxRecords, maxBytes: GET_RECORDS_LIMITS.kinesis.bytes };
    const receipt = (await asked(() => this.#stream.read(ask))) ?? missing(this.#parts);
    const { records, nextIndex, missed, ended } = receipt;
    this.#next = nextIndex;
    const read: ReadRecord[] = records.map(({ index, arrivalMs, record }) => ({ position: index, arrivalMs, record }));
    return { records: read, ended, more: false, ...(missed > 0 && { missed }) };
  }

  async #begin(): Promise<number> {
    this.#shard = await shardOf(this.#stream, this.#parts);
    this.#next = indexOf(this.#from, this.#shard);
    return this.#next;
  }

  sequenceNumber(position: Position, arrivalMs: Millis): string {
    if (!this.#shard || typeof position === 'string') return String(position);
    return sequenceNumber(this.#shard, { index: position, arrivalMs });
  }

  close(): void {}
}

/** A child is read from its first record on, and so says what retention took of it. */
function indexOf(place: Place, shard: StoredShard): number {
  if (place.kind === 'index') return place.index;
  if (place.kind !== 'after') return 0;
  const { position } = place;
  const index = typeof position === 'number' ? position : indexOfSequenceNumber(shard, position);
  return index === undefined ? 0 : index + 1;
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NoSuchStream) throw new ShardProblem('gone', error.message, { cause: error });
    throw new ShardProblem('unreachable', `Redis does not answer: ${causeText(error)}`, { cause: error });
  }
}
