/**
 * Sending to a queue: what SQS refuses, deduplication on FIFO queues, delays. Message ids and the hash of a body come
 * from the caller, so that a run repeats exactly.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import { joinGroup } from './fifoGroups.ts';
import { pushHeap } from './lazyHeap.ts';
import { firstInLine, joinLine, leaveLine } from './line.ts';
import { type Deduplication, hide, isThere, type QueuedMessage, type QueueState, settleQueue } from './queueState.ts';
import type { SentMessage } from './records.ts';

/** What a send needs from outside. */
export interface QueueTools {
  /** A message id that no message of this queue has. */
  newMessageId(): string;
  /** SHA-256 of a body as hex; called on FIFO queues with content-based deduplication only. */
  hashBody(body: string): string;
}

export type SendOutcome =
  | {
      readonly kind: 'sent';
      readonly messageId: string;
      readonly sequenceNumber?: string;
      readonly visibleAtMs: Millis;
      /** Says that a delay holds the message back. */
      readonly rule?: RuleId;
    }
  /** The same deduplication id was accepted less than 5 minutes ago; the ids are those of that message. */
  | {
      readonly kind: 'deduplicated';
      readonly messageId: string;
      readonly sequenceNumber: string;
      readonly rule: RuleId;
    }
  /** Refused as SQS does, in its own code and words. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** How long a FIFO queue remembers a deduplication id (Amazon SQS Developer Guide, Exactly-once processing). */
export const DEDUPLICATION_INTERVAL_MS = 5 * 60_000;

/** Sends one message (SendMessage). */
export function sendMessage(queue: QueueState, sent: SentMessage, nowMs: Millis, tools: QueueTools): SendOutcome {
  settleQueue(queue, nowMs);
  const refused = sendRefusal(queue.options, sent);
  if (refused) return refused;
  if (!queue.options.fifo) return accept(queue, sent, nowMs, tools);
  const key = sent.dedupId ?? tools.hashBody(sent.body);
  forgetAccepted(queue, nowMs);
  const earlier = queue.accepted.get(key);
  if (earlier) return duplicateOf(earlier);
  const outcome = accept(queue, sent.dedupId === key ? sent : { ...sent, dedupId: key }, nowMs, tools);
  remember(queue, { key, atMs: nowMs, messageId: outcome.messageId, ordinal: queue.nextOrdinal - 1 });
  return outcome;
}

/** Sends several messages in one call, in order; each entry stands or falls by itself (SendMessageBatch). */
export function sendBatch(
  queue: QueueState,
  messages: readonly SentMessage[],
  nowMs: Millis,
  tools: QueueTools,
): SendOutcome[] {
  return messages.map((sent) => sendMessage(queue, sent, nowMs, tools));
}

/** Puts a message into the queue; `ordinal` and the places are the queue's own affair. */
export function enqueue(queue: QueueState, message: NewMessage, delayMs: Millis, nowMs: Millis): QueuedMessage {
  const queued = queuedMessage(message, queue.nextOrdinal++, nowMs);
  queue.messages.set(queued.messageId, queued);
  pushHeap(queue.byAge, queued.enqueuedAtMs, queued, isThere, queue.messages.size);
  if (delayMs > 0) hide(queue, queued, 'delayed', nowMs + delayMs);
  if (queue.options.fifo) joinGroup(queue, queued);
  else if (delayMs === 0) joinLine(queue.fresh, queued);
  return queued;
}

/** A message on its way into a queue. */
export type NewMessage = Pick<
  QueuedMessage,
  'messageId' | 'sent' | 'sentAtMs' | 'enqueuedAtMs' | 'receiveCount' | 'firstReceivedAtMs' | 'deadLetterSourceArn'
>;

/** The sequence number of the n-th message of a FIFO queue: 20 digits, in the look of real ones. */
export function fifoSequenceNumber(ordinal: number): string {
  const low = 1_000_000_000;
  return `18${88_000_000 + Math.floor(ordinal / low)}${low + (ordinal % low)}`;
}

type Accepted = Writable<Extract<SendOutcome, { kind: 'sent' }>>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Field by field: a spread makes an object of its own shape each time, which costs a hundred times as much. */
function queuedMessage(message: NewMessage, ordinal: number, nowMs: Millis): QueuedMessage {
  return {
    messageId: message.messageId,
    sent: message.sent,
    sentAtMs: message.sentAtMs,
    enqueuedAtMs: message.enqueuedAtMs,
    receiveCount: message.receiveCount,
    firstReceivedAtMs: message.firstReceivedAtMs,
    deadLetterSourceArn: message.deadLetterSourceArn,
    ordinal,
    place: 'waiting',
    visibleAtMs: nowMs,
    waitedFromMs: nowMs,
    receivedAtMs: nowMs,
    receives: 0,
    next: null,
    previous: null,
  };
}

function accept(queue: QueueState, sent: SentMessage, nowMs: Millis, tools: QueueTools): Accepted {
  const delayMs = sent.delayMs ?? queue.options.delayMs;
  const message: NewMessage = {
    messageId: tools.newMessageId(),
    sent,
    sentAtMs: nowMs,
    enqueuedAtMs: nowMs,
    receiveCount: 0,
    firstReceivedAtMs: null,
    deadLetterSourceArn: null,
  };
  const { messageId, visibleAtMs, ordinal } = enqueue(queue, message, delayMs, nowMs);
  const outcome: Accepted = { kind: 'sent', messageId, visibleAtMs };
  if (queue.options.fifo) outcome.sequenceNumber = fifoSequenceNumber(ordinal);
  if (delayMs > 0) outcome.rule = 'sqs.delayed-before-first-receive';
  return outcome;
}

function duplicateOf(earlier: Deduplication): SendOutcome {
  const sequenceNumber = fifoSequenceNumber(earlier.ordinal);
  return { kind: 'deduplicated', messageId: earlier.messageId, sequenceNumber, rule: 'sqs.fifo-deduplicated' };
}

function remember(queue: QueueState, accepted: Deduplication): void {
  queue.accepted.set(accepted.key, accepted);
  joinLine(queue.acceptedInOrder, accepted);
}

function forgetAccepted(queue: QueueState, nowMs: Millis): void {
  let oldest = firstInLine(queue.acceptedInOrder);
  while (oldest && oldest.atMs + DEDUPLICATION_INTERVAL_MS <= nowMs) {
    queue.accepted.delete(oldest.key);
    leaveLine(queue.acceptedInOrder);
    oldest = firstInLine(queue.acceptedInOrder);
  }
}

/** Why SQS refuses a message on a queue of this kind; undefined when it does not. */
export function sendRefusal(
  options: Pick<QueueState['options'], 'fifo' | 'contentBasedDeduplication'>,
  sent: SentMessage,
): SendOutcome | undefined {
  if (!options.fifo)
    return sent.dedupId === undefined ? undefined : notForThisType('MessageDeduplicationId', sent.dedupId);
  if (sent.groupId === undefined)
    return refuse('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  if (sent.delayMs !== undefined) return notForThisType('DelaySeconds', String(sent.delayMs / 1000));
  if (sent.dedupId !== undefined || options.contentBasedDeduplication) return undefined;
  return refuse(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function notForThisType(parameter: string, value: string): SendOutcome {
  const reason = 'The request include parameter that is not valid for this queue type';
  return refuse('InvalidParameterValue', `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}.`);
}

function refuse(code: string, message: string): SendOutcome {
  return { kind: 'refused', code, message };
}
