/**
 * Receiving from a queue. A message that has used up its receives is dead-lettered at the moment at which it would be
 * received once more; the move is returned as data, and whoever owns the dead-letter queue carries it out.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import { groupIdOf } from './fifoGroups.ts';
import { removeTop } from './lazyHeap.ts';
import { fifoSequenceNumber } from './queueSend.ts';
import {
  firstReceivable,
  hide,
  type QueuedMessage,
  type QueueState,
  removeMessage,
  type StoredMessage,
  settleQueue,
  takeFirst,
} from './queueState.ts';
import type { ReceivedMessage } from './records.ts';

/** A message on its way to the dead-letter queue, as it was: same id, same time of sending, same attributes. */
export interface DeadLetter {
  readonly message: StoredMessage;
  readonly firstReceivedAtMs: Millis | null;
  readonly sourceArn: string;
  readonly rule: RuleId;
}

export interface QueueReceipt {
  readonly messages: readonly ReceivedMessage[];
  readonly deadLettered: readonly DeadLetter[];
}

/** The most that one receive returns (Amazon SQS API Reference, ReceiveMessage). */
export const MAX_RECEIVE = 10;

/**
 * Receives up to `max` messages (at most 10) and hides them for `visibilityMs`, by default the queue's own time. A FIFO
 * queue takes as many as it can of one group before it goes to the next; groups come in the order of their first message.
 */
export function receiveMessages(
  queue: QueueState,
  max: number,
  nowMs: Millis,
  visibilityMs: Millis = queue.options.visibilityTimeoutMs,
): QueueReceipt {
  settleQueue(queue, nowMs);
  const receipt = { messages: [] as ReceivedMessage[], deadLettered: [] as DeadLetter[] };
  const room = Math.min(max, MAX_RECEIVE, queue.options.inFlightLimit - queue.inFlight);
  while (receipt.messages.length < room) {
    const first = firstReceivable(queue);
    if (!first) break;
    if (queue.options.fifo) receiveGroup(queue, first, room, nowMs, visibilityMs, receipt);
    else {
      takeFirst(queue, first);
      receiveOne(queue, first, nowMs, visibilityMs, receipt);
    }
  }
  return receipt;
}

/** Why a message of a FIFO queue that was just received could not be received earlier. */
export interface HeldBack {
  readonly groupId: string;
  readonly fromMs: Millis;
  readonly untilMs: Millis;
  readonly rule: RuleId;
}

/**
 * Whether an earlier message of its group held a received message back, and for how long. To be asked right after the
 * receive, before the group goes on; undefined when nothing held it back.
 */
export function heldBack(queue: QueueState, messageId: string): HeldBack | undefined {
  const message = queue.messages.get(messageId);
  const group = message && queue.groups.get(groupIdOf(message));
  if (!message || !group || group.releasedAtMs <= message.waitedFromMs) return undefined;
  const rule = 'sqs.fifo-group-blocked-while-in-flight';
  return { groupId: groupIdOf(message), fromMs: message.waitedFromMs, untilMs: group.releasedAtMs, rule };
}

type OpenReceipt = { messages: ReceivedMessage[]; deadLettered: DeadLetter[] };

function receiveGroup(
  queue: QueueState,
  first: QueuedMessage,
  room: number,
  nowMs: Millis,
  visibilityMs: Millis,
  receipt: OpenReceipt,
): void {
  removeTop(queue.heads);
  let message: QueuedMessage | undefined = first;
  while (message?.place === 'waiting' && receipt.messages.length < room) {
    const next: string | null = message.next;
    receiveOne(queue, message, nowMs, visibilityMs, receipt);
    message = next === null ? undefined : queue.messages.get(next);
  }
}

function receiveOne(
  queue: QueueState,
  message: QueuedMessage,
  nowMs: Millis,
  visibilityMs: Millis,
  receipt: OpenReceipt,
): void {
  if (message.receives >= (queue.options.redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY)) {
    receipt.deadLettered.push(deadLetter(queue, message, nowMs));
    return;
  }
  message.receives++;
  message.receiveCount++;
  message.waitedFromMs = message.visibleAtMs;
  message.receivedAtMs = nowMs;
  message.firstReceivedAtMs ??= nowMs;
  hide(queue, message, 'in-flight', nowMs + visibilityMs);
  receipt.messages.push(received(queue, message));
}

function deadLetter(queue: QueueState, message: QueuedMessage, nowMs: Millis): DeadLetter {
  removeMessage(queue, message, nowMs);
  const { firstReceivedAtMs } = message;
  return { message, firstReceivedAtMs, sourceArn: queue.options.arn, rule: 'sqs.dead-lettered-after-max-receives' };
}

/** Without spreads, which are slow: this is made once per delivery. */
function received(queue: QueueState, message: QueuedMessage): ReceivedMessage {
  const { messageId, deadLetterSourceArn } = message;
  const made: { -readonly [K in keyof ReceivedMessage]: ReceivedMessage[K] } = {
    messageId,
    receiptHandle: `${messageId}#${message.receives}`,
    sent: message.sent,
    sentAtMs: message.sentAtMs,
    receiveCount: message.receiveCount,
    firstReceivedAtMs: message.firstReceivedAtMs ?? message.receivedAtMs,
    visibleAtMs: message.visibleAtMs,
  };
  if (queue.options.fifo) made.sequenceNumber = fifoSequenceNumber(message.ordinal);
  if (deadLetterSourceArn !== null) made.deadLetterSourceArn = deadLetterSourceArn;
  return made;
}
