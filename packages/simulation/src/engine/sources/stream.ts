/** A Kinesis or DynamoDB stream in virtual time: what was put, and the cursors that read its shards. */
import {
  appendToShard,
  createStream,
  findShard,
  forgetShard,
  GET_RECORDS_LIMITS,
  type HashKey,
  listShards,
  mergeShards,
  type ReshardOutcome,
  type Shard,
  type StartingPosition,
  type StreamState,
  shardFor,
  splitShard,
  startingIndex,
} from '@millrace/semantics';
import type { DynamodbSourcePlan, KinesisSourcePlan } from '../../scenario/plan.ts';
import type { Agenda } from '../agenda.ts';
import { Ordinals } from './ordinals.ts';
import type { ShardCursor } from './shardCursor.ts';
import type { ShardRecord } from './shardFormat.ts';

/** A poller asks for as much as Kinesis gives, whichever stream it is. */
export const READ_LIMIT = GET_RECORDS_LIMITS.kinesis;

export class StreamRun<R extends ShardRecord = ShardRecord> {
  readonly plan: KinesisSourcePlan | DynamodbSourcePlan;
  readonly state: StreamState<R>;
  readonly ordinals: Ordinals[] = [];
  /** Cursors by shard number. */
  readonly #cursors: ShardCursor<R>[][] = [];
  readonly #hashKey: HashKey;
  /** The largest record so far: while 10,000 of them fit into one read, no bytes have to be counted. */
  #largestBytes = 0;
  readonly agenda: Agenda;
  /** Told when the shards have changed. */
  readonly onReshard: (() => void)[] = [];
  /** The mappings that read it. */
  readonly readers: { finishedBefore(shard: Shard): number }[] = [];

  constructor(plan: KinesisSourcePlan | DynamodbSourcePlan, agenda: Agenda, hashKey: HashKey) {
    this.plan = plan;
    this.agenda = agenda;
    this.#hashKey = hashKey;
    this.state = createStream<R>({ kind: plan.type, shards: plan.shards, retentionMs: plan.retentionMs }, agenda.nowMs);
    this.#growOrdinals();
  }

  /** Puts one record; the key is the partition key or the item's. Returns the shard it went to. */
  put(record: R, key: string, explicitHashKey: string | undefined, ordinal: number, bytes: number): Shard {
    if (bytes > this.#largestBytes) this.#largestBytes = bytes;
    const shard = shardFor(this.state, key, explicitHashKey, this.#hashKey);
    appendToShard(this.state, shard, record, this.agenda.nowMs);
    this.ordinals[shard.number]?.add(ordinal);
    const cursors = this.#cursors[shard.number];
    if (cursors) for (const cursor of cursors) cursor.wake();
    return shard;
  }

  /** Whether a read of a shard could be over 10 MB. */
  isHeavy(shard: Shard): boolean {
    const log = this.state.logs.logs[shard.number];
    const held = log ? log.endIndex - log.firstIndex : 0;
    return Math.min(held, READ_LIMIT.records) * this.#largestBytes > READ_LIMIT.bytes;
  }

  shard(id: string): Shard {
    const shard = findShard(this.state, id, this.agenda.nowMs) ?? this.state.shards.find((known) => known.id === id);
    if (!shard) throw new Error(`stream ${this.plan.name} has no shard ${id}`);
    return shard;
  }

  list(): { id: string; parents: string[] }[] {
    return listShards(this.state, this.agenda.nowMs).map((shard) => ({
      id: shard.id,
      parents: [shard.parentId, shard.adjacentParentId].filter((parent) => parent !== null),
    }));
  }

  start(shard: Shard, position: StartingPosition): number {
    return startingIndex(this.state, shard, position, this.agenda.nowMs);
  }

  split(shardId: string | undefined): ReshardOutcome {
    return this.#resharded(splitShard(this.state, this.agenda.nowMs, shardId));
  }

  merge(shardIds: readonly [string, string] | undefined): ReshardOutcome {
    return this.#resharded(mergeShards(this.state, this.agenda.nowMs, shardIds));
  }

  #resharded(outcome: ReshardOutcome): ReshardOutcome {
    if (outcome.kind === 'refused') return outcome;
    this.#growOrdinals();
    for (const parent of outcome.closed) for (const cursor of this.#cursors[parent.number] ?? []) cursor.wake();
    for (const tell of this.onReshard) tell();
    return outcome;
  }

  #growOrdinals(): void {
    while (this.ordinals.length < this.state.shards.length) this.ordinals.push(new Ordinals());
  }

  join(cursor: ShardCursor<R>): void {
    this.#cursors[cursor.shard.number] = [...(this.#cursors[cursor.shard.number] ?? []), cursor];
  }

  leave(cursor: ShardCursor<R>): void {
    const { number } = cursor.shard;
    this.#cursors[number] = (this.#cursors[number] ?? []).filter((other) => other !== cursor);
  }

  /** Gives back what every reader has finished with. Only for runs in which nobody can begin to read anew. */
  forget(shard: Shard, beforeIndex: number): void {
    forgetShard(this.state, shard, beforeIndex);
    this.ordinals[shard.number]?.forget(beforeIndex);
  }
}
