/**
 * The event of a DynamoDB stream mapping. The stream's view type decides which images an entry shows and what SizeBytes
 * counts. Images are copied, so that a function that changes its event does not change the stream.
 */
import type { AttributeMap, ChangeRecord } from '@millrace/semantics';
import type { Arrived } from './arrived.ts';
import { RECORDS_ENVELOPE_BYTES } from './envelope.ts';
import { itemSizeBytes } from './item-size.ts';
import { integerBytes, jsonBytes, jsonStringBytes } from './json-bytes.ts';
import { md5Hex } from './md5.ts';

/** Which images a stream shows. */
export type StreamViewType = 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';

/** What all entries of one mapping share. Made by `dynamodbEventContext`. */
export interface DynamodbEventContext {
  readonly kind: 'dynamodb';
  readonly region: string;
  /** The stream's ARN. */
  readonly eventSourceArn: string;
  readonly viewType: StreamViewType;
  /** Bytes of `{"Records":[]}`. */
  readonly envelopeBytes: number;
  /** What every entry has whatever its record. */
  readonly entryFixedBytes: number;
}

export type DynamodbEventOptions = Pick<DynamodbEventContext, 'region' | 'eventSourceArn' | 'viewType'>;

/** One entry of a DynamoDB stream event. `ApproximateCreationDateTime` is in whole seconds. */
export interface DynamodbEntry {
  eventID: string;
  eventName: ChangeRecord['op'];
  eventVersion: '1.1';
  eventSource: 'aws:dynamodb';
  awsRegion: string;
  dynamodb: {
    ApproximateCreationDateTime: number;
    Keys: AttributeMap;
    NewImage?: AttributeMap;
    OldImage?: AttributeMap;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: StreamViewType;
  };
  userIdentity?: { type: 'Service'; principalId: 'dynamodb.amazonaws.com' };
  eventSourceARN: string;
}

/** An id of ours is an MD5 in hex. */
const EVENT_ID_BYTES = 34;
const DYNAMODB_FIXED_BYTES =
  '{"eventID":,"eventName":"","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":,"dynamodb":{"ApproximateCreationDateTime":,"Keys":,"SequenceNumber":,"SizeBytes":,"StreamViewType":},"eventSourceARN":}'
    .length;
const IMAGE_KEY_BYTES = '"NewImage":,'.length;
const USER_IDENTITY_BYTES = '"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},'.length;

/** A change as a live stream tells it: with the id and the size that the stream itself gave it. */
export interface SourcedChange extends ChangeRecord {
  readonly eventId?: string;
  readonly sizeBytes?: number;
}

/** Plain data that entries of one mapping share. */
export function dynamodbEventContext(options: DynamodbEventOptions): DynamodbEventContext {
  const { region, eventSourceArn, viewType } = options;
  const entryFixedBytes =
    DYNAMODB_FIXED_BYTES +
    EVENT_ID_BYTES +
    jsonStringBytes(region) +
    jsonStringBytes(eventSourceArn) +
    jsonStringBytes(viewType);
  return { kind: 'dynamodb', region, eventSourceArn, viewType, envelopeBytes: RECORDS_ENVELOPE_BYTES, entryFixedBytes };
}

/** The entry of one item change, at its place in a shard. */
export function dynamodbEntry(
  placed: Arrived<SourcedChange>,
  sequenceNumber: string,
  context: DynamodbEventContext,
): DynamodbEntry {
  const change = placed.record;
  return {
    eventID: change.eventId ?? md5Hex(`${context.eventSourceArn}/${sequenceNumber}`),
    eventName: change.op,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: context.region,
    dynamodb: streamRecord(placed, sequenceNumber, context.viewType),
    ...(change.ttl && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
    eventSourceARN: context.eventSourceArn,
  };
}

function streamRecord(
  { arrivalMs, record }: Arrived<SourcedChange>,
  sequenceNumber: string,
  viewType: StreamViewType,
): DynamodbEntry['dynamodb'] {
  const newImage = shownNewImage(record, viewType);
  const oldImage = shownOldImage(record, viewType);
  return {
    ApproximateCreationDateTime: Math.floor(arrivalMs / 1000),
    Keys: copied(record.keys),
    ...(newImage && { NewImage: copied(newImage) }),
    ...(oldImage && { OldImage: copied(oldImage) }),
    SequenceNumber: sequenceNumber,
    SizeBytes: record.sizeBytes ?? streamRecordSizeBytes(record, viewType),
    StreamViewType: viewType,
  };
}

function shownNewImage(change: ChangeRecord, viewType: StreamViewType): AttributeMap | undefined {
  return viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? change.newImage : undefined;
}

function shownOldImage(change: ChangeRecord, viewType: StreamViewType): AttributeMap | undefined {
  return viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? change.oldImage : undefined;
}

/** SizeBytes of a stream record: its keys and the images that the view type shows, in DynamoDB's own arithmetic. */
export function streamRecordSizeBytes(change: ChangeRecord, viewType: StreamViewType): number {
  const newImage = shownNewImage(change, viewType);
  const oldImage = shownOldImage(change, viewType);
  return (
    itemSizeBytes(change.keys) +
    (newImage === undefined ? 0 : itemSizeBytes(newImage)) +
    (oldImage === undefined ? 0 : itemSizeBytes(oldImage))
  );
}

function copied<T>(value: T): T;
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]));
}

/** UTF-8 bytes of the entry's JSON, without building it. */
export function dynamodbEntryBytes(
  placed: Arrived<SourcedChange>,
  sequenceNumber: string,
  context: DynamodbEventContext,
): number {
  const change = placed.record;
  return (
    context.entryFixedBytes +
    (change.eventId === undefined ? 0 : jsonStringBytes(change.eventId) - EVENT_ID_BYTES) +
    change.op.length +
    integerBytes(Math.floor(placed.arrivalMs / 1000)) +
    jsonBytes(change.keys) +
    imageBytes(shownNewImage(change, context.viewType)) +
    imageBytes(shownOldImage(change, context.viewType)) +
    jsonStringBytes(sequenceNumber) +
    integerBytes(change.sizeBytes ?? streamRecordSizeBytes(change, context.viewType)) +
    (change.ttl ? USER_IDENTITY_BYTES : 0)
  );
}

function imageBytes(image: AttributeMap | undefined): number {
  return image === undefined ? 0 : IMAGE_KEY_BYTES + jsonBytes(image);
}
