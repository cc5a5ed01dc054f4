/** Records of Kinesis as pollers hold them: data is the base64 text that stands in the event. */
import type { _Record as WireRecord } from '@aws-sdk/client-kinesis';
import type { Millis } from '@millrace/semantics';
import type { ReadRecord } from './client.ts';

/** `readMs`: when they were read; endpoints that do not say when a record arrived are taken to have got it then. */
export function kinesisRecords(records: readonly WireRecord[], readMs: Millis): ReadRecord[] {
  const read = new Array<ReadRecord>(records.length);
  for (let index = 0; index < read.length; index += 1) read[index] = readRecord(records[index] as WireRecord, readMs);
  return read;
}

function readRecord(
  { SequenceNumber = '', ApproximateArrivalTimestamp, Data, PartitionKey = '' }: WireRecord,
  readMs: Millis,
): ReadRecord {
  return {
    position: SequenceNumber,
    arrivalMs: ApproximateArrivalTimestamp?.getTime() ?? readMs,
    record: { partitionKey: PartitionKey, data: base64Of(Data) },
  };
}

export function base64Of(bytes: Uint8Array | undefined): string {
  if (!bytes) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
