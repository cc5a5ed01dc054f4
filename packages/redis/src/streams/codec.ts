/**
 * Records as text. A Kinesis record is `bytes length LF partitionKey data`, with the explicit hash key as a third word where
 * there is one, so that key and data are cut out and never parsed. A change of an item is `bytes LF JSON`.
 */
import type { RecordPut, StreamRecord } from '@millrace/runtime';
import type { ChangeRecord, KinesisRecord } from '@millrace/semantics';

export interface DecodedRecord {
  readonly record: StreamRecord;
  /** The bytes that it counted when it was put. */
  readonly bytes: number;
}

export function encodeRecord({ record, bytes }: RecordPut): string {
  if (!isKinesis(record)) return `${bytes}\n${JSON.stringify(record)}`;
  const { partitionKey, explicitHashKey, data } = record;
  const explicit = explicitHashKey === undefined ? '' : ` ${explicitHashKey}`;
  return `${bytes} ${partitionKey.length}${explicit}\n${partitionKey}${data}`;
}

export function decodeRecord(text: string): DecodedRecord {
  const lineEnd = text.indexOf('\n');
  const lastSpace = text.lastIndexOf(' ', lineEnd);
  if (lastSpace < 0) {
    const record = JSON.parse(text.slice(lineEnd + 1)) as ChangeRecord;
    return { record, bytes: Number(text.slice(0, lineEnd)) };
  }
  const firstSpace = text.indexOf(' ');
  const bytes = Number(text.slice(0, firstSpace));
  const lengthEnd = lastSpace === firstSpace ? lineEnd : lastSpace;
  const keyEnd = lineEnd + 1 + Number(text.slice(firstSpace + 1, lengthEnd));
  const partitionKey = text.slice(lineEnd + 1, keyEnd);
  const data = text.slice(keyEnd);
  if (lengthEnd === lineEnd) return { record: { partitionKey, data }, bytes };
  return { record: { partitionKey, explicitHashKey: text.slice(lastSpace + 1, lineEnd), data }, bytes };
}

export function isKinesis(record: StreamRecord): record is KinesisRecord {
  return 'partitionKey' in record;
}
