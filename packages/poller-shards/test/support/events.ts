/** Records of Kinesis and DynamoDB as the ordered suite wants them, and back from the events of a function. */
import type { DynamodbEntry, KinesisEntry } from '@millrace/aws-shapes';
import type { RecordPut } from '@millrace/runtime';
import type { OrderedRecord, SeenRecord } from '@millrace/runtime/conformance';
import type { StreamKind } from '@millrace/semantics';

export const REGION = 'us-east-1';
export const ROLE_ARN = 'arn:aws:iam::123456789012:role/lambda';

export const KIND_ONE: Readonly<Record<StreamKind, string>> = {
  kinesis: '{"data":{"kind":[1]}}',
  dynamodb: '{"dynamodb":{"NewImage":{"kind":{"N":["1"]}}}}',
};

/** A change for each record: its key is the item's, its value an attribute. */
export function imageOf({ key, value }: OrderedRecord): Record<string, { S: string } | { N: string }> {
  return { id: { S: key }, value: { S: value }, kind: { N: kindOf(value) } };
}

function kindOf(value: string): string {
  try {
    const { kind = 0 } = JSON.parse(value) as { kind?: number };
    return String(kind);
  } catch {
    return '0';
  }
}

export function putOf(kind: StreamKind, record: OrderedRecord): RecordPut {
  const { key, value } = record;
  if (kind === 'kinesis') {
    const data = Buffer.from(value).toString('base64');
    return { record: { partitionKey: key, data }, key, bytes: data.length };
  }
  const keys = { id: { S: key } };
  return { record: { op: 'INSERT', keys, newImage: imageOf(record) }, key: JSON.stringify(keys), bytes: value.length };
}

export function seenIn(kind: StreamKind, event: unknown): readonly SeenRecord[] {
  const { Records } = event as { Records: readonly unknown[] };
  return Records.map((entry) =>
    kind === 'kinesis' ? kinesisSeen(entry as KinesisEntry) : changeSeen(entry as DynamodbEntry),
  );
}

function kinesisSeen({ kinesis, eventID }: KinesisEntry): SeenRecord {
  const unit = eventID.slice(0, eventID.indexOf(':'));
  const value = Buffer.from(kinesis.data, 'base64').toString();
  return { unit, position: kinesis.sequenceNumber, key: kinesis.partitionKey, value };
}

/** Changes do not say of which shard they are; ours begin their numbers with it. */
function changeSeen({ dynamodb }: DynamodbEntry): SeenRecord {
  const { Keys, NewImage = {}, SequenceNumber } = dynamodb;
  return {
    unit: SequenceNumber.slice(0, 8),
    position: SequenceNumber,
    key: String(Keys.id?.S),
    value: String(NewImage.value?.S),
  };
}
