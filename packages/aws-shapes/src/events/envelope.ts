/**
 * The event around its entries. A batch's event is as long as its envelope, its entries, and one comma fewer than it
 * has entries: that holds for Kafka too, once each partition's own key and brackets are counted (`kafkaPartitionBytes`).
 */
import { jsonBytes, jsonStringBytes } from './json-bytes.ts';

/** The most that one invocation's event may hold: 6 MB (semantics §2). */
export const REQUEST_LIMIT_BYTES = 6_291_456;

/** The most that a function may answer: 6 MB and 100 bytes, as AWS's own error says. */
export const RESPONSE_LIMIT_BYTES = 6_291_556;

/** The most that a tumbling window's state may hold before the window is terminated early: 1 MB. */
export const WINDOW_STATE_LIMIT_BYTES = 1_048_576;

/** Bytes between two entries, also between the last of one Kafka partition and the first of the next. */
export const SEPARATOR_BYTES = 1;

/** Bytes of `{"Records":[]}`. */
export const RECORDS_ENVELOPE_BYTES = 14;

/** The event of a queue or a shard. */
export interface RecordsEvent<Entry> {
  Records: Entry[];
}

/** The event of a shard with a tumbling window. */
export interface WindowEvent<Entry> extends RecordsEvent<Entry> {
  window: { start: string; end: string };
  state: unknown;
  shardId: string;
  eventSourceARN: string;
  isFinalInvokeForWindow: boolean;
  isWindowTerminatedEarly: boolean;
}

/** The place of an invocation in a tumbling window. Times in milliseconds since the epoch; `state` is plain JSON data. */
export interface WindowContext {
  readonly startMs: number;
  readonly endMs: number;
  readonly state: unknown;
  readonly shardId: string;
  readonly eventSourceArn: string;
  readonly isFinal: boolean;
  readonly isTerminatedEarly: boolean;
}

/** The event of a batch from a queue or a shard. */
export function recordsEvent<Entry>(entries: Entry[]): RecordsEvent<Entry> {
  return { Records: entries };
}

/** The event of a batch in a tumbling window; a final one has no entries, and its `Records` is an empty list. */
export function windowEvent<Entry>(entries: Entry[], window: WindowContext): WindowEvent<Entry> {
  return {
    Records: entries,
    window: { start: isoSeconds(window.startMs), end: isoSeconds(window.endMs) },
    state: window.state,
    shardId: window.shardId,
    eventSourceARN: window.eventSourceArn,
    isFinalInvokeForWindow: window.isFinal,
    isWindowTerminatedEarly: window.isTerminatedEarly,
  };
}

const WINDOW_ENVELOPE_BYTES =
  '{"Records":[],"window":{"start":"","end":""},"state":,"shardId":,"eventSourceARN":,"isFinalInvokeForWindow":,"isWindowTerminatedEarly":}'
    .length;

/** Bytes of a window's event without entries. It changes from invocation to invocation, with the state. */
export function windowEnvelopeBytes(window: WindowContext): number {
  return (
    WINDOW_ENVELOPE_BYTES +
    isoSeconds(window.startMs).length +
    isoSeconds(window.endMs).length +
    jsonBytes(window.state) +
    jsonStringBytes(window.shardId) +
    jsonStringBytes(window.eventSourceArn) +
    jsonBytes(window.isFinal) +
    jsonBytes(window.isTerminatedEarly)
  );
}

/** Bytes of an event: its envelope, its entries (Kafka: with the bytes of its partitions), and what separates them. */
export function eventBytes(envelopeBytes: number, entriesBytes: number, entryCount: number): number {
  return envelopeBytes + entriesBytes + Math.max(0, entryCount - 1) * SEPARATOR_BYTES;
}

/** An instant in UTC with milliseconds: `2026-01-01T00:00:00.000Z`. */
export function isoMillis(ms: number): string {
  return new Date(ms).toISOString();
}

/** An instant in UTC with seconds: `2026-01-01T00:00:00Z`. What is less than a second is cut off. */
export function isoSeconds(ms: number): string {
  return `${isoMillis(ms).slice(0, -5)}Z`;
}

/** The envelope of a window's event with an empty state; whoever counts adds what the state has more. */
export function emptyWindowEnvelopeBytes(eventSourceArn: string): number {
  return windowEnvelopeBytes({
    startMs: 0,
    endMs: 0,
    state: {},
    shardId: 'shardId-000000000000',
    eventSourceArn,
    isFinal: false,
    isTerminatedEarly: false,
  });
}
