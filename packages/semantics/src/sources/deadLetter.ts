/**
 * The dead-letter queue's side: messages come in from the queue that gave them up, and go back by a message move task.
 *
 * 1. Into a dead-letter queue: same message id, time of sending and attributes; receives are counted on over all
 *    queues, but maxReceiveCount counts those of one queue. A standard queue keeps the time from which retention
 *    counts, a FIFO queue starts it anew and takes the message id as deduplication id, so that two messages that once
 *    shared one are both kept (Amazon SQS Developer Guide, dead-letter queue retention; dead-letter queue redrive).
 * 2. Back out of it: a new message with a new id, a new time of sending and no receives (same guide, redrive).
 */
import type { Millis } from '../vocabulary.ts';
import { removeTop } from './lazyHeap.ts';
import type { DeadLetter } from './queueReceive.ts';
import { enqueue, type QueueTools, type SendOutcome, sendMessage } from './queueSend.ts';
import {
  firstReceivable,
  type QueueState,
  removeMessage,
  type StoredMessage,
  settleQueue,
  takeFirst,
} from './queueState.ts';
import type { SentMessage } from './records.ts';

/** Takes in a message that another queue gave up. It is visible at once. */
export function acceptDeadLetter(queue: QueueState, letter: DeadLetter, nowMs: Millis): void {
  settleQueue(queue, nowMs);
  const { messageId, sent, sentAtMs, enqueuedAtMs, receiveCount } = letter.message;
  const message = {
    messageId,
    sent: queue.options.fifo ? { ...sent, dedupId: messageId } : sent,
    sentAtMs,
    enqueuedAtMs: queue.options.fifo ? nowMs : enqueuedAtMs,
    receiveCount,
    firstReceivedAtMs: letter.firstReceivedAtMs,
    deadLetterSourceArn: letter.sourceArn,
  };
  enqueue(queue, message, 0, nowMs);
}

/** Takes up to `max` waiting messages out of a dead-letter queue, oldest first, to be moved elsewhere. */
export function takeForMove(queue: QueueState, max: number, nowMs: Millis): StoredMessage[] {
  settleQueue(queue, nowMs);
  const taken: StoredMessage[] = [];
  while (taken.length < max) {
    const first = firstReceivable(queue);
    if (!first) break;
    if (queue.options.fifo) removeTop(queue.heads);
    else takeFirst(queue, first);
    removeMessage(queue, first, nowMs);
    taken.push(first);
  }
  return taken;
}

/** Takes in a message that was moved out of a dead-letter queue, as a new message. Its own delay does not count again. */
export function acceptMoved(queue: QueueState, moved: StoredMessage, nowMs: Millis, tools: QueueTools): SendOutcome {
  const { delayMs: _, ...sent } = moved.sent;
  return sendMessage(queue, sent satisfies SentMessage, nowMs, tools);
}
