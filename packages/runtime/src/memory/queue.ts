/**
 * One queue in memory: the model of `semantics/sources`, told the time by a clock, with receives that wait.
 *
 * 1. Every call changes the model at once, in one go; nothing is awaited in between.
 * 2. Receives that wait are served in the order in which they came, as soon as there is something to receive. One timer
 *    stands for all of them, at the time at which the model says that something may become visible.
 * 3. A receive that was ended, by its time or by its signal, has hidden no message.
 */
import {
  changeVisibility,
  countQueue,
  createQueue,
  type DeadLetter,
  deleteMessage,
  expireQueue,
  nextVisibleAt,
  purgeQueue,
  type QueueState,
  type QueueTools,
  type ReceivedMessage,
  receiveMessages,
  type SentMessage,
  type StoredMessage,
  sendMessage,
} from '@millrace/semantics';
import type { Clock, Timer } from '../clock.ts';
import {
  type Deleted,
  NoSuchQueue,
  type Queue,
  type QueueDefinition,
  type Receipt,
  type ReceiveAsk,
  type VisibilityChanged,
} from '../ports/queue.ts';

/** What a queue needs of all the others. */
export interface Surroundings {
  readonly clock: Clock;
  readonly tools: QueueTools;
  /** Whether there is a queue with this ARN that takes dead letters. */
  has(arn: string): boolean;
  deliver(targetArn: string, letters: readonly DeadLetter[]): void;
  /** As `Queue.moveTo`. */
  move(from: MemoryQueue, target: string | undefined, max: number): number;
}

interface Waiting {
  readonly ask: ReceiveAsk;
  readonly deadLettered: DeadLetter[];
  readonly settle: (receipt: Receipt) => void;
  readonly fail: (reason: Error) => void;
}

export class MemoryQueue implements Queue {
  state: QueueState;
  #definition: QueueDefinition;
  readonly #world: Surroundings;
  readonly #waiting = new Set<Waiting>();
  #alarm: { readonly atMs: number; readonly timer: Timer } | undefined;
  #serving = false;
  #serveAgain = false;
  #removed = false;

  constructor(definition: QueueDefinition, world: Surroundings) {
    this.#definition = definition;
    this.#world = world;
    this.state = createQueue(optionsOf(definition));
  }

  get current(): QueueDefinition {
    return this.#definition;
  }

  set current(definition: QueueDefinition) {
    this.#definition = definition;
    this.state.options = optionsOf(definition);
    this.serve();
  }

  async definition(): Promise<QueueDefinition> {
    this.#check();
    return this.#definition;
  }

  async send(messages: readonly SentMessage[]) {
    this.#check();
    const nowMs = this.#world.clock.now();
    const outcomes = messages.map((message) => sendMessage(this.state, message, nowMs, this.#world.tools));
    this.serve();
    return outcomes;
  }

  async receive(ask: ReceiveAsk): Promise<Receipt> {
    this.#check();
    // Whoever waits came first, even where its alarm is late.
    if (this.#waiting.size > 0) this.serve();
    const deadLettered: DeadLetter[] = [];
    const messages = this.#take(ask, deadLettered);
    if (messages.length > 0 || !ask.waitMs || ask.signal?.aborted) return { messages, deadLettered };
    return this.#wait(ask, ask.waitMs, deadLettered);
  }

  async delete(receiptHandles: readonly string[]): Promise<Deleted[]> {
    this.#check();
    const nowMs = this.#world.clock.now();
    const outcomes = receiptHandles.map((handle): Deleted => {
      const outcome = deleteMessage(this.state, handle, nowMs);
      return outcome.kind === 'deleted' ? { kind: 'deleted', messageId: outcome.message.messageId } : outcome;
    });
    this.serve();
    return outcomes;
  }

  async changeVisibility(changes: readonly { receiptHandle: string; visibilityMs: number }[]) {
    this.#check();
    const nowMs = this.#world.clock.now();
    const outcomes = changes.map(
      ({ receiptHandle, visibilityMs }): VisibilityChanged =>
        changeVisibility(this.state, receiptHandle, visibilityMs, nowMs),
    );
    this.serve();
    return outcomes;
  }

  async purge(): Promise<number> {
    this.#check();
    return purgeQueue(this.state, this.#world.clock.now()).messages.length;
  }

  async counts() {
    this.#check();
    return countQueue(this.state, this.#world.clock.now());
  }

  async peek(max: number): Promise<StoredMessage[]> {
    this.#check();
    countQueue(this.state, this.#world.clock.now());
    const found: StoredMessage[] = [];
    for (const message of this.state.messages.values()) {
      if (found.length >= max) break;
      if (message.place === 'waiting') found.push({ ...message });
    }
    return found;
  }

  async moveTo(target: string | undefined, max: number): Promise<number> {
    this.#check();
    return this.#world.move(this, target, max);
  }

  /** Gives the receives that wait what has become visible, and sets the alarm for what has not. */
  serve(): void {
    // A dead letter may come round to this very queue while it is being served.
    if (this.#serving) {
      this.#serveAgain = true;
      return;
    }
    this.#serving = true;
    do {
      this.#serveAgain = false;
      this.#serveInOrder();
    } while (this.#serveAgain);
    this.#serving = false;
    expireQueue(this.state, this.#world.clock.now());
    this.#setAlarm();
  }

  /** Ends all waiting: empty-handed, or with the reason why. */
  end(removed: boolean): void {
    this.#removed ||= removed;
    for (const waiting of this.#waiting) {
      if (removed) waiting.fail(new NoSuchQueue(this.#definition.name));
      else waiting.settle({ messages: [], deadLettered: waiting.deadLettered });
    }
  }

  #serveInOrder(): void {
    for (const waiting of this.#waiting) {
      const messages = this.#take(waiting.ask, waiting.deadLettered);
      if (messages.length === 0) return;
      waiting.settle({ messages, deadLettered: waiting.deadLettered });
    }
  }

  #take({ max, visibilityMs, onDeadLetters }: ReceiveAsk, deadLettered: DeadLetter[]): readonly ReceivedMessage[] {
    const target = this.#definition.redrive?.deadLetterTargetArn;
    // Without its dead-letter queue a message has nowhere to go, so it stays and is received again.
    const homeless = target !== undefined && !this.#world.has(target);
    const { options } = this.state;
    if (homeless) this.state.options = withoutRedrive(this.#definition);
    const receipt = receiveMessages(this.state, max, this.#world.clock.now(), visibilityMs);
    if (homeless) this.state.options = options;
    if (receipt.deadLettered.length > 0 && target !== undefined) {
      this.#world.deliver(target, receipt.deadLettered);
      if (onDeadLetters) onDeadLetters(receipt.deadLettered);
      else deadLettered.push(...receipt.deadLettered);
    }
    return receipt.messages;
  }

  #wait(ask: ReceiveAsk, waitMs: number, deadLettered: DeadLetter[]): Promise<Receipt> {
    const { clock } = this.#world;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        timeout.cancel();
        ask.signal?.removeEventListener('abort', giveUp);
        this.#setAlarm();
      };
      const settle = (receipt: Receipt) => {
        leave();
        resolve(receipt);
      };
      const fail = (reason: Error) => {
        leave();
        reject(reason);
      };
      const giveUp = () => settle({ messages: [], deadLettered });
      const waiting: Waiting = { ask, deadLettered, settle, fail };
      const timeout = clock.at(clock.now() + waitMs, giveUp);
      ask.signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
      this.#setAlarm();
    });
  }

  #setAlarm(): void {
    const { clock } = this.#world;
    const atMs = this.#waiting.size > 0 ? nextVisibleAt(this.state, clock.now()) : undefined;
    if (atMs === this.#alarm?.atMs) return;
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
    if (atMs === undefined) return;
    const timer = clock.at(atMs, () => {
      this.#alarm = undefined;
      this.serve();
    });
    this.#alarm = { atMs, timer };
  }

  #check(): void {
    if (this.#removed) throw new NoSuchQueue(this.#definition.name);
  }
}

function optionsOf(definition: QueueDefinition): QueueState['options'] {
  const { maxReceiveCount } = definition.redrive ?? {};
  const options = withoutRedrive(definition);
  return maxReceiveCount === undefined ? options : { ...options, redrive: { maxReceiveCount } };
}

function withoutRedrive(definition: QueueDefinition): QueueState['options'] {
  const { arn, fifo, visibilityTimeoutMs, retentionMs, delayMs, contentBasedDeduplication, inFlightLimit } = definition;
  return { arn, fifo, visibilityTimeoutMs, retentionMs, delayMs, contentBasedDeduplication, inFlightLimit };
}
