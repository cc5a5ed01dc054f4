/**
 * A poller's reading place in one shard: its fetches, and the records that it may still ask for. A record is held from when
 * it was read until a checkpoint has passed it.
 */
import { type ItemIdentifier, recordsEvent, type ShardBatch, windowEvent } from '@millrace/aws-shapes';
import type { Acknowledged, Clock, PollerEvents, PollerSource } from '@millrace/runtime';
import type { FetchOrder, LedgerSave, Millis, Position, WindowCall } from '@millrace/semantics';
import type { ShardReader } from './client.ts';
import { HeldRecords } from './heldRecords.ts';
import type { ReadShard, ShardPolled } from './polledRecord.ts';
import { ShardReading } from './shardReading.ts';
import type { StreamHealth } from './streamHealth.ts';

export interface ShardPollerOptions {
  readonly shard: ReadShard;
  readonly reader: ShardReader;
  readonly streamArn: string;
  /** The word for where it begins, unless there is a checkpoint. */
  readonly start: string | undefined;
  readonly factor: number;
  readonly clock: Clock;
  readonly health: StreamHealth;
  readonly events: PollerEvents;
  readonly isUnlisted: (signal: AbortSignal) => Promise<boolean>;
}

const NOTHING_FAILED: Acknowledged = { failed: [] };

export class ShardPoller implements PollerSource {
  readonly starts?: ReadonlyMap<string, string>;
  readonly #options: ShardPollerOptions;
  readonly #reading: ShardReading;
  readonly #held = new HeldRecords<ShardPolled>();

  constructor(options: ShardPollerOptions) {
    this.#options = options;
    if (options.start !== undefined) this.starts = new Map([['', options.start]]);
    const { shard, reader, clock, health, events, isUnlisted } = options;
    const hold = (record: ShardPolled) => this.#held.add(record);
    this.#reading = new ShardReading({ shard, reader, clock, health, events, isUnlisted, hold });
  }

  fetch(order: FetchOrder): void {
    this.#reading.fetch(order);
  }

  withdraw(id: number): void {
    this.#reading.withdraw(id);
  }

  /** Nothing is taken out of a shard. */
  async acknowledge(): Promise<Acknowledged> {
    return NOTHING_FAILED;
  }

  release(): void {}

  /** What the checkpoint has passed is not asked for any more. The record of the checkpoint itself still names it. */
  passed(ledgers: readonly LedgerSave[]): void {
    for (const { checkpoint } of ledgers) if (checkpoint !== undefined) this.#held.forgetBefore(checkpoint);
  }

  event(positions: readonly Position[], window: WindowCall | undefined): unknown {
    const entries = this.#held.all(positions).map((record) => record.entry());
    if (!window) return recordsEvent(entries);
    const { startMs, endMs, state, final, terminatedEarly } = window;
    const { id: shardId, format } = this.#options.shard;
    const { eventSourceArn } = format;
    const place = { shardId, eventSourceArn, isFinal: final, isTerminatedEarly: terminatedEarly };
    return windowEvent(entries, { startMs, endMs, state, ...place });
  }

  identifiers(positions: readonly Position[]): ItemIdentifier[] {
    return this.names(positions);
  }

  names(positions: readonly Position[]): string[] {
    return positions.map((position) => this.#name(position));
  }

  #name(position: Position): string {
    if (typeof position === 'string') return position;
    return this.#held.get(position)?.sequenceNumber ?? String(position);
  }

  laneName(lane: string): string {
    const { shard, factor } = this.#options;
    return factor === 1 ? shard.id : `${shard.id}/${lane}`;
  }

  failure(positions: readonly Position[]): ShardBatch | undefined {
    const [first, last] = [positions[0], positions.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const [oldest, newest] = this.#held.all([first, last]) as [ShardPolled, ShardPolled];
    const { shard, streamArn } = this.#options;
    return {
      kind: shard.format.kind,
      shardId: shard.id,
      streamArn,
      startSequenceNumber: oldest.sequenceNumber,
      endSequenceNumber: newest.sequenceNumber,
      firstArrivalMs: oldest.arrivalMs,
      lastArrivalMs: newest.arrivalMs,
      batchSize: positions.length,
    };
  }

  checkpoint(_ledger: string, position: Position): { readonly lane: string; readonly position: string } {
    return { lane: this.#options.shard.id, position: this.#name(position) };
  }

  lastArrivalMs(positions: readonly Position[]): Millis | undefined {
    const last = positions.at(-1);
    return last === undefined ? undefined : this.#held.get(last)?.arrivalMs;
  }

  /** How many records it holds. */
  get held(): number {
    return this.#held.size;
  }

  close(): Promise<void> {
    return this.#reading.close();
  }
}
