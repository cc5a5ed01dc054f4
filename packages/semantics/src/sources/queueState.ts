/**
 * An SQS queue, standard or FIFO, as plain data. The functions that change it are told the time, which never goes
 * back between two calls; each first brings the queue up to that time, so a late or extra call changes no answer.
 *
 * 1. A message is in exactly one place: waiting (it can be received, or is behind another of its FIFO group), delayed,
 *    in flight, or gone. Sent = deleted + dead-lettered + redriven + expired + purged + still there.
 * 2. Waiting messages of a standard queue are handed out in the order in which they became visible, then as sent.
 * 3. What retention removed is kept in `expired` until somebody asks for it, so that no call hides a loss.
 * 4. Each step touches only the messages it names: the rest sits in lines and lazy heaps.
 */
import type { Millis } from '../vocabulary.ts';
import { type FifoGroup, isReceivableHead, leaveGroup, reappearInGroup, releaseGroup } from './fifoGroups.ts';
import { createHeap, type LazyHeap, peekHeap, pushHeap, removeTop, topKey } from './lazyHeap.ts';
import { createLine, firstInLine, type Line, leaveLine } from './line.ts';
import type { SentMessage } from './records.ts';

export interface QueueOptions {
  readonly arn: string;
  readonly fifo: boolean;
  readonly visibilityTimeoutMs: Millis;
  readonly retentionMs: Millis;
  readonly delayMs: Millis;
  readonly redrive?: { readonly maxReceiveCount: number };
  readonly contentBasedDeduplication: boolean;
  /** How many messages may be in flight at once; a receive beyond that returns nothing. */
  readonly inFlightLimit: number;
}

/** A message as it lies in a queue. */
export interface StoredMessage {
  readonly messageId: string;
  readonly sent: SentMessage;
  readonly sentAtMs: Millis;
  /** Since when retention counts. A standard dead-letter queue keeps the original time, a FIFO one starts anew. */
  readonly enqueuedAtMs: Millis;
  /** Over all queues it has been in. */
  readonly receiveCount: number;
  readonly deadLetterSourceArn: string | null;
}

/** A stored message with what the queue itself needs to know. */
export interface QueuedMessage extends StoredMessage {
  readonly ordinal: number;
  place: 'waiting' | 'delayed' | 'in-flight' | 'gone';
  visibleAtMs: Millis;
  /** When it became visible before its latest receive. */
  waitedFromMs: Millis;
  receivedAtMs: Millis;
  firstReceivedAtMs: Millis | null;
  receiveCount: number;
  /** In this queue only; a handle names the receive it came from by this number. */
  receives: number;
  /** Neighbours in its FIFO group, by message id. */
  next: string | null;
  previous: string | null;
}

/** What a FIFO queue remembers of an accepted message for 5 minutes. */
export interface Deduplication {
  readonly key: string;
  readonly atMs: Millis;
  readonly messageId: string;
  readonly ordinal: number;
}

export interface QueueState {
  options: QueueOptions;
  messages: Map<string, QueuedMessage>;
  nextOrdinal: number;
  inFlight: number;
  delayed: number;
  /** Standard: never received and not delayed, as sent. */
  fresh: Line<QueuedMessage>;
  /** Standard: visible again, or after their delay, by the time at which they became visible. */
  returned: LazyHeap<QueuedMessage>;
  /** FIFO: first messages of groups, where they can be received, in queue order. */
  heads: LazyHeap<QueuedMessage>;
  groups: Map<string, FifoGroup>;
  /** Delayed and in flight, by the time at which they become visible. */
  hidden: LazyHeap<QueuedMessage>;
  byAge: LazyHeap<QueuedMessage>;
  expired: StoredMessage[];
  accepted: Map<string, Deduplication>;
  acceptedInOrder: Line<Deduplication>;
}

const SQS_DEFAULTS = {
  fifo: false,
  visibilityTimeoutMs: 30_000,
  retentionMs: 4 * 24 * 3_600_000,
  delayMs: 0,
  contentBasedDeduplication: false,
  inFlightLimit: 120_000,
};

/** An empty queue; what is not given is SQS's own default (Amazon SQS API Reference, CreateQueue; quotas). */
export function createQueue(options: Partial<QueueOptions> & { readonly arn: string }): QueueState {
  return {
    options: { ...SQS_DEFAULTS, ...options },
    messages: new Map(),
    nextOrdinal: 0,
    inFlight: 0,
    delayed: 0,
    fresh: createLine(),
    returned: createHeap(),
    heads: createHeap(),
    groups: new Map(),
    hidden: createHeap(),
    byAge: createHeap(),
    expired: [],
    accepted: new Map(),
    acceptedInOrder: createLine(),
  };
}

/** Brings the queue up to a time: retention first, then what becomes visible. */
export function settleQueue(queue: QueueState, nowMs: Millis): void {
  removeExpired(queue, nowMs);
  for (let top = peekHeap(queue.hidden, isHidden); top && topKey(queue.hidden)! <= nowMs; ) {
    removeTop(queue.hidden);
    reappear(queue, top);
    top = peekHeap(queue.hidden, isHidden);
  }
}

/** Hides a message until a time, as delayed or as in flight. */
export function hide(queue: QueueState, message: QueuedMessage, place: 'delayed' | 'in-flight', untilMs: Millis): void {
  uncount(queue, message);
  message.place = place;
  message.visibleAtMs = untilMs;
  if (place === 'delayed') queue.delayed++;
  else queue.inFlight++;
  pushHeap(queue.hidden, untilMs, message, isHidden, queue.inFlight + queue.delayed);
}

/** Takes a message out of the queue for good. */
export function removeMessage(queue: QueueState, message: QueuedMessage, nowMs: Millis): void {
  leavePlace(queue, message, nowMs);
  message.place = 'gone';
  queue.messages.delete(message.messageId);
  if (queue.options.fifo) leaveGroup(queue, message);
}

/** What retention has removed since the last call. */
export function expireQueue(queue: QueueState, nowMs: Millis): StoredMessage[] {
  removeExpired(queue, nowMs);
  const expired = queue.expired;
  queue.expired = [];
  return expired;
}

/** When retention will next remove a message; never, when the queue is empty. */
export function nextExpiryAt(queue: QueueState): Millis | undefined {
  const oldest = peekHeap(queue.byAge, isThere);
  return oldest && oldest.enqueuedAtMs + queue.options.retentionMs;
}

/**
 * The earliest time, not before now, at which a receive may return or dead-letter something unless more is sent or
 * deleted. Never too late; too early only where an earlier message of the same FIFO group stays hidden for longer, or
 * where retention removes a message that nothing waits for. (What is blocked may be freed by an expiry.)
 */
export function nextVisibleAt(queue: QueueState, nowMs: Millis): Millis | undefined {
  settleQueue(queue, nowMs);
  const full = queue.inFlight >= queue.options.inFlightLimit;
  if (!full && firstReceivable(queue)) return nowMs;
  const visibleAtMs = peekHeap(queue.hidden, isHidden) && topKey(queue.hidden);
  if (queue.messages.size === queue.inFlight + queue.delayed) return visibleAtMs;
  const expiresAtMs = nextExpiryAt(queue);
  return expiresAtMs === undefined ? visibleAtMs : Math.min(visibleAtMs ?? expiresAtMs, expiresAtMs);
}

export interface QueueCounts {
  /** ApproximateNumberOfMessages: neither in flight nor delayed. */
  readonly visible: number;
  /** ApproximateNumberOfMessagesNotVisible. */
  readonly inFlight: number;
  /** ApproximateNumberOfMessagesDelayed. */
  readonly delayed: number;
  /** FIFO: groups that have a message; 0 for a standard queue. */
  readonly activeGroups: number;
}

export function countQueue(queue: QueueState, nowMs: Millis): QueueCounts {
  settleQueue(queue, nowMs);
  const { inFlight, delayed } = queue;
  return { visible: queue.messages.size - inFlight - delayed, inFlight, delayed, activeGroups: queue.groups.size };
}

/** The message that a receive would take first. */
export function firstReceivable(queue: QueueState): QueuedMessage | undefined {
  if (queue.options.fifo) return peekHeap(queue.heads, (message) => isReceivableHead(queue, message));
  const fresh = firstFresh(queue);
  const returned = peekHeap(queue.returned, isReturned);
  if (!fresh || !returned) return fresh ?? returned;
  return wasVisibleBefore(returned, fresh) ? returned : fresh;
}

/** Takes the standard queue's first receivable message out of its line or heap. */
export function takeFirst(queue: QueueState, first: QueuedMessage): void {
  if (firstInLine(queue.fresh) === first) leaveLine(queue.fresh);
  else removeTop(queue.returned);
}

export function isThere(message: QueuedMessage): boolean {
  return message.place !== 'gone';
}

function removeExpired(queue: QueueState, nowMs: Millis): void {
  for (;;) {
    const oldest = peekHeap(queue.byAge, isThere);
    if (!oldest || oldest.enqueuedAtMs + queue.options.retentionMs > nowMs) return;
    removeTop(queue.byAge);
    removeMessage(queue, oldest, nowMs);
    queue.expired.push(oldest);
  }
}

function reappear(queue: QueueState, message: QueuedMessage): void {
  leavePlace(queue, message, message.visibleAtMs);
  message.place = 'waiting';
  if (queue.options.fifo) reappearInGroup(queue, message);
  else pushHeap(queue.returned, message.visibleAtMs, message, isReturned, queue.messages.size);
}

function leavePlace(queue: QueueState, message: QueuedMessage, atMs: Millis): void {
  if (queue.options.fifo && message.place === 'in-flight') releaseGroup(queue, message, atMs);
  uncount(queue, message);
}

function uncount(queue: QueueState, message: QueuedMessage): void {
  if (message.place === 'in-flight') queue.inFlight--;
  if (message.place === 'delayed') queue.delayed--;
}

function firstFresh(queue: QueueState): QueuedMessage | undefined {
  let first = firstInLine(queue.fresh);
  while (first && !isThere(first)) {
    leaveLine(queue.fresh);
    first = firstInLine(queue.fresh);
  }
  return first;
}

function isHidden(message: QueuedMessage, key: number): boolean {
  return message.visibleAtMs === key && (message.place === 'in-flight' || message.place === 'delayed');
}

function isReturned(message: QueuedMessage, key: number): boolean {
  return message.visibleAtMs === key && message.place === 'waiting';
}

function wasVisibleBefore(one: QueuedMessage, other: QueuedMessage): boolean {
  return one.visibleAtMs < other.visibleAtMs || (one.visibleAtMs === other.visibleAtMs && one.ordinal < other.ordinal);
}
