/**
 * A stream of shards, as Kinesis and DynamoDB Streams keep them, as plain data. Functions that change it are told the
 * time, which never goes back.
 *
 * 1. The hash-key ranges of the open shards partition 0 … 2^128−1.
 * 2. A record keeps its shard and its index there; an index is never used twice.
 * 3. A closed shard takes no more records and stays readable until retention has removed what it holds.
 *
 * Resharding is in `resharding.ts`, sequence numbers in `sequenceNumbers.ts`, put limits in `putLimits.ts`.
 */
import type { StartingPosition } from '../mapping/settings.ts';
import type { Millis } from '../vocabulary.ts';
import {
  addLog,
  appendToLog,
  arrivalAt,
  createLogSet,
  type ExpiredRecords,
  expireLogs,
  firstIndexOf,
  forgetLog,
  indexAtTime,
  type Log,
  type LogSet,
  type LogSpan,
  nextLogExpiryAt,
  placedBetween,
  type ReadLimit,
  spanOf,
} from './logs.ts';
import type { PutLimits, PutWindow } from './putLimits.ts';
import type { Placed } from './records.ts';
import { sequencePrefix } from './sequenceNumbers.ts';

export type StreamKind = 'kinesis' | 'dynamodb';

/** How long records are kept: always for DynamoDB, and until it is told otherwise for Kinesis. */
export const STREAM_RETENTION_MS: Millis = 24 * 3_600_000;

export interface StreamOptions {
  readonly kind: StreamKind;
  /** How many shards it begins with. */
  readonly shards: number;
  readonly retentionMs: Millis;
  /** Absent: puts are never refused. */
  readonly putLimits?: PutLimits;
}

export interface Shard {
  readonly number: number;
  /** shardId-000000000000, counting up. */
  readonly id: string;
  readonly startingHashKey: bigint;
  readonly endingHashKey: bigint;
  readonly parentId: string | null;
  /** The other parent, after a merge. */
  readonly adjacentParentId: string | null;
  readonly createdAtMs: Millis;
  /** The leading digits of its sequence numbers. */
  readonly sequencePrefix: string;
  childIds: string[];
  closedAtMs: Millis | null;
  /** What was put in the current second, where the stream has limits. */
  putWindow: PutWindow;
}

export interface StreamState<T> {
  options: StreamOptions;
  /** All shards ever, by number; shard n holds log n. */
  shards: Shard[];
  logs: LogSet<T>;
  /** Numbers of the open shards, in the order of their hash-key ranges. */
  open: number[];
  /** Where the partition keys seen lately go; emptied when it is full and at each resharding. */
  routes: Map<string, number>;
}

/** MD5 of a partition key as a number from 0 to 2^128−1 (for DynamoDB: any even hash of the item key). */
export type HashKey = (partitionKey: string) => bigint;

/** What one read takes of a shard. */
export interface ShardSpan extends LogSpan {
  /** The shard is closed and read to its end. */
  readonly ended: boolean;
  /** Age of the oldest record not yet returned; 0 at the tip (MillisBehindLatest). */
  readonly millisBehindLatest: Millis;
}

export interface ShardRead<T> extends ShardSpan {
  readonly records: readonly Placed<T>[];
}

/** One more than the largest hash key. */
const HASH_KEYS = 1n << 128n;

const ROUTES_KEPT = 262_144;

export function createStream<T>(options: StreamOptions, nowMs: Millis): StreamState<T> {
  const logs = createLogSet<T>(options.retentionMs);
  const stream: StreamState<T> = { options, shards: [], logs, open: [], routes: new Map() };
  const width = HASH_KEYS / BigInt(options.shards);
  for (let number = 0; number < options.shards; number++) {
    const start = width * BigInt(number);
    const end = number === options.shards - 1 ? HASH_KEYS - 1n : start + width - 1n;
    addShard(stream, { startingHashKey: start, endingHashKey: end, parents: [] }, nowMs);
    stream.open.push(number);
  }
  return stream;
}

/** The open shard that takes a record: by its explicit hash key (decimal), else by the hash of its partition key. */
export function shardFor<T>(
  stream: StreamState<T>,
  partitionKey: string,
  explicitHashKey: string | undefined,
  hashKey: HashKey,
): Shard {
  if (stream.open.length === 1) return stream.shards[stream.open[0]!]!;
  if (explicitHashKey !== undefined) return openShardAt(stream, BigInt(explicitHashKey));
  const known = stream.routes.get(partitionKey);
  if (known !== undefined) return stream.shards[known]!;
  const shard = openShardAt(stream, hashKey(partitionKey));
  if (stream.routes.size >= ROUTES_KEPT) stream.routes.clear();
  stream.routes.set(partitionKey, shard.number);
  return shard;
}

/** Puts a record into an open shard. Returns its index. */
export function appendToShard<T>(stream: StreamState<T>, shard: Shard, record: T, nowMs: Millis): number {
  return appendToLog(stream.logs, logOf(stream, shard), record, nowMs);
}

/** What a read of a shard from an index on would take (GetRecords). */
export function spanOfShard<T>(
  stream: StreamState<T>,
  shard: Shard,
  fromIndex: number,
  limit: ReadLimit<T>,
  nowMs: Millis,
): ShardSpan {
  const log = logOf(stream, shard);
  const { nextIndex, missed } = spanOf(stream.logs, log, fromIndex, limit, nowMs);
  const ended = shard.closedAtMs !== null && nextIndex >= log.endIndex;
  return { nextIndex, missed, ended, millisBehindLatest: nowMs - (arrivalAt(log, nextIndex) ?? nowMs) };
}

/** Reads it. */
export function readShard<T>(
  stream: StreamState<T>,
  shard: Shard,
  fromIndex: number,
  limit: ReadLimit<T>,
  nowMs: Millis,
): ShardRead<T> {
  const span = spanOfShard(stream, shard, fromIndex, limit, nowMs);
  return { ...span, records: placedBetween(logOf(stream, shard), fromIndex + span.missed, span.nextIndex) };
}

/** The index at which a reader begins: the oldest record, after the newest, or the first at or after a time. */
export function startingIndex<T>(
  stream: StreamState<T>,
  shard: Shard,
  position: StartingPosition,
  nowMs: Millis,
): number {
  const log = logOf(stream, shard);
  if (position === 'LATEST') return log.endIndex;
  if (position === 'TRIM_HORIZON') return firstIndexOf(stream.logs, log, nowMs);
  return indexAtTime(stream.logs, log, position.atMs, nowMs);
}

/** The index that the shard's next record will get. */
export function endIndexOf<T>(stream: StreamState<T>, shard: Shard): number {
  return logOf(stream, shard).endIndex;
}

/** A shard by its id, unless retention has passed since it was closed. */
export function findShard<T>(stream: StreamState<T>, shardId: string, nowMs: Millis): Shard | undefined {
  const shard = stream.shards[Number(shardId.slice('shardId-'.length))];
  return shard?.id === shardId && isListed(stream, shard, nowMs) ? shard : undefined;
}

/** Open shards, and closed ones until retention has passed since they were closed (ListShards), by number. */
export function listShards<T>(stream: StreamState<T>, nowMs: Millis): Shard[] {
  return stream.shards.filter((shard) => isListed(stream, shard, nowMs));
}

/** What retention has removed since the last call; `ordinal` is the shard's number. */
export function expireStream<T>(stream: StreamState<T>, nowMs: Millis): ExpiredRecords<T>[] {
  return expireLogs(stream.logs, nowMs);
}

export function nextStreamExpiryAt<T>(stream: StreamState<T>): Millis | undefined {
  return nextLogExpiryAt(stream.logs);
}

/** Gives back the memory of records that nobody can read any more. */
export function forgetShard<T>(stream: StreamState<T>, shard: Shard, beforeIndex: number): void {
  forgetLog(stream.logs, logOf(stream, shard), beforeIndex);
}

/** Makes a shard with an empty log; whoever calls it puts the shard among the open ones. */
export function addShard<T>(
  stream: StreamState<T>,
  range: { readonly startingHashKey: bigint; readonly endingHashKey: bigint; readonly parents: readonly Shard[] },
  nowMs: Millis,
): Shard {
  const number = addLog(stream.logs).ordinal;
  const shard: Shard = {
    number,
    id: `shardId-${String(number).padStart(12, '0')}`,
    startingHashKey: range.startingHashKey,
    endingHashKey: range.endingHashKey,
    parentId: range.parents[0]?.id ?? null,
    adjacentParentId: range.parents[1]?.id ?? null,
    createdAtMs: nowMs,
    sequencePrefix: sequencePrefix(stream.options.kind, number, nowMs),
    childIds: [],
    closedAtMs: null,
    putWindow: { second: 0, records: 0, bytes: 0 },
  };
  stream.shards.push(shard);
  return shard;
}

function openShardAt<T>(stream: StreamState<T>, hash: bigint): Shard {
  let low = 0;
  let high = stream.open.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (stream.shards[stream.open[middle]!]!.endingHashKey < hash) low = middle + 1;
    else high = middle;
  }
  return stream.shards[stream.open[low]!]!;
}

function isListed<T>(stream: StreamState<T>, shard: Shard, nowMs: Millis): boolean {
  return shard.closedAtMs === null || shard.closedAtMs + stream.options.retentionMs > nowMs;
}

/** The log of a shard. */
export function logOf<T>(stream: StreamState<T>, shard: Shard): Log<T> {
  return stream.logs.logs[shard.number]!;
}
