/**
 * The event of an SQS mapping. Invariants: 1. a body is passed on as it was sent, never parsed; 2. `sqsEntryBytes` is
 * the UTF-8 length of the entry's JSON, whatever the message holds; 3. keys stand in the order that AWS was seen to use.
 */
import type { MessageAttribute, ReceivedMessage } from '@millrace/semantics';
import { contentDeduplicationId, md5OfMessageAttributes } from './digests.ts';
import { RECORDS_ENVELOPE_BYTES } from './envelope.ts';
import { integerBytes, jsonStringBytes } from './json-bytes.ts';
import { md5Hex } from './md5.ts';

/** What all entries of one mapping share. Made by `sqsEventContext`. */
export interface SqsEventContext {
  readonly kind: 'sqs';
  readonly region: string;
  readonly eventSourceArn: string;
  readonly batchWindowMs: number;
  /** Shown for messages that name no sender. */
  readonly senderId: string;
  /** Bytes of `{"Records":[]}`. */
  readonly envelopeBytes: number;
  /** What every entry has whatever its message, so that `sqsEntryBytes` counts only the rest. */
  readonly entryFixedBytes: number;
}

export type SqsEventOptions = Pick<SqsEventContext, 'region' | 'eventSourceArn' | 'batchWindowMs' | 'senderId'>;

/** A message attribute as the event shows it. */
export interface SqsMessageAttribute {
  stringValue?: string;
  binaryValue?: string;
  stringListValues: never[];
  binaryListValues: never[];
  dataType: string;
}

/** One entry of an SQS event. */
export interface SqsEntry {
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes: Record<string, string>;
  messageAttributes: Record<string, SqsMessageAttribute>;
  md5OfMessageAttributes?: string | null;
  md5OfBody: string;
  eventSource: 'aws:sqs';
  eventSourceARN: string;
  awsRegion: string;
}

const MD5_HEX_BYTES = 34;
const SHA256_HEX_BYTES = 66;

/** Plain data that entries of one mapping share; `batchWindowMs` decides the shape of messages without attributes. */
export function sqsEventContext(options: SqsEventOptions): SqsEventContext {
  const { region, eventSourceArn, batchWindowMs, senderId } = options;
  const fixed = JSON.stringify({
    messageId: 0,
    receiptHandle: 0,
    body: 0,
    attributes: 0,
    messageAttributes: 0,
    md5OfBody: 0,
    eventSource: 'aws:sqs',
  });
  const entryFixedBytes =
    fixed.length -
    6 +
    MD5_HEX_BYTES +
    `,"eventSourceARN":,"awsRegion":`.length +
    arnAndRegionBytes(eventSourceArn, region);
  return {
    kind: 'sqs',
    region,
    eventSourceArn,
    batchWindowMs,
    senderId,
    envelopeBytes: RECORDS_ENVELOPE_BYTES,
    entryFixedBytes,
  };
}

function arnAndRegionBytes(arn: string, region: string): number {
  return jsonStringBytes(arn) + jsonStringBytes(region);
}

/** The entry of one received message. */
export function sqsEntry(message: ReceivedMessage, context: SqsEventContext): SqsEntry {
  const { body, attributes } = message.sent;
  const hasAttributes = attributes !== undefined && hasKeys(attributes);
  if (!hasAttributes && context.batchWindowMs === 0) return entryWithoutDigest(message, context);
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body,
    attributes: systemAttributes(message, context),
    messageAttributes: hasAttributes ? messageAttributes(attributes) : {},
    md5OfMessageAttributes: hasAttributes ? md5OfMessageAttributes(attributes) : null,
    md5OfBody: message.md5OfBody ?? md5Hex(body),
    eventSource: 'aws:sqs',
    eventSourceARN: context.eventSourceArn,
    awsRegion: context.region,
  };
}

function entryWithoutDigest(message: ReceivedMessage, context: SqsEventContext): SqsEntry {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.sent.body,
    attributes: systemAttributes(message, context),
    messageAttributes: {},
    md5OfBody: message.md5OfBody ?? md5Hex(message.sent.body),
    eventSource: 'aws:sqs',
    eventSourceARN: context.eventSourceArn,
    awsRegion: context.region,
  };
}

function hasKeys(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

/** Whether a message has none of the attributes that only some messages have. */
function isOrdinary(message: ReceivedMessage): boolean {
  return (
    message.sequenceNumber === undefined &&
    message.sent.groupId === undefined &&
    message.sent.traceHeader === undefined &&
    message.deadLetterSourceArn === undefined
  );
}

function systemAttributes(message: ReceivedMessage, context: SqsEventContext): Record<string, string> {
  if (!isOrdinary(message)) return allSystemAttributes(message, context);
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(Math.floor(message.sentAtMs)),
    SenderId: message.sent.senderId ?? context.senderId,
    ApproximateFirstReceiveTimestamp: String(Math.floor(message.firstReceivedAtMs)),
  };
}

function allSystemAttributes(message: ReceivedMessage, context: SqsEventContext): Record<string, string> {
  const { sent } = message;
  const attributes: Record<string, string> = { ApproximateReceiveCount: String(message.receiveCount) };
  if (sent.traceHeader !== undefined) attributes.AWSTraceHeader = sent.traceHeader;
  attributes.SentTimestamp = String(Math.floor(message.sentAtMs));
  if (message.sequenceNumber !== undefined) attributes.SequenceNumber = message.sequenceNumber;
  if (sent.groupId !== undefined) attributes.MessageGroupId = sent.groupId;
  attributes.SenderId = sent.senderId ?? context.senderId;
  if (message.sequenceNumber !== undefined) {
    attributes.MessageDeduplicationId = sent.dedupId ?? contentDeduplicationId(sent.body);
  }
  attributes.ApproximateFirstReceiveTimestamp = String(Math.floor(message.firstReceivedAtMs));
  if (message.deadLetterSourceArn !== undefined) attributes.DeadLetterQueueSourceArn = message.deadLetterSourceArn;
  return attributes;
}

/** Attributes by name. Made from entries, because a name such as `__proto__` is allowed and must stay a name. */
function messageAttributes(
  attributes: Readonly<Record<string, MessageAttribute>>,
): Record<string, SqsMessageAttribute> {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, shownAttribute(attribute)]));
}

function shownAttribute({ dataType, stringValue, binaryValue }: MessageAttribute): SqsMessageAttribute {
  return binaryValue !== undefined
    ? { binaryValue, stringListValues: [], binaryListValues: [], dataType }
    : { stringValue: stringValue ?? '', stringListValues: [], binaryListValues: [], dataType };
}

/** UTF-8 bytes of the entry's JSON, without building it. */
export function sqsEntryBytes(message: ReceivedMessage, context: SqsEventContext): number {
  return (
    context.entryFixedBytes +
    jsonStringBytes(message.messageId) +
    jsonStringBytes(message.receiptHandle) +
    jsonStringBytes(message.sent.body) +
    systemAttributesBytes(message, context) +
    messageAttributesBytes(message.sent.attributes, context)
  );
}

const ORDINARY_BYTES =
  '{"ApproximateReceiveCount":"","SentTimestamp":"","SenderId":,"ApproximateFirstReceiveTimestamp":""}'.length;

function systemAttributesBytes(message: ReceivedMessage, context: SqsEventContext): number {
  const bytes =
    ORDINARY_BYTES +
    integerBytes(message.receiveCount) +
    integerBytes(Math.floor(message.sentAtMs)) +
    jsonStringBytes(message.sent.senderId ?? context.senderId) +
    integerBytes(Math.floor(message.firstReceivedAtMs));
  return isOrdinary(message) ? bytes : bytes + rareAttributesBytes(message);
}

function rareAttributesBytes(message: ReceivedMessage): number {
  const { sent, sequenceNumber, deadLetterSourceArn } = message;
  let bytes = 0;
  if (sent.traceHeader !== undefined) bytes += '"AWSTraceHeader":,'.length + jsonStringBytes(sent.traceHeader);
  if (sent.groupId !== undefined) bytes += '"MessageGroupId":,'.length + jsonStringBytes(sent.groupId);
  if (sequenceNumber !== undefined) {
    bytes += '"SequenceNumber":,'.length + jsonStringBytes(sequenceNumber) + '"MessageDeduplicationId":,'.length;
    bytes += sent.dedupId === undefined ? SHA256_HEX_BYTES : jsonStringBytes(sent.dedupId);
  }
  if (deadLetterSourceArn !== undefined) {
    bytes += '"DeadLetterQueueSourceArn":,'.length + jsonStringBytes(deadLetterSourceArn);
  }
  return bytes;
}

const DIGEST_KEY_BYTES = '"md5OfMessageAttributes":,'.length;
const ATTRIBUTE_BYTES = ':{"stringValue":,"stringListValues":[],"binaryListValues":[],"dataType":}'.length;

/** Bytes of `messageAttributes` and, where it is shown, of `md5OfMessageAttributes`. */
function messageAttributesBytes(
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
  context: SqsEventContext,
): number {
  if (attributes === undefined || !hasKeys(attributes)) {
    return 2 + (context.batchWindowMs === 0 ? 0 : DIGEST_KEY_BYTES + 4);
  }
  let bytes = 1 + DIGEST_KEY_BYTES + MD5_HEX_BYTES;
  for (const [name, { dataType, stringValue, binaryValue }] of Object.entries(attributes)) {
    bytes += 1 + ATTRIBUTE_BYTES + jsonStringBytes(name) + jsonStringBytes(dataType);
    bytes += jsonStringBytes(binaryValue ?? stringValue ?? '');
  }
  return bytes;
}
