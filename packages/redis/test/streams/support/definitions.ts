/** Streams and records for tests. */
import type { RecordPut, ShardReceipt, StreamDefinition } from '@millrace/runtime';

export function streamDefinition(changes: Partial<StreamDefinition> = {}): StreamDefinition {
  return {
    name: 's',
    arn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/s',
    kind: 'kinesis',
    retentionMs: 86_400_000,
    createdAtMs: 0,
    carried: {},
    tags: {},
    ...changes,
  };
}

export const shardId = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;

export function keyed(partitionKey: string, data = ''): RecordPut {
  return { record: { partitionKey, data }, key: partitionKey, bytes: partitionKey.length + data.length };
}

export function dataOf({ records }: ShardReceipt): string[] {
  return records.map(({ record }) => ('data' in record ? record.data : ''));
}
