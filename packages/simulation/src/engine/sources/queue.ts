/**
 * A queue in virtual time. Polls that find nothing wait; when something becomes visible, the lowest waiting slot is
 * answered first.
 */
import {
  acceptDeadLetter,
  createQueue,
  type DeadLetter,
  deleteMessage,
  expireQueue,
  heldBack,
  nextExpiryAt,
  nextVisibleAt,
  purgeQueue,
  type QueueState,
  type QueueTools,
  type ReceivedMessage,
  type RuleId,
  receiveMessages,
  type SendOutcome,
  type SentMessage,
  sendMessage,
} from '@millrace/semantics';
import type { QueueSourcePlan } from '../../scenario/plan.ts';
import type { Agenda, Entry } from '../agenda.ts';
import type { SlotCursor } from './slotCursor.ts';
import { WaitingSlots } from './slots.ts';

/** What the queue itself does to records, for the trace. */
export interface QueueEvents {
  expired(ordinals: readonly number[]): void;
  deadLettered(ordinal: number, letter: DeadLetter): void;
  heldBack(ordinal: number, rule: RuleId, data: Readonly<Record<string, unknown>>): void;
}

export class QueueRun {
  readonly plan: QueueSourcePlan;
  readonly state: QueueState;
  readonly agenda: Agenda;
  readonly ordinals: Map<string, number>;
  readonly waiting = new WaitingSlots<SlotCursor>();
  /** Where messages go that were received too often. */
  deadLetterQueue: QueueRun | undefined;
  /** Whether an enabled mapping reads it: only then does retention count (never on a dead-letter queue). */
  isRead: () => boolean = () => false;
  readonly #events: QueueEvents;
  readonly #tools: QueueTools;
  #wake: Entry | undefined;
  #wakeAtMs = 0;
  #serving = false;

  constructor(
    plan: QueueSourcePlan,
    agenda: Agenda,
    ordinals: Map<string, number>,
    tools: QueueTools,
    events: QueueEvents,
  ) {
    this.plan = plan;
    this.agenda = agenda;
    this.ordinals = ordinals;
    this.#tools = tools;
    this.#events = events;
    const { arn, visibilityTimeoutMs, retentionMs, delayMs, contentBasedDeduplication, redrive } = plan;
    this.state = createQueue({
      arn,
      fifo: plan.type === 'sqs-fifo',
      visibilityTimeoutMs,
      retentionMs: Number.isFinite(retentionMs) ? retentionMs : Number.MAX_SAFE_INTEGER,
      delayMs,
      contentBasedDeduplication,
      ...(redrive && { redrive: { maxReceiveCount: redrive.maxReceiveCount } }),
    });
  }

  send(message: SentMessage, ordinal: number): SendOutcome {
    const outcome = sendMessage(this.state, message, this.agenda.nowMs, this.#tools);
    if (outcome.kind === 'sent') this.ordinals.set(outcome.messageId, ordinal);
    return outcome;
  }

  /** Answers waiting polls as long as there is something for them; then looks when the next message appears. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    this.agenda.soon(() => {
      this.#serving = false;
      this.#serveNow();
    });
  }

  #serveNow(): void {
    const { nowMs } = this.agenda;
    const postponed: SlotCursor[] = [];
    while (this.waiting.size > 0 && nextVisibleAt(this.state, nowMs) === nowMs) {
      const cursor = this.waiting.take();
      if (!cursor) break;
      if (!cursor.mayReceiveAt(nowMs)) postponed.push(cursor);
      else if (!this.#receiveFor(cursor)) this.waiting.add(cursor);
    }
    for (const cursor of postponed) this.waiting.add(cursor);
    this.#reportExpired();
    this.#scheduleWake();
  }

  /** One receive; false when it only moved messages to the dead-letter queue. */
  #receiveFor(cursor: SlotCursor): boolean {
    const { nowMs } = this.agenda;
    const { max, visibilityMs } = cursor.wants();
    const receipt = receiveMessages(this.state, max, nowMs, visibilityMs);
    // Before what expired is followed by what stood behind it.
    this.#reportExpired();
    for (const letter of receipt.deadLettered) this.#deadLetter(letter);
    if (receipt.messages.length === 0) return false;
    if (this.state.options.fifo) for (const message of receipt.messages) this.#reportHeldBack(message);
    cursor.receive(receipt.messages);
    return true;
  }

  #reportHeldBack(message: ReceivedMessage): void {
    const held = heldBack(this.state, message.messageId);
    if (!held) return;
    const { rule, groupId, fromMs, untilMs } = held;
    this.#events.heldBack(this.ordinalOf(message.messageId), rule, { groupId, fromMs, untilMs });
  }

  #deadLetter(letter: DeadLetter): void {
    const ordinal = this.ordinalOf(letter.message.messageId);
    this.#events.deadLettered(ordinal, letter);
    if (!this.deadLetterQueue) return;
    acceptDeadLetter(this.deadLetterQueue.state, letter, this.agenda.nowMs);
    this.deadLetterQueue.serve();
  }

  /** Deletes messages; those that could not be deleted come back. */
  delete(receiptHandles: readonly string[]): { deleted: number[]; failed: { handle: string; rule?: RuleId }[] } {
    const deleted: number[] = [];
    const failed: { handle: string; rule?: RuleId }[] = [];
    for (const handle of receiptHandles) {
      const outcome = deleteMessage(this.state, handle, this.agenda.nowMs);
      if (outcome.kind === 'deleted') {
        deleted.push(this.ordinalOf(outcome.message.messageId));
        this.ordinals.delete(outcome.message.messageId);
      } else if (outcome.because !== 'gone') failed.push({ handle, rule: outcome.rule });
    }
    this.#reportExpired();
    this.serve();
    return { deleted, failed };
  }

  /** Removes every message (PurgeQueue); returns their ordinals. */
  purge(): { ordinals: number[]; rule: RuleId } {
    const { messages, rule } = purgeQueue(this.state, this.agenda.nowMs);
    const ordinals = messages.map((message) => this.ordinalOf(message.messageId));
    this.serve();
    return { ordinals, rule };
  }

  ordinalOf(messageId: string): number {
    return this.ordinals.get(messageId) ?? -1;
  }

  #reportExpired(): void {
    if (this.state.expired.length === 0) return;
    const expired = expireQueue(this.state, this.agenda.nowMs);
    this.#events.expired(expired.map((message) => this.ordinalOf(message.messageId)));
  }

  /** The next instant at which time alone changes what a waiting poll would find. */
  #scheduleWake(): void {
    const atMs = this.#nextChange();
    if (this.#wake && this.#wakeAtMs === atMs) return;
    if (this.#wake) this.agenda.cancel(this.#wake);
    this.#wake = undefined;
    if (atMs === undefined) return;
    this.#wakeAtMs = atMs;
    this.#wake = this.agenda.at(atMs, () => {
      this.#wake = undefined;
      this.#serveNow();
    });
  }

  #nextChange(): number | undefined {
    if (!this.isRead()) return undefined;
    const { nowMs } = this.agenda;
    const times = [this.#nextVisible(nowMs), nextExpiryAt(this.state)].filter((at) => at !== undefined && at > nowMs);
    return times.length === 0 ? undefined : Math.min(...(times as number[]));
  }

  #nextVisible(nowMs: number): number | undefined {
    const visible = nextVisibleAt(this.state, nowMs);
    if (visible !== nowMs) return visible;
    return this.waiting.size > 0 ? this.waiting.peek()?.earliestMs : undefined;
  }
}
