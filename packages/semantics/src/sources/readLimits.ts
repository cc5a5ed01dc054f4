/**
 * How much a shard may be read, by one call and in a second. The latter is counted in whole seconds of the clock, as puts
 * are: five calls and 2 MB, and what one read took beyond that is paid by the seconds that follow, so that nothing can be
 * read for five seconds after a read of 10 MB (Kinesis API Reference, GetRecords).
 */
import type { Millis } from '../vocabulary.ts';
import type { StreamKind } from './shards.ts';

/** The most that one GetRecords returns (Kinesis API Reference and DynamoDB API Reference, GetRecords). */
export const GET_RECORDS_LIMITS: Readonly<Record<StreamKind, { readonly records: number; readonly bytes: number }>> = {
  kinesis: { records: 10_000, bytes: 10_485_760 },
  dynamodb: { records: 1000, bytes: 1_048_576 },
};

/** How much one shard may be read by all its readers together. */
export interface ReadLimits {
  readonly readsPerSecond: number;
  readonly bytesPerSecond: number;
}

export const KINESIS_READ_LIMITS: ReadLimits = { readsPerSecond: 5, bytesPerSecond: 2_097_152 };

/** What was read of a shard, counted in whole seconds of the clock, so that the answer is exact in integers. */
export interface ReadWindow {
  readonly second: number;
  readonly reads: number;
  /** Bytes of this second, and those of earlier ones that went beyond what a second allows. */
  readonly bytes: number;
}

export const UNREAD: ReadWindow = { second: 0, reads: 0, bytes: 0 };

/** The earliest time, not before now, at which the shard may be read. */
export function readableAt(limits: ReadLimits, window: ReadWindow, nowMs: Millis): Millis {
  const { second, reads, bytes } = windowAt(limits, window, nowMs);
  const bySize = second + Math.floor(bytes / limits.bytesPerSecond);
  const byCount = reads < limits.readsPerSecond ? second : second + 1;
  return Math.max(nowMs, Math.max(bySize, byCount) * 1000);
}

/** Counts a read, at a time at which the shard may be read. */
export function countRead(limits: ReadLimits, window: ReadWindow, bytes: number, nowMs: Millis): ReadWindow {
  const current = countReadBytes(limits, window, bytes, nowMs);
  return { ...current, reads: current.reads + 1 };
}

/** Counts what a read brought that was counted when it began. */
export function countReadBytes(limits: ReadLimits, window: ReadWindow, bytes: number, nowMs: Millis): ReadWindow {
  const current = windowAt(limits, window, nowMs);
  return { ...current, bytes: current.bytes + bytes };
}

/** The window of this second: what earlier ones took too much, they have paid by what they did not take since. */
function windowAt(limits: ReadLimits, window: ReadWindow, nowMs: Millis): ReadWindow {
  const second = Math.floor(nowMs / 1000);
  if (second <= window.second) return window;
  const paid = (second - window.second) * limits.bytesPerSecond;
  return { second, reads: 0, bytes: Math.max(0, window.bytes - paid) };
}
