/** What the stream suite needs of a substrate, and the streams that its cases make. */
import assert from 'node:assert/strict';
import type { PutOutcome, RecordPut, ShardReceipt, Stream, StreamDefinition, Streams } from '../ports/stream.ts';

/** An empty substrate whose time only the case moves. */
export interface StreamSubject {
  readonly streams: Streams;
  now(): number;
  advance(ms: number): Promise<void>;
}

export interface StreamCase {
  readonly name: string;
  run(subject: StreamSubject): Promise<void>;
}

const DAY_MS = 86_400_000;

/** The largest hash key. */
export const LAST_HASH_KEY = (1n << 128n) - 1n;

export const shardId = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;

export function streamOf(name: string, changes: Partial<StreamDefinition> = {}): StreamDefinition {
  return {
    name,
    arn: `arn:aws:kinesis:eu-west-1:123456789012:stream/${name}`,
    kind: 'kinesis',
    retentionMs: DAY_MS,
    createdAtMs: 1,
    carried: {},
    tags: {},
    ...changes,
  };
}

export async function madeStream({ streams }: StreamSubject, shards = 1, changes: Partial<StreamDefinition> = {}) {
  assert.equal((await streams.create(streamOf('s', changes), shards)).created, true);
  return streams.open('s');
}

/** A record of its partition key; it counts as many bytes as it says. */
export function keyed(partitionKey: string, more: { data?: string; explicitHashKey?: string; bytes?: number } = {}) {
  const { data = 'YQ==', bytes = data.length, explicitHashKey } = more;
  const record = { partitionKey, data, ...(explicitHashKey !== undefined && { explicitHashKey }) };
  return { record, key: partitionKey, bytes } satisfies RecordPut;
}

export async function putKeys(stream: Stream, ...keys: readonly string[]): Promise<readonly PutOutcome[]> {
  return stream.put(keys.map((key) => keyed(key)));
}

/** Reads a shard that is there. */
export async function readFrom(stream: Stream, shard: number, fromIndex = 0, maxRecords = 1000): Promise<ShardReceipt> {
  const receipt = await stream.read({ shardId: shardId(shard), fromIndex, maxRecords });
  assert.ok(receipt, `there was no shard ${shard}`);
  return receipt;
}

/** Partition keys of what a read returned. */
export function keysOf({ records }: ShardReceipt): string[] {
  return records.map(({ record }) => ('partitionKey' in record ? record.partitionKey : JSON.stringify(record.keys)));
}
