/**
 * A record of a shard on its way to the poller. Once the poller has finished it, its body is let go: the rest may have to
 * wait for a long time until a checkpoint passes it, and only names are asked for then.
 */
import type { ShardFormat, ShardRecord } from '@millrace/aws-shapes';
import type { FilterView, Millis, PolledRecord, Position } from '@millrace/semantics';
import type { ReadRecord, ShardReader } from './client.ts';

/** The shard that records were read from. */
export interface ReadShard {
  readonly id: string;
  readonly format: ShardFormat<ShardRecord>;
  readonly reader: Pick<ShardReader, 'sequenceNumber'>;
  /** As long as all sequence numbers of the shard, where positions are none; set by the first record. */
  sample: string | undefined;
}

export class ShardPolled implements PolledRecord {
  readonly position: Position;
  readonly arrivalMs: Millis;
  readonly encodedBytes: number;
  seq: number;
  #record: ShardRecord | undefined;
  readonly #shard: ReadShard;

  constructor({ position, arrivalMs, record }: ReadRecord, shard: ReadShard) {
    this.position = position;
    this.arrivalMs = arrivalMs;
    this.seq = 0;
    this.#record = record;
    this.#shard = shard;
    if (typeof position !== 'string') shard.sample ??= shard.reader.sequenceNumber(position, arrivalMs);
    this.encodedBytes = shard.format.entryBytes(
      this,
      typeof position === 'string' ? position : (shard.sample ?? ''),
      shard.id,
    );
  }

  get record(): ShardRecord {
    if (!this.#record) throw new Error(`record ${this.position} was finished by its poller`);
    return this.#record;
  }

  get finished(): boolean {
    return this.#record === undefined;
  }

  set finished(isFinished: boolean) {
    if (isFinished) this.#record = undefined;
  }

  get lane(): string {
    return this.#shard.format.key(this.record);
  }

  get sequenceNumber(): string {
    return this.#shard.reader.sequenceNumber(this.position, this.arrivalMs);
  }

  entry(): unknown {
    return this.#shard.format.entry(this, this.sequenceNumber, this.#shard.id);
  }

  view(): FilterView {
    return this.#shard.format.view(this, this.sequenceNumber, this.#shard.id);
  }
}
