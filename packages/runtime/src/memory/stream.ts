/**
 * One stream in memory: the model of `semantics/sources`, told the time by a clock, with reads that wait.
 *
 * 1. Every call changes the model at once, in one go; nothing is awaited in between.
 * 2. Whenever a record was put or a shard was closed, all reads that wait look again.
 * 3. What retention has removed when the retention is changed does not come back.
 */
import { createHash } from 'node:crypto';
import {
  appendToShard,
  countPut,
  createStream,
  endIndexOf,
  expireStream,
  findShard,
  fitsAt,
  listShards,
  mergeShards,
  type ReshardOutcome,
  readShard,
  type Shard,
  type StreamState,
  sequenceNumber,
  shardFor,
  splitShard,
  startingIndex,
} from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import {
  NoSuchStream,
  type PutOutcome,
  type RecordPut,
  type Resharded,
  type ShardAsk,
  type ShardReceipt,
  type StoredShard,
  type StreamChange,
  type StreamDefinition,
  type StreamRecord,
} from '../ports/stream.ts';

interface Held {
  readonly record: StreamRecord;
  readonly bytes: number;
}

interface Waiting {
  /** Answers when there is something to answer. */
  look(): void;
  /** Answers what there is. */
  settle(): void;
  fail(reason: Error): void;
}

export class MemoryStream {
  #definition: StreamDefinition;
  readonly #clock: Clock;
  readonly #state: StreamState<Held>;
  readonly #waiting = new Set<Waiting>();

  constructor(definition: StreamDefinition, shards: number, clock: Clock) {
    const { kind, retentionMs, putLimits } = definition;
    this.#definition = definition;
    this.#clock = clock;
    this.#state = createStream({ kind, shards, retentionMs, ...(putLimits && { putLimits }) }, clock.now());
  }

  get current(): StreamDefinition {
    return this.#definition;
  }

  change(change: StreamChange): StreamDefinition {
    const state = this.#state;
    expireStream(state, this.#clock.now());
    const listed = new Set(listShards(state, this.#clock.now()));
    // Not with a longer retention either.
    for (const shard of state.shards) if (!listed.has(shard)) shard.closedAtMs = Number.NEGATIVE_INFINITY;
    this.#definition = { ...this.#definition, ...change };
    const { retentionMs } = this.#definition;
    state.options = { ...state.options, retentionMs };
    state.logs.retentionMs = retentionMs;
    return this.#definition;
  }

  put(records: readonly RecordPut[]): PutOutcome[] {
    const nowMs = this.#clock.now();
    expireStream(this.#state, nowMs);
    const outcomes = records.map((put) => this.#putOne(put, nowMs));
    this.#lookAgain();
    return outcomes;
  }

  shards(): StoredShard[] {
    const nowMs = this.#clock.now();
    return listShards(this.#state, nowMs).map((shard) => this.#stored(shard, nowMs));
  }

  read(ask: ShardAsk): ShardReceipt | undefined | Promise<ShardReceipt | undefined> {
    const receipt = this.#take(ask);
    if (!receipt || isAnswer(receipt) || !ask.waitMs || ask.signal?.aborted) return receipt;
    return this.#wait(ask, ask.waitMs);
  }

  indexAt(shardId: string, atMs: number): number | undefined {
    const nowMs = this.#clock.now();
    const shard = findShard(this.#state, shardId, nowMs);
    return shard && startingIndex(this.#state, shard, { atMs }, nowMs);
  }

  split(shardId: string, newStartingHashKey?: bigint): Resharded {
    return this.#resharded(splitShard(this.#state, this.#clock.now(), shardId, newStartingHashKey));
  }

  merge(shardId: string, adjacentShardId: string): Resharded {
    return this.#resharded(mergeShards(this.#state, this.#clock.now(), [shardId, adjacentShardId]));
  }

  /** Ends all waiting: with what there is, or with the reason why. */
  end(removed: boolean): void {
    for (const waiting of this.#waiting) {
      if (removed) waiting.fail(new NoSuchStream(this.#definition.name));
      else waiting.settle();
    }
  }

  #putOne({ record, key, bytes }: RecordPut, nowMs: number): PutOutcome {
    const state = this.#state;
    const explicitHashKey = 'partitionKey' in record ? record.explicitHashKey : undefined;
    const shard = shardFor(state, key, explicitHashKey, hashKey);
    if (fitsAt(state, shard, bytes, nowMs) > nowMs) return { kind: 'throttled', shardId: shard.id };
    const index = appendToShard(state, shard, { record, bytes }, nowMs);
    countPut(shard, bytes, nowMs);
    const number = sequenceNumber(shard, { index, arrivalMs: nowMs });
    return { kind: 'put', shardId: shard.id, index, sequenceNumber: number };
  }

  #stored(shard: Shard, nowMs: number): StoredShard {
    const { putWindow, childIds, ...rest } = shard;
    const endIndex = endIndexOf(this.#state, shard);
    const firstIndex = startingIndex(this.#state, shard, 'TRIM_HORIZON', nowMs);
    const { createdAtMs: streamCreatedAtMs } = this.#definition;
    return { ...rest, streamCreatedAtMs, childIds: [...childIds], endIndex, firstIndex };
  }

  #take({ shardId, streamCreatedAtMs, fromIndex, maxRecords, maxBytes }: ShardAsk): ShardReceipt | undefined {
    if ((streamCreatedAtMs ?? this.#definition.createdAtMs) !== this.#definition.createdAtMs) return undefined;
    const nowMs = this.#clock.now();
    const shard = findShard(this.#state, shardId, nowMs);
    if (!shard) return undefined;
    const limit = { maxRecords, sizeOf, ...(maxBytes !== undefined && { maxBytes }) };
    const { records, ...span } = readShard(this.#state, shard, fromIndex, limit, nowMs);
    return { ...span, records: records.map(({ record, ...place }) => ({ ...place, record: record.record })) };
  }

  #resharded(outcome: ReshardOutcome): Resharded {
    if (outcome.kind === 'refused') return outcome;
    this.#lookAgain();
    return { kind: 'resharded', closed: outcome.closed.map(idOf), opened: outcome.opened.map(idOf) };
  }

  #lookAgain(): void {
    for (const waiting of this.#waiting) waiting.look();
  }

  #wait(ask: ShardAsk, waitMs: number): Promise<ShardReceipt | undefined> {
    const { promise, resolve, reject } = deferred<ShardReceipt | undefined>();
    const leave = () => {
      this.#waiting.delete(waiting);
      timeout.cancel();
      ask.signal?.removeEventListener('abort', settle);
    };
    const settle = () => {
      leave();
      resolve(this.#take(ask));
    };
    const look = () => {
      const receipt = this.#take(ask);
      if (!receipt || isAnswer(receipt)) settle();
    };
    const fail = (reason: Error) => {
      leave();
      reject(reason);
    };
    const waiting: Waiting = { look, settle, fail };
    const timeout = this.#clock.at(this.#clock.now() + waitMs, settle);
    ask.signal?.addEventListener('abort', settle, { once: true });
    this.#waiting.add(waiting);
    return promise;
  }
}

/** A read that waits is over. */
function isAnswer({ records, ended }: ShardReceipt): boolean {
  return records.length > 0 || ended;
}

const sizeOf = ({ bytes }: Held): number => bytes;

const idOf = ({ id }: Shard): string => id;

/** MD5 of a partition key, as a number of 128 bits. */
function hashKey(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
