/** Records of Kinesis as pollers hold them: data is the base64 text that stands in the event. */
import type { _Record as WireRecord } from '@aws-sdk/client-kinesis';
import type { ReadRecord } from './client.ts';

export function kinesisRecords(records: readonly WireRecord[]): ReadRecord[] {
  const read = new Array<ReadRecord>(records.length);
  for (let index = 0; index < read.length; index += 1) read[index] = readRecord(records[index] as WireRecord);
  return read;
}

function readRecord({
  SequenceNumber = '',
  ApproximateArrivalTimestamp,
  Data,
  PartitionKey = '',
}: WireRecord): ReadRecord {
  return {
    position: SequenceNumber,
    arrivalMs: ApproximateArrivalTimestamp?.getTime() ?? 0,
    record: { partitionKey: PartitionKey, data: base64Of(Data) },
  };
}

export function base64Of(bytes: Uint8Array | undefined): string {
  if (!bytes) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
