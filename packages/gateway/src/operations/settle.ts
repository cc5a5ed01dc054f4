/** DeleteMessage, ChangeMessageVisibility, and both in batches. */
import type { Deleted, VisibilityChanged } from '@millrace/runtime';
import { invalidParameter, missing, SqsError } from '../errors.ts';
import { handleFromWire } from '../queues/receiptHandles.ts';
import { type Call, type KnownQueue, requireBetween, requireText, type Service } from '../service.ts';
import { type BatchEntry, type BatchResult, checkEntries, inBatch } from './batch.ts';

interface OnMessage {
  readonly ReceiptHandle?: string;
}

interface VisibilityInput extends OnMessage {
  readonly VisibilityTimeout?: number;
}

type OnQueue<T> = T & { readonly QueueUrl?: string };
type Entries<T> = OnQueue<{ readonly Entries?: readonly (T & BatchEntry)[] }>;

const LONGEST_VISIBILITY_SECONDS = 43_200;

export async function deleteMessage(service: Service, input: OnQueue<OnMessage>, call: Call): Promise<undefined> {
  const known = await service.queueOf(input.QueueUrl, call);
  const [outcome] = await known.queue.delete([readHandle(input, known)]);
  checkDeleted(outcome!, input);
}

export async function deleteMessageBatch(
  service: Service,
  input: Entries<OnMessage>,
  call: Call,
): Promise<BatchResult> {
  const known = await service.queueOf(input.QueueUrl, call);
  return inBatch(
    checkEntries('DeleteMessageBatch', input.Entries),
    (entry) => readHandle(entry, known),
    (handles) => known.queue.delete(handles),
    (outcome, _handle, entry) => checkDeleted(outcome, entry),
  );
}

export async function changeMessageVisibility(
  service: Service,
  input: OnQueue<VisibilityInput>,
  call: Call,
): Promise<undefined> {
  const known = await service.queueOf(input.QueueUrl, call);
  const [outcome] = await known.queue.changeVisibility([readChange(input, known)]);
  checkChanged(outcome!, input);
}

export async function changeMessageVisibilityBatch(
  service: Service,
  input: Entries<VisibilityInput>,
  call: Call,
): Promise<BatchResult> {
  const known = await service.queueOf(input.QueueUrl, call);
  return inBatch(
    checkEntries('ChangeMessageVisibilityBatch', input.Entries),
    (entry) => readChange(entry, known),
    (changes) => known.queue.changeVisibility(changes),
    (outcome, _change, entry) => checkChanged(outcome, entry),
  );
}

function readHandle({ ReceiptHandle: handle }: OnMessage, { definition }: KnownQueue): string {
  return handleFromWire(definition.name, requireText(handle, 'ReceiptHandle'));
}

function readChange(input: VisibilityInput, known: KnownQueue): { receiptHandle: string; visibilityMs: number } {
  const receiptHandle = readHandle(input, known);
  const seconds = input.VisibilityTimeout;
  if (seconds === undefined) throw missing('VisibilityTimeout');
  const reason = `Must be between 0 and ${LONGEST_VISIBILITY_SECONDS}, if provided.`;
  requireBetween(seconds, 0, LONGEST_VISIBILITY_SECONDS, 'VisibilityTimeout', reason);
  return { receiptHandle, visibilityMs: seconds * 1000 };
}

function checkDeleted(outcome: Deleted, { ReceiptHandle: handle }: OnMessage): object {
  if (outcome.kind !== 'refused') return {};
  throw invalidParameter('ReceiptHandle', handle, 'The receipt handle has expired.');
}

function checkChanged(
  outcome: VisibilityChanged,
  { ReceiptHandle: handle, VisibilityTimeout }: VisibilityInput,
): object {
  if (outcome.kind === 'changed') return {};
  switch (outcome.because) {
    case 'not-in-flight':
      throw new SqsError('MessageNotInflight', "The specified message isn't in flight.");
    case 'gone':
      throw invalidParameter(
        'ReceiptHandle',
        handle,
        'Message does not exist or is not available for visibility timeout change.',
      );
    case 'beyond-limit':
      throw invalidParameter(
        'VisibilityTimeout',
        VisibilityTimeout,
        `Total VisibilityTimeout for the message is beyond the limit [${LONGEST_VISIBILITY_SECONDS} seconds]`,
      );
  }
}
