/**
 * The message groups of a FIFO queue. A group is a chain of its messages in the order sent, linked by message id so
 * that the state stays flat and a message leaves the middle of a long group as cheaply as its end.
 *
 * 1. Only the first message of a group can make the group receivable: whatever hides it (a receive, a delay) blocks
 *    all that come after it. Earlier messages never wait for later ones.
 * 2. The heap `heads` holds each group's first message while that message is waiting; other entries are stale.
 */
import type { Millis } from '../vocabulary.ts';
import { pushHeap } from './lazyHeap.ts';
import type { QueuedMessage, QueueState } from './queueState.ts';

export interface FifoGroup {
  first: string;
  last: string;
  /** When a message of the group last stopped being in flight; -1 when none ever did. */
  releasedAtMs: Millis;
}

/** The group a message belongs to; every message of a FIFO queue has one. */
export function groupIdOf(message: QueuedMessage): string {
  return message.sent.groupId ?? '';
}

export function joinGroup(queue: QueueState, message: QueuedMessage): void {
  const groupId = groupIdOf(message);
  const group = queue.groups.get(groupId);
  if (!group) {
    queue.groups.set(groupId, { first: message.messageId, last: message.messageId, releasedAtMs: -1 });
    offer(queue, message);
    return;
  }
  message.previous = group.last;
  queue.messages.get(group.last)!.next = message.messageId;
  group.last = message.messageId;
}

/** A hidden message became visible. */
export function reappearInGroup(queue: QueueState, message: QueuedMessage): void {
  const group = queue.groups.get(groupIdOf(message));
  if (group?.first === message.messageId) offer(queue, message);
}

/** A message left the queue, so its group goes on with the next one. */
export function leaveGroup(queue: QueueState, message: QueuedMessage): void {
  const groupId = groupIdOf(message);
  const group = queue.groups.get(groupId);
  if (!group) return;
  const wasFirst = group.first === message.messageId;
  unlink(queue, group, message);
  if (!wasFirst) return;
  const first = queue.messages.get(group.first);
  if (first) offer(queue, first);
  else queue.groups.delete(groupId);
}

/** Notes when a message of the group stopped being in flight, for `heldBack`. */
export function releaseGroup(queue: QueueState, message: QueuedMessage, atMs: Millis): void {
  const group = queue.groups.get(groupIdOf(message));
  if (group) group.releasedAtMs = atMs;
}

/** Whether a message is the first of its group and waiting. */
export function isReceivableHead(queue: QueueState, message: QueuedMessage): boolean {
  return message.place === 'waiting' && queue.groups.get(groupIdOf(message))?.first === message.messageId;
}

/** Puts a group among the receivable ones if its first message is waiting. */
function offer(queue: QueueState, first: QueuedMessage): void {
  if (first.place !== 'waiting') return;
  pushHeap(queue.heads, first.ordinal, first, (entry) => isReceivableHead(queue, entry), queue.groups.size);
}

function unlink(queue: QueueState, group: FifoGroup, message: QueuedMessage): void {
  const { previous, next } = message;
  if (previous === null) group.first = next ?? '';
  else queue.messages.get(previous)!.next = next;
  if (next === null) group.last = previous ?? '';
  else queue.messages.get(next)!.previous = previous;
}
