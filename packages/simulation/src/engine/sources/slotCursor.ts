/** A polling slot of a queue mapping. */
import { type ItemIdentifier, recordsEvent, type SqsEventContext, sqsEntry, sqsEntryBytes } from '@millrace/aws-shapes';
import {
  decodedText,
  type FetchOrder,
  type FilterView,
  type PolledRecord,
  type Position,
  type ReceivedMessage,
} from '@millrace/semantics';
import type { Entry } from '../agenda.ts';
import type { Cursor, Deliver } from './cursor.ts';
import { parsedText } from './decode.ts';
import type { QueueRun } from './queue.ts';

class MessagePolled implements PolledRecord {
  readonly position: string;
  readonly lane: string;
  readonly arrivalMs: number;
  readonly encodedBytes: number;
  seq = 0;
  finished = false;
  readonly #message: ReceivedMessage;
  readonly #context: SqsEventContext;

  constructor(message: ReceivedMessage, context: SqsEventContext, fifo: boolean) {
    this.position = message.receiptHandle;
    this.lane = fifo ? (message.sent.groupId ?? '') : '';
    this.arrivalMs = message.sentAtMs;
    this.encodedBytes = sqsEntryBytes(message, context);
    this.#message = message;
    this.#context = context;
  }

  view(): FilterView {
    const { body: _, ...metadata } = sqsEntry(this.#message, this.#context);
    return { metadata, data: { body: decodedText(this.#message.sent.body) } };
  }
}

export class SlotCursor implements Cursor {
  readonly slot: number;
  readonly #queue: QueueRun;
  readonly #context: SqsEventContext;
  readonly #deliver: Deliver;
  readonly #onWait: () => void;
  readonly #held = new Map<Position, ReceivedMessage>();
  #order: FetchOrder | undefined;
  #limit: Entry | undefined;
  #rate: Entry | undefined;

  constructor(slot: number, queue: QueueRun, context: SqsEventContext, deliver: Deliver, onWait: () => void) {
    this.slot = slot;
    this.#queue = queue;
    this.#context = context;
    this.#deliver = deliver;
    this.#onWait = onWait;
  }

  fetch(order: FetchOrder): void {
    this.#order = order;
    this.#queue.waiting.add(this);
    if (order.untilMs !== undefined) this.#limit = this.#queue.agenda.at(order.untilMs, () => this.#giveUp(order));
    if (order.notBefore > this.#queue.agenda.nowMs) this.#postpone(order.notBefore);
    this.#queue.serve();
    this.#queue.agenda.soon(() => this.#queue.agenda.soon(() => this.#sayWaiting(order)));
  }

  /** A rate limit holds the receive back: it is tried again as soon as it may. */
  #postpone(untilMs: number): void {
    const { agenda } = this.#queue;
    this.#rate = agenda.at(untilMs, () => this.#queue.serve(), { passive: true });
  }

  /** Still unanswered after everything of this instant that could answer it. */
  #sayWaiting(order: FetchOrder): void {
    if (this.#order?.id === order.id && this.#held.size === 0) this.#onWait();
  }

  get earliestMs(): number {
    return this.#order?.notBefore ?? 0;
  }

  mayReceiveAt(nowMs: number): boolean {
    return this.#order !== undefined && nowMs >= this.#order.notBefore;
  }

  wants(): { max: number; visibilityMs: number | undefined } {
    return { max: this.#order?.maxRecords ?? 0, visibilityMs: this.#order?.visibilityMs };
  }

  receive(messages: readonly ReceivedMessage[]): void {
    const order = this.#order;
    if (!order) return;
    this.#forgetOrder();
    const fifo = this.#queue.state.options.fifo;
    for (const message of messages) this.#held.set(message.receiptHandle, message);
    const records = messages.map((message) => new MessagePolled(message, this.#context, fifo));
    const visibleAtMs = Math.min(...messages.map((message) => message.visibleAtMs));
    this.#deliver({ what: 'fetched', id: order.id, records, visibleAtMs });
  }

  #giveUp(order: FetchOrder): void {
    if (this.#order?.id !== order.id) return;
    this.#limit = undefined;
    this.#forgetOrder();
    this.#deliver({ what: 'fetched', id: order.id, records: [] });
  }

  withdraw(id: number): void {
    if (this.#order?.id === id) this.#forgetOrder();
  }

  #forgetOrder(): void {
    this.#order = undefined;
    this.#queue.waiting.remove(this);
    for (const entry of [this.#limit, this.#rate]) if (entry) this.#queue.agenda.cancel(entry);
    this.#limit = undefined;
    this.#rate = undefined;
  }

  #message(position: Position): ReceivedMessage {
    const message = this.#held.get(position);
    if (!message) throw new Error(`message ${position} is not held by slot ${this.slot}`);
    return message;
  }

  /** The poller has finished with these, one way or the other. */
  drop(positions: readonly Position[]): void {
    for (const position of positions) this.#held.delete(position);
  }

  ordinals(positions: readonly Position[]): number[] {
    return positions.map((position) => this.#queue.ordinalOf(this.#message(position).messageId));
  }

  /** Ordinals and ids by position, for what is settled after the messages may be gone. */
  event(positions: readonly Position[]): unknown {
    return recordsEvent(positions.map((position) => sqsEntry(this.#message(position), this.#context)));
  }

  identifiers(positions: readonly Position[]): ItemIdentifier[] {
    return positions.map((position) => this.#message(position).messageId);
  }

  decoded(position: Position): unknown {
    const entry = sqsEntry(this.#message(position), this.#context);
    return { ...entry, body: parsedText(entry.body) };
  }

  failure(): undefined {
    return undefined;
  }

  laneName(lane: string): string {
    return lane;
  }

  lastArrivalMs(): undefined {
    return undefined;
  }

  close(): void {
    this.#forgetOrder();
  }
}
