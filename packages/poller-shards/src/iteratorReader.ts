/**
 * Reads a shard through iterators, as Kinesis and DynamoDB Streams hand them out.
 *
 * 1. The place moves with each record that was read: an iterator that is lost or too old is made anew after the last one.
 * 2. What retention has taken is passed: reading goes on at the oldest record, and says that something is missing.
 * 3. A read that fails leaves the reader where it was.
 */
import type { Millis, Position } from '@millrace/semantics';
import { type ReadRecord, ShardProblem, type ShardRead, type ShardReader } from './client.ts';
import { HORIZON, type Place } from './place.ts';

export interface IteratorAnswer {
  readonly records: readonly ReadRecord[];
  /** Undefined at the end of a closed shard. */
  readonly next: string | undefined;
  readonly more: boolean;
}

export interface IteratorCalls {
  /** @throws {ShardProblem} */
  iterator(shardId: string, place: Place, signal: AbortSignal): Promise<string>;
  /** @throws {ShardProblem} */
  records(iterator: string, maxRecords: number, signal: AbortSignal): Promise<IteratorAnswer>;
}

/** An iterator that is refused again and again, just made, is a problem of its source. */
const RENEWALS = 3;

export class IteratorReader implements ShardReader {
  readonly #shardId: string;
  readonly #calls: IteratorCalls;
  #place: Place;
  #iterator: string | undefined;
  #ended = false;

  constructor(shardId: string, from: Place, calls: IteratorCalls) {
    this.#shardId = shardId;
    this.#place = from;
    this.#calls = calls;
  }

  async read(maxRecords: number, signal: AbortSignal): Promise<ShardRead> {
    if (this.#ended) return { records: [], ended: true, more: false };
    let missed: number | undefined;
    for (let renewals = 0; ; renewals += 1) {
      try {
        const read = await this.#once(maxRecords, signal);
        return missed === undefined ? read : { ...read, missed };
      } catch (error) {
        const trimmed = this.#renew(error, renewals);
        if (trimmed) missed = 0;
      }
    }
  }

  async #once(maxRecords: number, signal: AbortSignal): Promise<ShardRead> {
    const before = this.#place;
    this.#iterator ??= await this.#calls.iterator(this.#shardId, before, signal);
    const { records, next, more } = await this.#calls.records(this.#iterator, maxRecords, signal);
    const last = records.at(-1);
    const since = before.kind === 'horizon' ? before.sinceMs : undefined;
    const wanted = since === undefined ? records : records.filter(({ arrivalMs }) => arrivalMs >= wholeSecond(since));
    if (last && (wanted.length > 0 || since === undefined)) this.#place = { kind: 'after', position: last.position };
    this.#iterator = next;
    this.#ended = next === undefined;
    return { records: wanted, ended: this.#ended, more: more && !this.#ended };
  }

  /** Whether something may be missing. @throws what is no matter of iterators */
  #renew(error: unknown, renewals: number): boolean {
    const kind = error instanceof ShardProblem && renewals < RENEWALS ? error.kind : undefined;
    if (kind !== 'expired' && kind !== 'trimmed') throw error;
    this.#iterator = undefined;
    if (kind === 'trimmed') this.#place = HORIZON;
    else if (this.#place.kind === 'iterator') this.#place = { kind: 'horizon', sinceMs: this.#place.madeMs };
    return kind === 'trimmed';
  }

  sequenceNumber(position: Position): string {
    return String(position);
  }

  close(): void {}
}

/** DynamoDB says of a record in which second it arrived. */
function wholeSecond(atMs: Millis): Millis {
  return Math.floor(atMs / 1000) * 1000;
}
