/**
 * A polling slot: one receive at a time, as the core orders it. Messages are held from the receive to their release.
 *
 * 1. A fetch is answered once: with messages, with nothing at its time limit, or never when it was withdrawn.
 * 2. A queue that cannot be read is asked again with growing pauses; the slot itself never fails.
 */
import { type ItemIdentifier, recordsEvent, type SqsEventContext, sqsEntry, sqsEntryBytes } from '@millrace/aws-shapes';
import type { Acknowledged, Clock, PollerEvents, PollerSource } from '@millrace/runtime';
import {
  type DeadLetter,
  decodedText,
  type FetchOrder,
  type FilterView,
  type PolledRecord,
  type Position,
  type ReceivedMessage,
} from '@millrace/semantics';
import { type QueueClient, QueueUnavailable } from './client.ts';

import type { Deletes } from './deletes.ts';

/** The longest that one receive waits. */
const LONG_POLL_MS = 20_000;
/** A receive that is still open after this found an empty queue. */
const EMPTY_AFTER_MS = 100;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

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
  readonly clock: Clock;
  readonly events: PollerEvents;
}

export class Slot implements PollerSource {
  readonly #options: SlotOptions;
  readonly #held = new Map<Position, ReceivedMessage>();
  #fetch: { readonly id: number; readonly abort: AbortController } | undefined;
  #failures = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  fetch(order: FetchOrder): void {
    const abort = new AbortController();
    this.#fetch = { id: order.id, abort };
    void this.#run(order, abort.signal);
  }

  withdraw(id: number): void {
    if (this.#fetch?.id !== id) return;
    this.#fetch.abort.abort();
    this.#fetch = undefined;
  }

  async #run(order: FetchOrder, signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#options;
    if (order.notBefore > clock.now()) await clock.until(order.notBefore, signal);
    while (!signal.aborted) {
      const waitMs = Math.min(LONG_POLL_MS, (order.untilMs ?? Number.POSITIVE_INFINITY) - clock.now());
      const messages = waitMs > 0 ? await this.#receive(order, waitMs, signal) : [];
      if (signal.aborted && messages.length === 0) return;
      const isOver = order.untilMs !== undefined && clock.now() >= order.untilMs;
      if (messages.length === 0 && !isOver) continue;
      this.#fetch = undefined;
      this.#deliver(order, messages, events);
      return;
    }
  }

  /** One receive; nothing when the queue is empty or cannot be read. */
  async #receive(order: FetchOrder, waitMs: number, signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const { client, clock, events } = this.#options;
    const isHeld = this.#held.size > 0;
    const waits = isHeld ? undefined : clock.at(clock.now() + EMPTY_AFTER_MS, () => events.waits());
    try {
      const request = { max: order.maxRecords, visibilityMs: order.visibilityMs, waitMs, signal };
      const { messages, deadLettered } = await client.receive(request);
      if (this.#failures > 0) events.recovered();
      this.#failures = 0;
      if (deadLettered.length > 0) events.deadLettered(deadLettered.map(letterOf));
      return messages;
    } catch (error) {
      if (!signal.aborted) await this.#pause(error, signal);
      return [];
    } finally {
      waits?.cancel();
    }
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#options;
    if (!(error instanceof QueueUnavailable)) throw error;
    events.troubled(error.message);
    this.#failures += 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10));
    await clock.until(clock.now() + pauseMs, signal);
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
    const kept = await this.#options.deletes.delete(positions as readonly string[]);
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
    return recordsEvent(positions.map((position) => sqsEntry(this.#message(position), context)));
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

  async close(): Promise<void> {
    this.#fetch?.abort.abort();
    this.#fetch = undefined;
  }
}

function letterOf({ message, rule }: DeadLetter) {
  return { name: message.messageId, receiveCount: message.receiveCount, rule };
}
