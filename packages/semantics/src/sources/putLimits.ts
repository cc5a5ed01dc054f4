/**
 * How much a shard takes in a second. Counted in whole seconds of the clock, so that the answer is exact in
 * integers: what does not fit into this second fits into the next one.
 */
import type { Millis } from '../vocabulary.ts';
import type { Shard, StreamOptions } from './shards.ts';

/** Limits of one shard. */
export interface PutLimits {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** What a shard took in one second of the clock. */
export interface PutWindow {
  second: number;
  records: number;
  bytes: number;
}

/** 1,000 records or 1 MB a second (Kinesis Data Streams Developer Guide, Quotas and limits). */
export const KINESIS_PUT_LIMITS: PutLimits = { recordsPerSecond: 1000, bytesPerSecond: 1_048_576 };

/** The earliest time, not before now, at which a record of this size fits. One record always fits into a new second. */
export function fitsAt(
  stream: { readonly options: StreamOptions },
  shard: Shard,
  bytes: number,
  nowMs: Millis,
): Millis {
  const limits = stream.options.putLimits;
  const { second, records, bytes: taken } = shard.putWindow;
  if (!limits || Math.floor(nowMs / 1000) !== second || records === 0) return nowMs;
  if (records < limits.recordsPerSecond && taken + bytes <= limits.bytesPerSecond) return nowMs;
  return (second + 1) * 1000;
}

/** Counts a record that was put, at a time at which it fits. */
export function countPut(shard: Shard, bytes: number, nowMs: Millis): void {
  const second = Math.floor(nowMs / 1000);
  const window = shard.putWindow;
  if (window.second !== second) shard.putWindow = { second, records: 1, bytes };
  else {
    window.records++;
    window.bytes += bytes;
  }
}
