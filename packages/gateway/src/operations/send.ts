/** SendMessage, SendMessageBatch. */
import type { QueueDefinition } from '@millrace/runtime';
import { invalidValue, SqsError } from '../errors.ts';
import { readMessage, receiptFor, type SendInput, wireBytes } from '../messages/sent.ts';
import { MESSAGE_LIMIT_BYTES } from '../queues/attributes.ts';
import type { Call, Service } from '../service.ts';
import { type BatchEntry, type BatchResult, checkEntries, inBatch } from './batch.ts';

export async function sendMessage(
  service: Service,
  input: SendInput & { readonly QueueUrl?: string },
  call: Call,
): Promise<object> {
  const { definition, queue } = await service.queueOf(input.QueueUrl, call);
  const message = readMessage(input, definition);
  const [outcome] = await queue.send([message]);
  return receiptFor(message, outcome!);
}

export async function sendMessageBatch(
  service: Service,
  input: { readonly QueueUrl?: string; readonly Entries?: readonly (SendInput & BatchEntry)[] },
  call: Call,
): Promise<BatchResult> {
  const { definition, queue } = await service.queueOf(input.QueueUrl, call);
  const entries = checkEntries('SendMessageBatch', input.Entries);
  checkBatch(entries, definition);
  return inBatch(
    entries,
    (entry) => readMessage(entry, definition),
    (messages) => queue.send(messages),
    (outcome, message) => receiptFor(message, outcome),
  );
}

/** What SQS holds against a batch as a whole: its size, and what a FIFO queue must have of every message. */
function checkBatch(entries: readonly SendInput[], definition: QueueDefinition): void {
  let bytes = 0;
  for (const entry of entries) bytes += wireBytes(entry);
  if (bytes > MESSAGE_LIMIT_BYTES) {
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MESSAGE_LIMIT_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  }
  if (!definition.fifo) return;
  for (const { MessageGroupId: groupId, MessageDeduplicationId: dedupId } of entries) {
    if (groupId === undefined) throw invalidValue('The request must contain the parameter MessageGroupId.');
    if (dedupId !== undefined || definition.contentBasedDeduplication) continue;
    throw invalidValue(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
}
