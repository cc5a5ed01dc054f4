/** A message on its way in: what SQS refuses in it, what it weighs, and the digests that its sender gets back. */
import { hash } from 'node:crypto';
import { md5OfMessageAttributes } from '@millrace/aws-shapes';
import type { QueueDefinition } from '@millrace/runtime';
import type { SendOutcome, SentMessage } from '@millrace/semantics';
import { invalidParameter, invalidValue, SqsError } from '../errors.ts';
import { maximumMessageSize } from '../queues/attributes.ts';
import { requireBetween, requireText } from '../service.ts';
import { attributesBytes, readAttributes, readTraceHeader, type WireAttributes } from './attributes.ts';

/** What SendMessage and each entry of SendMessageBatch bring. */
export interface SendInput {
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: WireAttributes;
  readonly MessageSystemAttributes?: WireAttributes;
  readonly MessageDeduplicationId?: string;
  readonly MessageGroupId?: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const LONGEST_DELAY_SECONDS = 900;
const ALLOWED = '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';

/** @throws {SqsError} on what SQS refuses, whatever the queue */
export function readMessage(input: SendInput, definition: QueueDefinition): SentMessage {
  const body = requireText(input.MessageBody, 'MessageBody');
  checkCharacters(body);
  const message: Writable<SentMessage> = { body };
  const attributes = readAttributes(input.MessageAttributes);
  if (attributes) message.attributes = attributes;
  checkSize(Buffer.byteLength(body) + attributesBytes(attributes), maximumMessageSize(definition));
  const traceHeader = readTraceHeader(input.MessageSystemAttributes);
  if (traceHeader !== undefined) message.traceHeader = traceHeader;
  const groupId = readToken(input.MessageGroupId, 'MessageGroupId');
  if (groupId !== undefined) message.groupId = groupId;
  const dedupId = readToken(input.MessageDeduplicationId, 'MessageDeduplicationId');
  if (dedupId !== undefined) message.dedupId = dedupId;
  if (input.DelaySeconds !== undefined) message.delayMs = readDelay(input.DelaySeconds) * 1000;
  return message;
}

/** Body and attributes, as SQS counts them against its limits. */
export function wireBytes({ MessageBody, MessageAttributes }: SendInput): number {
  let bytes = Buffer.byteLength(MessageBody ?? '');
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(MessageAttributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '') + Buffer.byteLength(StringValue ?? '');
    bytes += Buffer.byteLength(BinaryValue ?? '', 'base64');
  }
  return bytes;
}

/** What the sender gets back. @throws {SqsError} when the queue refused the message */
export function receiptFor({ body, attributes, traceHeader }: SentMessage, outcome: SendOutcome): object {
  if (outcome.kind === 'refused') {
    const isMissing = outcome.code === 'MissingParameter';
    throw new SqsError(isMissing ? 'MissingParameter' : 'InvalidParameterValue', outcome.message);
  }
  const receipt: Record<string, string> = { MessageId: outcome.messageId, MD5OfMessageBody: hash('md5', body) };
  if (attributes) receipt.MD5OfMessageAttributes = md5OfMessageAttributes(attributes);
  if (traceHeader !== undefined) {
    const system = { AWSTraceHeader: { dataType: 'String', stringValue: traceHeader } };
    receipt.MD5OfMessageSystemAttributes = md5OfMessageAttributes(system);
  }
  if (outcome.sequenceNumber !== undefined) receipt.SequenceNumber = outcome.sequenceNumber;
  return receipt;
}

function checkCharacters(body: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that SQS refuses
  if (!/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF\uD800-\uDFFF]/.test(body)) return;
  // Only now the slower question, which tells a surrogate pair from half of one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const found = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF\uD800-\uDFFF]/u.exec(body)?.[0];
  if (found === undefined) return;
  const code = found.codePointAt(0)!.toString(16).toUpperCase();
  throw new SqsError(
    'InvalidMessageContents',
    `Invalid binary character '#x${code}' was found in the message body, the set of allowed characters is ${ALLOWED}`,
  );
}

function checkSize(bytes: number, limit: number): void {
  if (bytes > limit) {
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  }
}

function readToken(value: string | undefined, name: string): string | undefined {
  if (value === undefined || /^[!-~]{1,128}$/.test(value)) return value;
  const reason = `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
  throw invalidParameter(name, value, reason);
}

function readDelay(seconds: number): number {
  const reason = `DelaySeconds must be >= 0 and <= ${LONGEST_DELAY_SECONDS}.`;
  return requireBetween(seconds, 0, LONGEST_DELAY_SECONDS, 'DelaySeconds', reason);
}
