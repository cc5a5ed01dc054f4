/**
 * Turns one entry of `records` (of a scenario, or a line of a Millrace fixture) into what its source holds. Throws
 * `FieldError` for a value that cannot stand in its field.
 */
import type {
  ChangeRecord,
  KinesisRecord,
  MessageAttribute,
  Millis,
  SentMessage,
  SourceKind,
} from '@millrace/semantics';
import { FieldError } from '../../input-error.ts';
import type { ArrivalPayload, TopicArrival } from '../plan.ts';
import { shown } from '../problems.ts';
import { durationWords, parseDuration, parseInstant } from '../units.ts';
import { asBase64, asBlock, asLabel, asText, asWhole, attributeMap, checkedBase64 } from './values.ts';

export type RecordEntry = Readonly<Record<string, unknown>>;

/** `id` is the entry's own; a Kinesis record without a key takes it as its partition key. */
export type PayloadMaker = (entry: RecordEntry, id: string) => ArrivalPayload;

export function payloadMaker(kind: SourceKind): PayloadMaker {
  switch (kind) {
    case 'sqs':
      return (entry) => message(entry);
    case 'sqs-fifo':
      return (entry) => fifoMessage(entry);
    case 'kinesis':
      return kinesisRecord;
    case 'dynamodb':
      return (entry) => change(entry);
    case 'msk':
    case 'self-managed-kafka':
      return (entry) => topicRecord(entry);
  }
}

/** The group of FIFO messages that name none: AWS asks for one. */
export const defaultGroup = 'default';

function message(entry: RecordEntry): SentMessage {
  const { attributes, group, dedup, delay } = entry;
  return {
    body: asText(entry.body),
    ...(attributes !== undefined && { attributes: messageAttributes(attributes) }),
    ...(group !== undefined && { groupId: asLabel(group, 'group') }),
    ...(dedup !== undefined && { dedupId: asLabel(dedup, 'dedup') }),
    ...(delay !== undefined && { delayMs: durationOf(delay, 'delay') }),
  };
}

function fifoMessage(entry: RecordEntry): SentMessage {
  const sent = message(entry);
  if (sent.delayMs !== undefined) {
    throw new FieldError('delay', 'is not possible on a FIFO queue; set `delay` of the source instead');
  }
  return sent.groupId === undefined ? { ...sent, groupId: defaultGroup } : sent;
}

function messageAttributes(value: unknown): Readonly<Record<string, MessageAttribute>> {
  const entries = Object.entries(asBlock(value, 'attributes'));
  return Object.fromEntries(entries.map(([name, entry]) => [name, attribute(entry, `attributes.${name}`)]));
}

function attribute(value: unknown, field: string): MessageAttribute {
  const { type, value: content } = asBlock(value, field);
  if (typeof type !== 'string' || !/^(String|Number|Binary)(\..+)?$/.test(type)) {
    throw new FieldError(`${field}.type`, `must be String, Number or Binary, not ${shown(type)}`);
  }
  if (!type.startsWith('Binary')) return { dataType: type, stringValue: asText(content) };
  const bytes = (content as { readonly base64?: unknown } | null | undefined)?.base64 ?? content;
  return { dataType: type, binaryValue: checkedBase64(bytes, `${field}.value`) };
}

function kinesisRecord(entry: RecordEntry, id: string): KinesisRecord {
  const { key, explicitHashKey } = entry;
  const partitionKey = key === undefined ? id : asLabel(key, 'key');
  const data = asBase64(entry.data, 'data');
  if (explicitHashKey === undefined) return { partitionKey, data };
  return { partitionKey, explicitHashKey: hashKey(explicitHashKey), data };
}

function hashKey(value: unknown): string {
  const text = String(value);
  if (/^\d{1,39}$/.test(text) && BigInt(text) < 2n ** 128n) return text;
  throw new FieldError('explicitHashKey', `must be a decimal number from 0 to 2^128-1, in quotes, not ${shown(value)}`);
}

function change(entry: RecordEntry): ChangeRecord {
  if (entry.keys === undefined) throw new FieldError('keys', 'is missing; it holds the primary key of the item');
  const keys = attributeMap(entry.keys, 'keys');
  const after = entry.new === undefined ? undefined : attributeMap(entry.new, 'new');
  const before = entry.old === undefined ? undefined : attributeMap(entry.old, 'old');
  const op = entry.op === undefined ? impliedOp(entry, after, before) : operation(entry.op);
  if (entry.ttl === true && op !== 'REMOVE') throw new FieldError('ttl', 'is only possible with op REMOVE');
  return {
    op,
    keys,
    ...(op !== 'REMOVE' && { newImage: after ?? keys }),
    ...(op !== 'INSERT' && { oldImage: before ?? keys }),
    ...(entry.ttl === true && { ttl: true }),
  };
}

function impliedOp(entry: RecordEntry, after: unknown, before: unknown): ChangeRecord['op'] {
  if (entry.ttl === true) return 'REMOVE';
  if (before === undefined) return 'INSERT';
  return after === undefined ? 'REMOVE' : 'MODIFY';
}

function operation(value: unknown): ChangeRecord['op'] {
  if (value === 'INSERT' || value === 'MODIFY' || value === 'REMOVE') return value;
  throw new FieldError('op', `must be one of INSERT, MODIFY, REMOVE, not ${shown(value)}`);
}

function topicRecord(entry: RecordEntry): TopicArrival {
  const { key, value, headers, timestamp, partition } = entry;
  return {
    key: key === undefined || key === null ? null : asBase64(typeof key === 'number' ? String(key) : key, 'key'),
    value: value === null ? null : asBase64(value, 'value'),
    headers: headers === undefined ? [] : headerList(headers),
    ...(timestamp !== undefined && { timestampMs: producerTime(timestamp) }),
    ...(partition !== undefined && { partition: asWhole(partition, 'partition') }),
  };
}

function headerList(value: unknown): TopicArrival['headers'] {
  if (!Array.isArray(value)) throw new FieldError('headers', `must be a list of { name: value }, not ${shown(value)}`);
  return value.flatMap((header: unknown, index) =>
    Object.entries(asBlock(header, `headers[${index}]`)).map(([key, content]) => ({
      key,
      value: asBase64(content, `headers[${index}].${key}`),
    })),
  );
}

function producerTime(value: unknown): Millis {
  const ms = typeof value === 'number' ? value : parseInstant(value);
  if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new FieldError('timestamp', `must be an ISO date or whole milliseconds since the epoch, not ${shown(value)}`);
}

export function durationOf(value: unknown, field: string): Millis {
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  throw new FieldError(field, `must be ${durationWords}, not ${shown(value)}`);
}
