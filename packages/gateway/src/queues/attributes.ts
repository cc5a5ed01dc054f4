/**
 * Queue attributes between AWS's names and a queue's definition. What acts on messages is part of the definition; the rest
 * is carried under AWS's own names: two limits that the gateway keeps itself, and what is only echoed.
 */
import type { QueueChange, QueueDefinition } from '@millrace/runtime';
import type { QueueCounts } from '@millrace/semantics';
import { SqsError } from '../errors.ts';

/** The most that SQS takes for one message, and for one batch (since August 2025). */
export const MESSAGE_LIMIT_BYTES = 1_048_576;

export type Attributes = Readonly<Record<string, string>>;

type Change = { -readonly [K in keyof QueueChange]: QueueChange[K] };

/** Attributes with a number: its bounds, and where it goes. */
const numbers: Readonly<Record<string, readonly [low: number, high: number, field?: keyof QueueChange]>> = {
  DelaySeconds: [0, 900, 'delayMs'],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
  MaximumMessageSize: [1024, MESSAGE_LIMIT_BYTES],
  MessageRetentionPeriod: [60, 1_209_600, 'retentionMs'],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200, 'visibilityTimeoutMs'],
};
/** Carried as they are; an empty text takes them away. */
const texts = ['KmsMasterKeyId', 'Policy', 'RedriveAllowPolicy'];
const fifoOnly = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

/** Attributes that can be asked for and not set. */
const readOnly = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
];
const known = new Set([
  ...Object.keys(numbers),
  ...texts,
  ...fifoOnly,
  ...readOnly,
  'All',
  'FifoQueue',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
]);

/** What CreateQueue and SetQueueAttributes say, without the redrive policy. @throws {SqsError} on what SQS refuses */
export function readAttributes(attributes: Attributes, fifo: boolean, before: Attributes): QueueChange {
  const change: Change = {};
  const carried: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'FifoQueue' || name === 'RedrivePolicy') continue;
    if (readOnly.includes(name) || !known.has(name) || name === 'All' || (fifoOnly.includes(name) && !fifo)) {
      throw unknownAttribute(name);
    }
    readAttribute(name, value, change, carried);
  }
  checkEncryption(attributes, carried);
  return { ...change, carried };
}

/** Everything that was set or stands by default, as GetQueueAttributes shows it. */
export function settingsOf(definition: QueueDefinition): Attributes {
  const { carried, redrive } = definition;
  const settings: Record<string, string> = {
    VisibilityTimeout: seconds(definition.visibilityTimeoutMs),
    MaximumMessageSize: String(MESSAGE_LIMIT_BYTES),
    MessageRetentionPeriod: seconds(definition.retentionMs),
    DelaySeconds: seconds(definition.delayMs),
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: carried.KmsMasterKeyId === undefined ? 'true' : 'false',
  };
  if (definition.fifo) {
    settings.FifoQueue = 'true';
    settings.ContentBasedDeduplication = String(definition.contentBasedDeduplication);
    settings.DeduplicationScope = 'queue';
    settings.FifoThroughputLimit = 'perQueue';
  }
  Object.assign(settings, carried);
  if (redrive) settings.RedrivePolicy = JSON.stringify(redrive);
  return settings;
}

/** What is true of a queue at this moment. */
export function statusOf({ arn, createdAtMs, modifiedAtMs }: QueueDefinition, counts: QueueCounts): Attributes {
  return {
    QueueArn: arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: seconds(createdAtMs),
    LastModifiedTimestamp: seconds(modifiedAtMs),
  };
}

export function maximumMessageSize({ carried }: QueueDefinition): number {
  const { MaximumMessageSize: size } = carried;
  return size === undefined ? MESSAGE_LIMIT_BYTES : Number(size);
}

export function receiveWaitMs({ carried }: QueueDefinition): number {
  return Number(carried.ReceiveMessageWaitTimeSeconds ?? 0) * 1000;
}

/** @throws {SqsError} when a name is none of a queue's attributes */
export function checkAttributeNames(names: readonly string[]): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
}

export function unknownAttribute(name: string): SqsError {
  return new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

export function invalidAttribute(name: string, reason?: string): SqsError {
  const because = reason === undefined ? '' : ` Reason: ${reason}`;
  return new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.${because}`);
}

function readAttribute(name: string, value: string, change: Change, carried: Record<string, string>): void {
  const [low, high, field] = numbers[name] ?? [];
  if (low !== undefined && high !== undefined) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= low && number <= high)) throw invalidAttribute(name);
    if (field === undefined) carried[name] = String(number);
    else Object.assign(change, { [field]: number * 1000 });
    return;
  }
  if (texts.includes(name)) {
    if (name !== 'KmsMasterKeyId' && value !== '') checkJson(name, value);
    if (value === '') delete carried[name];
    else carried[name] = value;
    return;
  }
  readChoice(name, value, change, carried);
}

function readChoice(name: string, value: string, change: Change, carried: Record<string, string>): void {
  if (name === 'DeduplicationScope' || name === 'FifoThroughputLimit') {
    // Deduplication per message group would change what the queue does; saying yes and not doing it helps nobody.
    const only = name === 'DeduplicationScope' ? 'queue' : 'perQueue';
    if (value !== only) throw invalidAttribute(name, `Only ${only} is supported here.`);
    carried[name] = value;
    return;
  }
  if (value !== 'true' && value !== 'false') throw invalidAttribute(name);
  if (name === 'ContentBasedDeduplication') change.contentBasedDeduplication = value === 'true';
  else carried[name] = value;
}

function checkJson(name: string, value: string): void {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return;
  } catch {
    // Falls through to the refusal.
  }
  throw invalidAttribute(name);
}

function checkEncryption(given: Attributes, carried: Record<string, string>): void {
  if (given.KmsMasterKeyId && given.SqsManagedSseEnabled === 'true') {
    throw new SqsError(
      'InvalidAttributeName',
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
  }
  if (given.SqsManagedSseEnabled === 'true') delete carried.KmsMasterKeyId;
  else if (given.KmsMasterKeyId) carried.SqsManagedSseEnabled = 'false';
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
