/**
 * What happens to a message after it was received: delete, change of visibility, purge. A receipt handle names one
 * receive of one message; what a handle is still good for is decided here.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import { createHeap } from './lazyHeap.ts';
import { createLine } from './line.ts';
import {
  hide,
  type QueuedMessage,
  type QueueState,
  removeMessage,
  type StoredMessage,
  settleQueue,
} from './queueState.ts';

export type DeleteOutcome =
  | { readonly kind: 'deleted'; readonly message: StoredMessage }
  /** SQS answers success, but nothing was deleted: the message was received again since, or is gone already. */
  | { readonly kind: 'ignored'; readonly because: 'received-again'; readonly rule: RuleId }
  | { readonly kind: 'ignored'; readonly because: 'gone' }
  /** FIFO: InvalidParameterValue, the receipt handle has expired. */
  | { readonly kind: 'refused'; readonly because: 'expired'; readonly rule: RuleId };

export type VisibilityOutcome =
  | { readonly kind: 'changed'; readonly visibleAtMs: Millis }
  /**
   * `gone` (deleted, or never was): InvalidParameterValue. `not-in-flight` (visible again, or received again since):
   * MessageNotInflight. `beyond-limit`: InvalidParameterValue, more than 12 hours after the receive.
   */
  | { readonly kind: 'refused'; readonly because: 'gone' | 'not-in-flight' | 'beyond-limit' };

/** The longest that one receive can hide a message (Amazon SQS API Reference, ChangeMessageVisibility). */
export const MAX_VISIBILITY_MS = 12 * 3_600_000;

/**
 * Deletes the message that a handle names (DeleteMessage). On a standard queue the latest handle still deletes after
 * its visibility timeout; on a FIFO queue it does not.
 */
export function deleteMessage(queue: QueueState, receiptHandle: string, nowMs: Millis): DeleteOutcome {
  settleQueue(queue, nowMs);
  const { message, receive } = named(queue, receiptHandle);
  if (!message) return { kind: 'ignored', because: 'gone' };
  const isLatest = message.receives === receive;
  if (queue.options.fifo && !(isLatest && message.place === 'in-flight')) {
    return { kind: 'refused', because: 'expired', rule: 'sqs.fifo-expired-handle-refused' };
  }
  if (!isLatest) return { kind: 'ignored', because: 'received-again', rule: 'sqs.stale-handle-deletes-nothing' };
  removeMessage(queue, message, nowMs);
  return { kind: 'deleted', message };
}

/** Hides a message in flight for this long from now; 0 makes it visible at once (ChangeMessageVisibility). */
export function changeVisibility(
  queue: QueueState,
  receiptHandle: string,
  visibilityMs: Millis,
  nowMs: Millis,
): VisibilityOutcome {
  settleQueue(queue, nowMs);
  const { message, receive } = named(queue, receiptHandle);
  if (!message) return { kind: 'refused', because: 'gone' };
  if (message.place !== 'in-flight' || message.receives !== receive) {
    return { kind: 'refused', because: 'not-in-flight' };
  }
  const visibleAtMs = nowMs + visibilityMs;
  if (visibleAtMs > message.receivedAtMs + MAX_VISIBILITY_MS) return { kind: 'refused', because: 'beyond-limit' };
  hide(queue, message, 'in-flight', visibleAtMs);
  return { kind: 'changed', visibleAtMs };
}

export interface Purged {
  readonly messages: readonly StoredMessage[];
  readonly rule: RuleId;
}

/** Removes every message (PurgeQueue). What retention removed before stays to be asked for; deduplication goes on. */
export function purgeQueue(queue: QueueState, nowMs: Millis): Purged {
  settleQueue(queue, nowMs);
  const messages = [...queue.messages.values()];
  for (const message of messages) message.place = 'gone';
  queue.messages = new Map();
  queue.groups = new Map();
  queue.inFlight = 0;
  queue.delayed = 0;
  queue.fresh = createLine();
  queue.returned = createHeap();
  queue.heads = createHeap();
  queue.hidden = createHeap();
  queue.byAge = createHeap();
  return { messages, rule: 'sqs.purged' };
}

function named(queue: QueueState, receiptHandle: string): { message: QueuedMessage | undefined; receive: number } {
  const cut = receiptHandle.lastIndexOf('#');
  return { message: queue.messages.get(receiptHandle.slice(0, cut)), receive: Number(receiptHandle.slice(cut + 1)) };
}
