/**
 * A polling slot: answers the fetches of its poller, one at a time, from the receives of its queue. Messages are held from
 * the answer to their release.
 *
 * 1. A fetch is answered once: with messages, with nothing at its time limit, or never when it was withdrawn.
 * 2. The slot never fails: what is wrong with its queue is told, and tried again.
 */
import { hash } from 'node:crypto';
import { type ItemIdentifier, recordsEvent, type SqsEventContext, sqsEntry, sqsEntryBytes } from '@millrace/aws-shapes';
import type { Acknowledged, Clock, PollerEvents, PollerSource } from '@millrace/runtime';
import {
  decodedText,
  type FetchOrder,
  type FilterView,
  type Millis,
  type PolledRecord,
  type Position,
  type ReceivedMessage,
} from '@millrace/semantics';
import type { QueueClient } from './client.ts';
import type { Deletes } from './deletes.ts';
import { type QueueHealth, Receiver } from './receiver.ts';

/** The longest that one receive waits. */
const LONG_POLL_MS = 20_000;
/** A receive that is still open after this found an empty queue. */
const EMPTY_AFTER_MS = 100;

class MessagePolled implements PolledRecord {
  readonly position: string;
  readonly lane: string;
  readonly arrivalMs: number;
  readonly encodedBytes: number;
  seq: number;
  finished: boolean;
  readonly #message: ReceivedMessage;
  readonly #context: SqsEventContext;

  constructor(message: ReceivedMessage, context: SqsEventContext, fifo: boolean) {
    this.position = message.receiptHandle;
    this.lane = fifo ? (message.sent.groupId ?? '') : '';
    this.arrivalMs = message.sentAtMs;
    this.encodedBytes = sqsEntryBytes(message, context);
    this.seq = 0;
    this.finished = false;
    this.#message = message;
    this.#context = context;
  }

  view(): FilterView {
    const { body: _, ...metadata } = sqsEntry(this.#message, this.#context);
    return { metadata, data: { body: decodedText(this.#message.sent.body) } };
  }
}

export interface SlotOptions {
  readonly client: QueueClient;
  readonly deletes: Deletes;
  readonly context: SqsEventContext;
  readonly fifo: boolean;
  readonly deadLetterQueue: string | undefined;
  readonly clock: Clock;
  readonly health: QueueHealth;
  readonly events: PollerEvents;
}

export class Slot implements PollerSource {
  readonly #options: SlotOptions;
  readonly #held = new Map<Position, ReceivedMessage>();
  readonly #receiver: Receiver;
  #fetch: FetchOrder | undefined;
  #wake: (() => void) | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
    const { client, clock, health, events, deadLetterQueue } = options;
    const ended = () => {
      this.#wake?.();
      return this.#fetch !== undefined;
    };
    this.#receiver = new Receiver({ client, clock, health, events, deadLetterQueue, ended });
  }

  fetch(order: FetchOrder): void {
    this.#fetch = order;
    void this.#answer(order);
  }

  withdraw(id: number): void {
    if (this.#fetch?.id !== id) return;
    this.#fetch = undefined;
    this.#receiver.unwanted();
    this.#wake?.();
  }

  async #answer(order: FetchOrder): Promise<void> {
    const { clock, events } = this.#options;
    while (this.#fetch === order) {
      const now = clock.now();
      const messages = now < order.notBefore ? [] : this.#receiver.take(order.maxRecords);
      if (messages.length === 0 && now < (order.untilMs ?? Number.POSITIVE_INFINITY)) {
        await this.#look(order, now);
        continue;
      }
      this.#fetch = undefined;
      this.#deliver(order, messages, events);
    }
  }

  /** Resolves when it may be worth another look. */
  async #look(order: FetchOrder, now: Millis): Promise<void> {
    const { clock, events } = this.#options;
    const { maxRecords, visibilityMs, untilMs = Number.POSITIVE_INFINITY } = order;
    const earliestMs = Math.max(order.notBefore, this.#receiver.notBeforeMs);
    if (earliestMs > now) return this.#wait(Math.min(earliestMs, untilMs));
    this.#receiver.ask(maxRecords, visibilityMs, Math.min(LONG_POLL_MS, untilMs - now));
    // Whoever holds messages gathers more for its window; only empty hands show that there are too many slots.
    const waits = this.#held.size > 0 ? undefined : clock.at(now + EMPTY_AFTER_MS, () => events.waits());
    await this.#wait(order.untilMs);
    waits?.cancel();
  }

  #wait(untilMs: Millis | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = untilMs === undefined ? undefined : this.#options.clock.at(untilMs, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        timer?.cancel();
        resolve();
      };
    });
  }

  #deliver(order: FetchOrder, messages: readonly ReceivedMessage[], events: PollerEvents): void {
    const { context, fifo } = this.#options;
    const records: PolledRecord[] = [];
    let visibleAtMs: number | undefined;
    for (const message of messages) {
      this.#held.set(message.receiptHandle, message);
      records.push(new MessagePolled(message, context, fifo));
      visibleAtMs = Math.min(visibleAtMs ?? message.visibleAtMs, message.visibleAtMs);
    }
    events.tell({ what: 'fetched', id: order.id, records, visibleAtMs });
  }

  async acknowledge(positions: readonly Position[]): Promise<Acknowledged> {
    let untilMs = 0;
    for (const position of positions) untilMs = Math.max(untilMs, this.#held.get(position)?.visibleAtMs ?? 0);
    const kept = await this.#options.deletes.delete(positions as readonly string[], untilMs);
    return { failed: kept.map(({ receiptHandle, rule }) => ({ position: receiptHandle, rule })) };
  }

  release(positions: readonly Position[]): void {
    for (const position of positions) this.#held.delete(position);
  }

  #message(position: Position): ReceivedMessage {
    const message = this.#held.get(position);
    if (!message) throw new Error(`message ${position} is not held by its slot`);
    return message;
  }

  event(positions: readonly Position[]): unknown {
    const { context } = this.#options;
    return recordsEvent(positions.map((position) => sqsEntry(withDigest(this.#message(position)), context)));
  }

  identifiers(positions: readonly Position[]): ItemIdentifier[] {
    return positions.map((position) => this.#message(position).messageId);
  }

  names(positions: readonly Position[]): string[] {
    return positions.map((position) => this.#message(position).messageId);
  }

  laneName(lane: string): string {
    return lane;
  }

  failure(): undefined {
    return undefined;
  }

  close(): Promise<void> {
    this.#fetch = undefined;
    this.#wake?.();
    return this.#receiver.close();
  }
}

/** Where the queue has not said it, its MD5 is made by Node: quicker than the rules can, which run in browsers too. */
function withDigest(message: ReceivedMessage): ReceivedMessage {
  const noted: { md5OfBody?: string } = message;
  noted.md5OfBody ??= hash('md5', message.sent.body);
  return message;
}
