/** Records of DynamoDB streams as pollers hold them: attributes as JSON has them, with binary values as base64. */
import type { _Record as WireRecord, AttributeValue as WireValue } from '@aws-sdk/client-dynamodb-streams';
import type { SourcedChange } from '@millrace/aws-shapes';
import type { AttributeMap, AttributeValue, Millis } from '@millrace/semantics';
import type { ReadRecord } from './client.ts';
import { base64Of } from './kinesisRecords.ts';

type WireMap = Record<string, WireValue>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Who removes what has lived its time. */
const TIME_TO_LIVE = 'dynamodb.amazonaws.com';

/** `readMs`: when it was read; endpoints that do not say when a record arrived are taken to have got it then. */
export function dynamodbRecord(
  { eventID, eventName, dynamodb = {}, userIdentity }: WireRecord,
  readMs: Millis,
): ReadRecord {
  const { Keys = {}, NewImage, OldImage, SequenceNumber = '', SizeBytes, ApproximateCreationDateTime } = dynamodb;
  const change: Writable<SourcedChange> = { op: eventName ?? 'MODIFY', keys: attributes(Keys) };
  if (NewImage) change.newImage = attributes(NewImage);
  if (OldImage) change.oldImage = attributes(OldImage);
  if (userIdentity?.PrincipalId === TIME_TO_LIVE) change.ttl = true;
  if (eventID !== undefined) change.eventId = eventID;
  if (SizeBytes !== undefined) change.sizeBytes = SizeBytes;
  return { position: SequenceNumber, arrivalMs: ApproximateCreationDateTime?.getTime() ?? readMs, record: change };
}

/** Without binary values, what the SDK made is already what JSON has. */
function attributes(map: WireMap): AttributeMap {
  if (!Object.values(map).some(holdsBytes)) return map as unknown as AttributeMap;
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, attribute(value)]));
}

function holdsBytes({ B, BS, L, M }: WireValue): boolean {
  if (B !== undefined || BS !== undefined) return true;
  if (L !== undefined) return L.some(holdsBytes);
  return M !== undefined && Object.values(M).some(holdsBytes);
}

function attribute(value: WireValue): AttributeValue {
  const { B, BS, L, M } = value;
  if (B !== undefined) return { B: base64Of(B) };
  if (BS !== undefined) return { BS: BS.map(base64Of) };
  if (L !== undefined) return { L: L.map(attribute) };
  if (M !== undefined) return { M: attributes(M) };
  return value as unknown as AttributeValue;
}
