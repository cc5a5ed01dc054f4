/**
 * Reads a shard through iterators, as Kinesis and DynamoDB Streams hand them out.
 *
 * 1. The place moves with each record that was read: an iterator that is lost or too old is made anew after the last one.
 * 2. What retention has taken is passed: reading goes on at the oldest record, and says that something is missing.
 * 3. A read that fails leaves the reader where it was, whatever it tried meanwhile.
 */
import type { Millis, Position } from '@millrace/semantics';
import { type ProblemKind, type ReadRecord, ShardProblem, type ShardRead, type ShardReader } from './client.ts';
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
    let place = this.#place;
    let missed: 'unknown' | undefined;
    for (let renewals = 0; ; renewals += 1) {
      try {
        const read = await this.#once(place, maxRecords, signal);
        return missed === undefined ? read : { ...read, missed };
      } catch (error) {
        const kind = error instanceof ShardProblem && renewals < RENEWALS ? error.kind : undefined;
        const renewed = renewedPlace(place, kind);
        if (renewed || place !== this.#place) this.#iterator = undefined;
        if (!renewed) throw error;
        if (kind === 'trimmed') missed = 'unknown';
        place = renewed;
      }
    }
  }

  async #once(from: Place, maxRecords: number, signal: AbortSignal): Promise<ShardRead> {
    this.#iterator ??= await this.#calls.iterator(this.#shardId, from, signal);
    const { records, next, more } = await this.#calls.records(this.#iterator, maxRecords, signal);
    const last = records.at(-1);
    const since = from.kind === 'horizon' ? from.sinceMs : undefined;
    const wanted = since === undefined ? records : records.filter(({ arrivalMs }) => arrivalMs >= wholeSecond(since));
    const isPast = last && (wanted.length > 0 || since === undefined);
    this.#place = isPast ? { kind: 'after', position: last.position } : from;
    this.#iterator = next;
    this.#ended = next === undefined;
    return { records: wanted, ended: this.#ended, more: more && !this.#ended };
  }

  sequenceNumber(position: Position): string {
    return String(position);
  }

  close(): void {}
}

/** Where to try next after such a problem; undefined when it is no matter of iterators. */
function renewedPlace(place: Place, kind: ProblemKind | undefined): Place | undefined {
  if (kind === 'trimmed') return HORIZON;
  if (kind !== 'expired') return undefined;
  return place.kind === 'iterator' ? { kind: 'horizon', sinceMs: place.madeMs } : place;
}

/** DynamoDB says of a record in which second it arrived. */
function wholeSecond(atMs: Millis): Millis {
  return Math.floor(atMs / 1000) * 1000;
}
