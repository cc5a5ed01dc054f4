/** A poller's reading place in one shard. */
import { type ItemIdentifier, recordsEvent, type ShardBatch, windowEvent } from '@millrace/aws-shapes';
import {
  arrivalAt,
  type FetchOrder,
  type FilterView,
  type Log,
  logOf,
  type Placed,
  type PolledRecord,
  type Position,
  recordAt,
  type Shard,
  sequenceNumber,
  spanOfShard,
  type WindowCall,
} from '@millrace/semantics';
import type { Entry } from '../agenda.ts';
import { type Cursor, type Deliver, nextTick } from './cursor.ts';
import type { ShardFormat, ShardRecord } from './shardFormat.ts';
import { READ_LIMIT, type StreamRun } from './stream.ts';

/**
 * A record on its way to the poller. There are as many of them as records wait, so that it keeps little; its log holds
 * the rest for as long as a poller has it.
 */
class ShardPolled<R extends ShardRecord> implements PolledRecord, Placed<R> {
  readonly position: number;
  readonly encodedBytes: number;
  seq: number;
  finished: boolean;
  private readonly cursor: ShardCursor<R>;

  constructor(index: number, cursor: ShardCursor<R>) {
    this.position = index;
    this.seq = 0;
    this.finished = false;
    this.cursor = cursor;
    this.encodedBytes = cursor.format.entryBytes(this, cursor.shard);
  }

  get index(): number {
    return this.position;
  }

  get record(): R {
    return this.cursor.record(this.position);
  }

  get arrivalMs(): number {
    return this.cursor.arrivalMs(this.position);
  }

  get lane(): string {
    return this.cursor.format.key(this.record);
  }

  view(): FilterView {
    return this.cursor.format.view(this, this.cursor.shard);
  }
}

export interface ShardCursorOptions<R extends ShardRecord> {
  readonly stream: StreamRun<R>;
  readonly format: ShardFormat<R>;
  readonly shard: Shard;
  readonly fromIndex: number;
  readonly factor: number;
  readonly deliver: Deliver;
  /** Retention removed these before the poller came to them. */
  readonly onMissed: (ordinals: readonly number[]) => void;
}

export class ShardCursor<R extends ShardRecord> implements Cursor {
  readonly shard: Shard;
  readonly format: ShardFormat<R>;
  readonly #stream: StreamRun<R>;
  readonly #options: ShardCursorOptions<R>;
  readonly #log: Log<R>;
  #next: number;
  #parked: FetchOrder | undefined;
  #tick: Entry | undefined;
  readonly #maxBytes = { maxBytes: READ_LIMIT.bytes, sizeOf: (record: R) => this.format.sizeOf(record) };

  constructor(options: ShardCursorOptions<R>) {
    this.shard = options.shard;
    this.format = options.format;
    this.#stream = options.stream;
    this.#options = options;
    this.#next = options.fromIndex;
    this.#log = logOf(options.stream.state, options.shard);
    this.#stream.join(this);
  }

  fetch(order: FetchOrder): void {
    this.#parked = order;
    this.wake();
  }

  withdraw(id: number): void {
    if (this.#parked?.id !== id) return;
    this.#parked = undefined;
    this.#cancelTick();
  }

  /** Something may be there to read. */
  wake(): void {
    const order = this.#parked;
    if (!order || this.#tick || !this.#hasSomething()) return;
    const { agenda } = this.#stream;
    const atMs = nextTick(order.notBefore, order.everyMs, agenda.nowMs);
    this.#tick = agenda.at(atMs, () => this.#answer(order));
  }

  #hasSomething(): boolean {
    return this.#next < this.#log.endIndex || this.shard.closedAtMs !== null;
  }

  #answer(order: FetchOrder): void {
    this.#tick = undefined;
    this.#parked = undefined;
    const { nowMs } = this.#stream.agenda;
    const from = this.#next;
    const { maxRecords } = order;
    const limit = this.#stream.isHeavy(this.shard) ? { maxRecords, ...this.#maxBytes } : { maxRecords };
    const span = spanOfShard(this.#stream.state, this.shard, from, limit, nowMs);
    const start = from + span.missed;
    this.#next = span.nextIndex;
    if (span.missed > 0) this.#options.onMissed(this.#ordinals.range(from, start));
    const records = new Array<ShardPolled<R>>(span.nextIndex - start);
    for (let at = 0; at < records.length; at += 1) records[at] = new ShardPolled(start + at, this);
    this.#options.deliver({ what: 'fetched', id: order.id, records });
    if (span.ended) this.#options.deliver({ what: 'endOfShard' });
  }

  get #ordinals() {
    const ordinals = this.#stream.ordinals[this.shard.number];
    if (!ordinals) throw new Error(`no ordinals for ${this.shard.id}`);
    return ordinals;
  }

  record(position: Position): R {
    const record = recordAt(this.#log, position as number);
    if (record === undefined) throw new Error(`record ${position} of ${this.shard.id} is no longer held`);
    return record;
  }

  arrivalMs(position: Position): number {
    return arrivalAt(this.#log, position as number) ?? Number.NaN;
  }

  #placed(position: Position): Placed<R> {
    return { index: position as number, arrivalMs: this.arrivalMs(position), record: this.record(position) };
  }

  ordinals(positions: readonly Position[]): number[] {
    return this.#ordinals.all(positions as readonly number[]);
  }

  event(positions: readonly Position[], window: WindowCall | undefined): unknown {
    const { format, shard } = this;
    const entries = new Array<unknown>(positions.length);
    for (let index = 0; index < entries.length; index += 1) {
      entries[index] = format.entry(this.#placed(positions[index] as Position), shard);
    }
    if (!window) return recordsEvent(entries);
    const { startMs, endMs, state, final, terminatedEarly } = window;
    const { eventSourceArn } = this.format;
    const shardId = this.shard.id;
    const place = { shardId, eventSourceArn, isFinal: final, isTerminatedEarly: terminatedEarly };
    return windowEvent(entries, { startMs, endMs, state, ...place });
  }

  identifiers(positions: readonly Position[]): ItemIdentifier[] {
    return positions.map((position) => sequenceNumber(this.shard, this.#placed(position)));
  }

  decoded(position: Position): unknown {
    return this.format.decoded(this.#placed(position), this.shard);
  }

  failure(positions: readonly Position[]): ShardBatch | undefined {
    const [first, last] = [positions[0], positions.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const [oldest, newest] = [this.#placed(first), this.#placed(last)];
    return {
      kind: this.format.kind,
      shardId: this.shard.id,
      streamArn: this.#stream.plan.arn,
      startSequenceNumber: sequenceNumber(this.shard, oldest),
      endSequenceNumber: sequenceNumber(this.shard, newest),
      firstArrivalMs: oldest.arrivalMs,
      lastArrivalMs: newest.arrivalMs,
      batchSize: positions.length,
    };
  }

  laneName(lane: string): string {
    return this.#options.factor === 1 ? this.shard.id : `${this.shard.id}/${lane}`;
  }

  lastArrivalMs(positions: readonly Position[]): number | undefined {
    const last = positions.at(-1);
    return last === undefined ? undefined : this.#placed(last).arrivalMs;
  }

  /** The sequence number at a position, as checkpoints show it. */
  sequenceNumber(position: Position): string {
    return sequenceNumber(this.shard, this.#placed(position));
  }

  close(): void {
    this.#parked = undefined;
    this.#cancelTick();
    this.#stream.leave(this);
  }

  #cancelTick(): void {
    if (this.#tick) this.#stream.agenda.cancel(this.#tick);
    this.#tick = undefined;
  }
}
