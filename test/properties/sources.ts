/** Random sources and the records that arrive in them. */
import type { RecordDocument, SourceDocument } from '@millrace/simulation';
import fc from 'fast-check';
import { isQueueKind, isTopicKind, type Kind, type Mark, marks } from './kinds.ts';
import { duration, HOUR, instantMs, MINUTE, SECOND } from './times.ts';

/** What any source could be asked for; each kind takes what it knows. */
export interface RawSource {
  readonly visibilityMs: number;
  /** How often a message that always fails can be received before it expires. */
  readonly lives: number;
  readonly delayMs: number;
  readonly maxReceiveCount: number | undefined;
  readonly contentBasedDeduplication: boolean;
  /** Shards or partitions. */
  readonly parts: number;
  readonly retentionMs: number;
  readonly fanOut: boolean;
  readonly viewType: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';
  readonly committed: number | undefined;
}

export const rawSource: fc.Arbitrary<RawSource> = fc.record({
  visibilityMs: fc.constantFrom(30, 3, 5, 60).map((seconds) => seconds * SECOND),
  lives: fc.constantFrom(50, 2, 10, 100),
  delayMs: fc.constantFrom(0, 0, 0, 1500, 5 * SECOND),
  maxReceiveCount: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  contentBasedDeduplication: fc.boolean(),
  parts: fc.integer({ min: 1, max: 4 }),
  retentionMs: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(10 * MINUTE, MINUTE, HOUR) },
    { weight: 1, arbitrary: fc.constant(24 * HOUR) },
  ),
  fanOut: fc.boolean(),
  viewType: fc.constantFrom('NEW_AND_OLD_IMAGES', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'),
  committed: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
});

export function sourceName(kind: Kind): string {
  return kind === 'sqs-fifo' ? 'orders.fifo' : 'orders';
}

export function deadLetterName(kind: Kind): string {
  return kind === 'sqs-fifo' ? 'orders-dlq.fifo' : 'orders-dlq';
}

/** `timeoutMs`: no queue may hide its messages for less than the function may run. */
export function sourceDocument(kind: Kind, raw: RawSource, timeoutMs: number): SourceDocument {
  const name = sourceName(kind);
  const retention = duration(raw.retentionMs);
  if (isQueueKind(kind)) return queueDocument(kind, raw, timeoutMs);
  if (isTopicKind(kind)) {
    const committed = raw.committed === undefined ? {} : { committed: { [`${name}-0`]: raw.committed } };
    return { type: kind, name, partitions: raw.parts, retention, ...committed };
  }
  if (kind === 'dynamodb') return { type: kind, name, shards: raw.parts, retention, viewType: raw.viewType };
  return { type: 'kinesis', name, shards: raw.parts, retention, ...(raw.fanOut && { consumer: 'fast' }) };
}

function queueDocument(kind: 'sqs' | 'sqs-fifo', raw: RawSource, timeoutMs: number): SourceDocument {
  const visibilityMs = Math.max(raw.visibilityMs, timeoutMs);
  const { maxReceiveCount } = raw;
  return {
    type: kind,
    name: sourceName(kind),
    visibilityTimeout: duration(visibilityMs),
    retention: duration(visibilityMs * raw.lives),
    delay: duration(raw.delayMs),
    ...(maxReceiveCount !== undefined && { redrive: { maxReceiveCount, deadLetterQueue: deadLetterName(kind) } }),
    ...(kind === 'sqs-fifo' && { contentBasedDeduplication: raw.contentBasedDeduplication }),
  };
}

/** What any record could be; each kind takes what it knows. */
export interface RawRecord {
  readonly atMs: number;
  readonly key: number;
  readonly mark: Mark;
  readonly repeat: number;
  readonly everyMs: number;
  readonly delayMs: number | undefined;
  readonly dedup: number | undefined;
  readonly hasKey: boolean;
  readonly op: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly tombstone: boolean;
}

const rawRecord: fc.Arbitrary<RawRecord> = fc.record({
  atMs: instantMs,
  key: fc.integer({ min: 0, max: 4 }),
  mark: fc.constantFrom(...marks),
  repeat: fc.constantFrom(1, 1, 1, 2, 5),
  everyMs: fc.constantFrom(0, 0, 1, 400, 1000, 15_000),
  delayMs: fc.option(fc.constantFrom(0, 700, 4000), { nil: undefined, freq: 8 }),
  dedup: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 8 }),
  hasKey: fc.boolean(),
  op: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'),
  tombstone: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 9),
});

export const rawRecords = fc.array(rawRecord, { maxLength: 20, size: 'max' });

/** `more` stands in every payload besides the mark. */
export function recordDocument(
  kind: Kind,
  raw: RawRecord,
  { source, partitions, more }: { source: string; partitions: number; more: object },
): RecordDocument {
  const { atMs, repeat, everyMs, key } = raw;
  const payload = { mark: raw.mark, ...more };
  const common = {
    source,
    ...(atMs > 0 && { at: duration(atMs) }),
    ...(repeat > 1 && { repeat, every: duration(everyMs) }),
  };
  const delay = raw.delayMs === undefined ? {} : { delay: duration(raw.delayMs) };
  switch (kind) {
    case 'sqs':
      return { ...common, body: payload, ...delay, ...(raw.hasKey && { group: `g${key}` }) };
    case 'sqs-fifo':
      return {
        ...common,
        body: payload,
        group: `g${key}`,
        ...(raw.dedup !== undefined && { dedup: `d${raw.dedup}` }),
      };
    case 'kinesis':
      return { ...common, key: `k${key}`, data: payload };
    case 'dynamodb':
      return { ...common, op: raw.op, keys: { id: `k${key}` }, ...images(raw, more) };
    case 'msk':
    case 'self-managed-kafka': {
      const value = raw.tombstone ? null : payload;
      return { ...common, value, ...(raw.hasKey ? { key: `k${key}` } : { partition: key % partitions }) };
    }
  }
}

function images(
  { op, mark, key }: RawRecord,
  more: object,
): { new?: Record<string, unknown>; old?: Record<string, unknown> } {
  const image = { id: `k${key}`, mark, ...more };
  if (op === 'REMOVE') return { old: image };
  return op === 'INSERT' ? { new: image } : { new: image, old: { ...image, mark: 'old' } };
}
