/** Puts records with known ids at a rate. A put whose answer did not come may have been made or not, and is not repeated. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordPut, Stream, StreamRecord } from '@millrace/runtime';
import type { StreamKind } from '@millrace/semantics';
import type { Put } from './shardEvidence.ts';

const AT_ONCE = 10;

export interface ShardLoadOptions {
  /** The line's, and the stream's. */
  readonly stream: string;
  readonly kind: StreamKind;
  readonly count: number;
  /** The number of the first one; 0 when left out. */
  readonly from?: number;
  readonly perSecond: number;
  /** How many partition keys, in turn; 20 when left out. */
  readonly keys?: number;
  /** What else a record says to the function; `at` counts from 0. */
  readonly says?: (at: number) => Readonly<Record<string, unknown>>;
}

export class ShardLoad {
  /** Resolves when the last one was put. */
  readonly sent: Promise<void>;
  readonly #stream: Stream;
  readonly #options: ShardLoadOptions;
  readonly #put: Put[] = [];
  #stopped = false;

  constructor(stream: Stream, options: ShardLoadOptions) {
    this.#stream = stream;
    this.#options = options;
    this.sent = this.#putAll();
    this.sent.catch(() => {});
  }

  account(): readonly Put[] {
    return this.#put;
  }

  /** Ids of the records that say what is wanted. */
  said(wanted: (said: Readonly<Record<string, unknown>>) => boolean): string[] {
    const { says } = this.#options;
    return this.#put.flatMap(({ id, confirmed }, at) => (confirmed && wanted(says?.(at) ?? {}) ? [id] : []));
  }

  stop(): void {
    this.#stopped = true;
  }

  async #putAll(): Promise<void> {
    const { count, perSecond, stream } = this.#options;
    const beganMs = performance.now();
    for (let at = 0; at < count && !this.#stopped; at += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, index) => this.#one(at + index));
      const confirmed = await this.#putSome(some.map(({ put }) => put));
      for (const { id, key } of some) this.#put.push({ id, key, stream, confirmed });
      const dueMs = beganMs + ((at + AT_ONCE) * 1000) / perSecond;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    }
  }

  #one(at: number): { readonly id: string; readonly key: string; readonly put: RecordPut } {
    const { stream, kind, keys = 20, from = 0, says } = this.#options;
    const id = `${stream}-${String(from + at).padStart(6, '0')}`;
    const key = `k${(from + at) % keys}`;
    const text = JSON.stringify({ id, ...says?.(at) });
    return { id, key, put: { record: recordOf(kind, key, text), key, bytes: key.length + text.length } };
  }

  async #putSome(records: readonly RecordPut[]): Promise<boolean> {
    try {
      const outcomes = await this.#stream.put(records);
      if (outcomes.every(({ kind }) => kind === 'put')) return true;
    } catch {
      return false;
    }
    throw new TypeError('a put was throttled, and no limits were set');
  }
}

function recordOf(kind: StreamKind, key: string, text: string): StreamRecord {
  if (kind === 'kinesis') return { partitionKey: key, data: Buffer.from(text).toString('base64') };
  return { op: 'INSERT', keys: { pk: { S: key } }, newImage: { pk: { S: key }, body: { S: text } } };
}

/** The text that the load put into a record. */
export function textOf(record: StreamRecord): { readonly id: string; readonly key: string } {
  if ('data' in record) {
    const { id } = JSON.parse(Buffer.from(record.data, 'base64').toString()) as { id: string };
    return { id, key: record.partitionKey };
  }
  const { id } = JSON.parse(String(record.newImage?.body?.S)) as { id: string };
  return { id, key: String(record.keys.pk?.S) };
}
