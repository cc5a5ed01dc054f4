/**
 * The outbox of one process, in memory; nothing outlives the process. The model for every other adapter.
 *
 * 1. A delivery waits, is being delivered, pauses before its next attempt, or is finished; finished ones are only known by
 *    what became of them, and forgotten after a while.
 * 2. Deliveries are taken in the order in which they came or have paused enough. None waits for another one's pause.
 */
import type { Millis } from '@millrace/semantics';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import {
  attemptDelivery,
  deliveryBytes,
  isRefusal,
  type OutboxRules,
  outboxRules,
  pauseAfter,
  problemOf,
} from '../drive/deliveryRules.ts';
import type { Deliver, DeliveryResult, FailureDelivery, OutboxWorker, ServedOutbox } from '../ports/outbox.ts';
import { within } from '../within.ts';

export interface MemoryOutboxOptions extends Partial<OutboxRules> {
  /** The system's own when absent. */
  readonly clock?: Clock;
  /** Told when a listener throws. */
  readonly onError?: (error: unknown) => void;
}

interface Entry {
  readonly delivery: FailureDelivery;
  readonly bytes: number;
  attempts: number;
}

/** An empty outbox in memory. */
export function memoryOutbox(options: MemoryOutboxOptions = {}): ServedOutbox {
  return new MemoryOutbox(options);
}

class MemoryOutbox implements ServedOutbox {
  readonly rules: OutboxRules;
  readonly clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #underWay = new Map<string, Entry>();
  readonly #waiting: Entry[] = [];
  readonly #pauses = new Set<Timer>();
  /** When each finished, oldest first. */
  readonly #finished = new Map<string, Millis>();
  readonly #workers = new Set<MemoryWorker>();
  readonly #listeners = new Set<(result: DeliveryResult) => void>();
  #bytes = 0;
  #closed = false;

  constructor({ clock = systemClock, onError = () => undefined, ...rules }: MemoryOutboxOptions) {
    this.rules = outboxRules(rules);
    this.clock = clock;
    this.#onError = onError;
  }

  async accept(delivery: FailureDelivery): Promise<boolean> {
    this.#forget();
    if (this.#closed) return false;
    if (this.#underWay.has(delivery.id) || this.#finished.has(delivery.id)) return true;
    const entry = { delivery, bytes: deliveryBytes(delivery), attempts: 0 };
    if (!this.#hasRoom(entry.bytes)) return false;
    this.#underWay.set(delivery.id, entry);
    this.#bytes += entry.bytes;
    this.#waiting.push(entry);
    this.#start();
    return true;
  }

  onResult(heard: (result: DeliveryResult) => void): () => void {
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  serve(deliver: Deliver, { concurrency }: { readonly concurrency: number }): OutboxWorker {
    const worker = new MemoryWorker(this, deliver, concurrency);
    this.#workers.add(worker);
    this.#start();
    return worker;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#pauses) timer.cancel();
    this.#pauses.clear();
    this.#waiting.length = 0;
    this.#listeners.clear();
  }

  leave(worker: MemoryWorker): void {
    this.#workers.delete(worker);
  }

  /** An attempt is over. */
  attempted({ delivery }: Entry, error: unknown): void {
    const entry = this.#underWay.get(delivery.id);
    if (!entry || this.#closed) return;
    entry.attempts += 1;
    const { id } = delivery;
    if (error === undefined) this.#finish(entry, { id, delivered: true });
    else if (isRefusal(error) || entry.attempts >= this.rules.attempts)
      this.#finish(entry, { id, delivered: false, problem: problemOf(error) });
    else this.#pause(entry);
    this.#start();
  }

  #start(): void {
    for (const worker of this.#workers) {
      while (worker.hasRoom) {
        const entry = this.#waiting.shift();
        if (!entry) return;
        worker.run(entry);
      }
    }
  }

  #hasRoom(bytes: number): boolean {
    const { size } = this.#underWay;
    return size === 0 || (size < this.rules.deliveries && this.#bytes + bytes <= this.rules.bytes);
  }

  #pause(entry: Entry): void {
    const timer = this.clock.at(this.clock.now() + pauseAfter(entry.attempts, this.rules), () => {
      this.#pauses.delete(timer);
      this.#waiting.push(entry);
      this.#start();
    });
    this.#pauses.add(timer);
  }

  #finish({ bytes }: Entry, result: DeliveryResult): void {
    this.#underWay.delete(result.id);
    this.#bytes -= bytes;
    this.#finished.set(result.id, this.clock.now());
    for (const heard of [...this.#listeners]) {
      try {
        heard(result);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #forget(): void {
    const before = this.clock.now() - this.rules.keepFinishedMs;
    for (const [id, finishedMs] of this.#finished) {
      if (finishedMs > before) return;
      this.#finished.delete(id);
    }
  }
}

class MemoryWorker implements OutboxWorker {
  readonly #outbox: MemoryOutbox;
  readonly #deliver: Deliver;
  readonly #concurrency: number;
  readonly #running = new Set<Promise<void>>();

  constructor(outbox: MemoryOutbox, deliver: Deliver, concurrency: number) {
    this.#outbox = outbox;
    this.#deliver = deliver;
    this.#concurrency = concurrency;
  }

  get hasRoom(): boolean {
    return this.#running.size < this.#concurrency;
  }

  run(entry: Entry): void {
    const { clock, rules } = this.#outbox;
    const attempt = attemptDelivery(this.#deliver, entry.delivery, { clock, attemptMs: rules.attemptMs });
    const over: Promise<void> = attempt.then(
      () => this.#over(over, entry, undefined),
      (error: unknown) => this.#over(over, entry, error ?? new Error('The delivery failed without a reason.')),
    );
    this.#running.add(over);
  }

  async ready(): Promise<void> {}

  async close(graceMs: Millis): Promise<void> {
    const { clock } = this.#outbox;
    this.#outbox.leave(this);
    await within(Promise.all(this.#running), graceMs, clock);
  }

  #over(attempt: Promise<void>, entry: Entry, error: unknown): void {
    this.#running.delete(attempt);
    this.#outbox.attempted(entry, error);
  }
}
