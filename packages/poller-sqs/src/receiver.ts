/**
 * The receives of one slot, and what they brought that nobody has taken yet.
 *
 * 1. One receive is on its way at a time.
 * 2. A receive that nobody wants any more is ended only where that hides no message. Elsewhere (over HTTP) the queue may
 *    have handed messages out already: it goes on, and what it brings is kept for the next fetch. Received again and again
 *    without being seen, messages would end in a dead-letter queue that they do not belong in.
 * 3. What nobody takes within KEPT_MS, and what is left at the end, is given back to the queue.
 * 4. A queue that cannot be read is asked again with growing pauses, one that answers too soon with short ones.
 */
import { type Clock, type LostMessage, type PollerEvents, type Timer, within } from '@millrace/runtime';
import { causeText, type DeadLetter, type Millis, type ReceivedMessage } from '@millrace/semantics';
import type { QueueClient, Received, ReceiveRequest } from './client.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** Between receives of which the queue answers each at once with nothing, however long it may wait. */
const SHORT_POLL_MS = 100;
const KEPT_MS = 1000;
/** So long after it was asked, a queue that had messages would have answered. */
const ANSWERS_WITHIN_MS = 300;
/** The longest that closing waits for a queue that does not answer. */
const CLOSES_WITHIN_MS = 1000;

const NOTHING: readonly ReceivedMessage[] = [];

/** Whether the queue of a mapping could be read when a slot last tried; all of its slots share it. */
export interface QueueHealth {
  troubled: boolean;
}

export interface ReceiverOptions {
  readonly client: QueueClient;
  readonly clock: Clock;
  readonly health: QueueHealth;
  readonly events: PollerEvents;
  readonly deadLetterQueue: string | undefined;
  /** A receive has ended. Answers whether anybody waits for what it brought. */
  readonly ended: () => boolean;
}

interface OpenReceive {
  readonly askedMs: Millis;
  closed?: () => void;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  #open: OpenReceive | undefined;
  /** Ends the receive that is on its way; the next ones have it too until it was used. Making one costs a part of a receive. */
  #abort = new AbortController();
  #kept: readonly ReceivedMessage[] = NOTHING;
  #givesBack: Timer | undefined;
  #failures = 0;
  /** Asks nothing before. */
  notBeforeMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** What is there, up to so many. */
  take(max: number): readonly ReceivedMessage[] {
    const some = this.#kept;
    if (some.length <= max) {
      this.#keep(NOTHING);
      return some;
    }
    this.#keep(some.slice(max));
    return some.slice(0, max);
  }

  /** Asks the queue, unless a receive is on its way. */
  ask(max: number, visibilityMs: Millis | undefined, waitMs: Millis): void {
    if (this.#open) return;
    const open: OpenReceive = { askedMs: this.#options.clock.now() };
    this.#open = open;
    if (this.#abort.signal.aborted) this.#abort = new AbortController();
    const { events, deadLetterQueue } = this.#options;
    const onDeadLetters = (letters: readonly DeadLetter[]) =>
      events.deadLettered(letters.map((letter) => lost(letter, deadLetterQueue)));
    void this.#receive({ max, visibilityMs, waitMs, signal: this.#abort.signal, onDeadLetters }, open);
  }

  /** Nobody waits for it any more. */
  unwanted(): void {
    if (this.#open && this.#options.client.endsCleanly) this.#abort.abort();
    this.#keep(this.#kept);
  }

  async close(): Promise<void> {
    const { client, clock } = this.#options;
    const open = this.#open;
    if (open) {
      const ended = new Promise<void>((resolve) => {
        open.closed = resolve;
      });
      if (!client.endsCleanly) await within(ended, open.askedMs + ANSWERS_WITHIN_MS - clock.now(), clock);
      this.#abort.abort();
      await within(ended, CLOSES_WITHIN_MS, clock);
    }
    await within(this.#giveBack(), CLOSES_WITHIN_MS, clock);
  }

  async #receive(request: ReceiveRequest, open: OpenReceive): Promise<void> {
    const { client, ended } = this.#options;
    try {
      this.#received(await client.receive(request), request, open.askedMs);
    } catch (error) {
      if (!request.signal.aborted) this.#failed(error);
    }
    this.#open = undefined;
    const isWanted = ended();
    if (!isWanted) this.#keep(this.#kept);
    open.closed?.();
  }

  #received({ messages }: Received, { waitMs, signal }: ReceiveRequest, askedMs: Millis): void {
    const { clock, events, health } = this.#options;
    this.#failures = 0;
    if (health.troubled) {
      health.troubled = false;
      events.recovered();
    }
    if (messages.length > 0) {
      this.#kept = this.#kept.length > 0 ? [...this.#kept, ...messages] : messages;
    } else if (!signal.aborted && clock.now() - askedMs < Math.min(waitMs, SHORT_POLL_MS)) {
      this.notBeforeMs = askedMs + SHORT_POLL_MS;
    }
  }

  #failed(error: unknown): void {
    const { clock, events, health } = this.#options;
    health.troubled = true;
    events.troubled(causeText(error));
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.notBeforeMs = clock.now() + pauseMs;
  }

  /** Keeps these for whoever comes in time. */
  #keep(messages: readonly ReceivedMessage[]): void {
    this.#kept = messages;
    if (messages.length === 0) {
      this.#givesBack?.cancel();
      this.#givesBack = undefined;
    } else if (!this.#givesBack) {
      const { clock } = this.#options;
      this.#givesBack = clock.at(clock.now() + KEPT_MS, () => void this.#giveBack());
    }
  }

  /** What cannot be given back comes back by visibility. */
  async #giveBack(): Promise<void> {
    const handles = this.#kept.map(({ receiptHandle }) => receiptHandle);
    this.#keep(NOTHING);
    if (handles.length > 0) await this.#options.client.giveBack(handles).catch(() => {});
  }
}

function lost({ message, rule }: DeadLetter, queue: string | undefined): LostMessage {
  const { messageId, receiveCount, sent } = message;
  return { name: messageId, messageId, body: sent.body, groupId: sent.groupId, receiveCount, queue, rule };
}
