/** ReceiveMessage. */
import { hash } from 'node:crypto';
import { md5OfMessageAttributes } from '@millrace/aws-shapes';
import type { ReceivedMessage } from '@millrace/semantics';
import { invalidParameter, SqsError } from '../errors.ts';
import { attributesOnWire, chosenAttributes } from '../messages/attributes.ts';
import { checkAttributeNames, receiveWaitMs } from '../queues/attributes.ts';
import { handleOnWire } from '../queues/receiptHandles.ts';
import { type Call, type KnownQueue, requireBetween, type Service } from '../service.ts';

interface ReceiveInput {
  readonly QueueUrl?: string;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly ReceiveRequestAttemptId?: string;
}

interface Ask {
  readonly max: number;
  readonly visibilityMs: number | undefined;
  readonly waitMs: number;
  readonly attemptId: string | undefined;
}

const NOTHING: readonly string[] = [];
const systemNames = [
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
] as const;

type SystemName = (typeof systemNames)[number];

export async function receiveMessage(service: Service, input: ReceiveInput, call: Call): Promise<object> {
  const known = await service.queueOf(input.QueueUrl, call);
  const ask = readAsk(input, known);
  const wanted = readSystemNames(input);
  const messages = await receive(service, known, ask, call);
  if (messages.length === 0) return {};
  const names = input.MessageAttributeNames ?? NOTHING;
  const queueName = known.definition.name;
  return { Messages: messages.map((message) => onWire(message, queueName, wanted, names, service.accountId)) };
}

function readAsk(input: ReceiveInput, { definition }: KnownQueue): Ask {
  const { MaxNumberOfMessages: max, VisibilityTimeout: visibility, WaitTimeSeconds: wait } = input;
  const attemptId = input.ReceiveRequestAttemptId;
  if (max !== undefined) requireBetween(max, 1, 10, 'MaxNumberOfMessages', 'Must be between 1 and 10, if provided.');
  if (visibility !== undefined) {
    requireBetween(visibility, 0, 43_200, 'VisibilityTimeout', 'Must be >= 0 and <= 43200, if provided.');
  }
  if (wait !== undefined) requireBetween(wait, 0, 20, 'WaitTimeSeconds', 'Must be >= 0 and <= 20, if provided.');
  if (attemptId !== undefined) checkAttemptId(attemptId, definition.fifo);
  return {
    max: max ?? 1,
    visibilityMs: visibility === undefined ? undefined : visibility * 1000,
    waitMs: wait === undefined ? receiveWaitMs(definition) : wait * 1000,
    attemptId,
  };
}

async function receive(service: Service, known: KnownQueue, ask: Ask, call: Call): Promise<readonly ReceivedMessage[]> {
  const { definition, queue } = known;
  const { max, visibilityMs, waitMs, attemptId } = ask;
  if (attemptId !== undefined) {
    const visibility = visibilityMs ?? definition.visibilityTimeoutMs;
    const again = await service.attempts.repeat(definition.name, queue, attemptId, visibility);
    if (again) return again;
  }
  const { messages } = await queue.receive(
    waitMs > 0 ? { max, visibilityMs, waitMs, signal: call.signal() } : { max, visibilityMs },
  );
  if (messages.length === 0 && waitMs === 0) await checkOverLimit(known);
  if (attemptId !== undefined && messages.length > 0) service.attempts.note(definition.name, attemptId, messages);
  return messages;
}

/** A standard queue with too many messages in flight says so, but not to those who wait, and a FIFO queue never. */
async function checkOverLimit({ definition, queue }: KnownQueue): Promise<void> {
  if (definition.fifo) return;
  const { inFlight } = await queue.counts();
  if (inFlight < definition.inFlightLimit) return;
  throw new SqsError('OverLimit', `Too many messages in flight: a queue has at most ${definition.inFlightLimit}.`);
}

function checkAttemptId(attemptId: string, fifo: boolean): void {
  const name = 'ReceiveRequestAttemptId';
  if (!fifo) {
    const reason = 'The request include parameter that is not valid for this queue type.';
    throw invalidParameter(name, attemptId, reason);
  }
  if (/^[!-~]{1,128}$/.test(attemptId)) return;
  const reason = `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
  throw invalidParameter(name, attemptId, reason);
}

/** System attributes that were asked for, under the new name of the parameter or the old one. */
function readSystemNames(input: ReceiveInput): readonly SystemName[] {
  const { AttributeNames: older, MessageSystemAttributeNames: newer } = input;
  if (!older?.length && !newer?.length) return [];
  const names = [...(older ?? NOTHING), ...(newer ?? NOTHING)];
  checkAttributeNames(names.filter((name) => !systemNames.includes(name as SystemName)));
  return names.includes('All') ? systemNames : systemNames.filter((name) => names.includes(name));
}

function onWire(
  message: ReceivedMessage,
  queueName: string,
  wanted: readonly SystemName[],
  names: readonly string[],
  accountId: string,
): object {
  const { body, attributes } = message.sent;
  const wire: Record<string, unknown> = {
    MessageId: message.messageId,
    ReceiptHandle: handleOnWire(queueName, message.receiptHandle),
    MD5OfBody: message.md5OfBody ?? hash('md5', body),
    Body: body,
  };
  if (wanted.length > 0) wire.Attributes = systemAttributes(message, wanted, accountId);
  const chosen = chosenAttributes(attributes, names);
  if (chosen) {
    wire.MD5OfMessageAttributes = md5OfMessageAttributes(chosen);
    wire.MessageAttributes = attributesOnWire(chosen);
  }
  return wire;
}

function systemAttributes(message: ReceivedMessage, wanted: readonly SystemName[], accountId: string): object {
  const attributes: Partial<Record<SystemName, string>> = {};
  for (const name of wanted) {
    const value = systemAttribute(message, name, accountId);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

function systemAttribute(message: ReceivedMessage, name: SystemName, accountId: string): string | undefined {
  switch (name) {
    case 'SenderId':
      // No signature is checked, so every sender is the account itself.
      return message.sent.senderId ?? accountId;
    case 'SentTimestamp':
      return String(message.sentAtMs);
    case 'ApproximateReceiveCount':
      return String(message.receiveCount);
    case 'ApproximateFirstReceiveTimestamp':
      return String(message.firstReceivedAtMs);
    case 'SequenceNumber':
      return message.sequenceNumber;
    case 'MessageDeduplicationId':
      return message.sent.dedupId;
    case 'MessageGroupId':
      return message.sent.groupId;
    case 'AWSTraceHeader':
      return message.sent.traceHeader;
    case 'DeadLetterQueueSourceArn':
      return message.deadLetterSourceArn;
  }
}
