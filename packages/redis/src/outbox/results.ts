/**
 * What became of the deliveries that this process has handed in. Workers tell everybody by one subscription; what is missed
 * that way is found by looking at the job itself.
 *
 * 1. Each delivery is told once: when its job has finished, or when Redis has it no more.
 * 2. A job is looked at when nothing was heard of it for a while, after the subscription was interrupted, and at once when
 *    it may have finished before it was handed in here.
 */
import type { DeliveryResult, Timer } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Redis } from 'ioredis';
import type { OutboxSettings } from './options.ts';

const TICK_MS = 250;
const FIRST_LOOK_MS = 1000;
const LAST_LOOK_MS = 15_000;
const LOST = 'Redis has lost the delivery: give it persistence (appendonly yes) and no eviction.';
const STALLED = 'Every process that tried to deliver it ended before it had.';

interface Pending {
  readonly id: string;
  readonly jobKey: string;
  /** Whether its job is known to be in Redis. */
  made: boolean;
  looking: boolean;
  lookAtMs: Millis;
  lookAgainMs: Millis;
}

export class Results {
  readonly channel: string;
  readonly #settings: OutboxSettings;
  readonly #pending = new Map<string, Pending>();
  /** When each was told, oldest first. */
  readonly #told = new Map<string, Millis>();
  readonly #listeners = new Set<(result: DeliveryResult) => void>();
  #subscriber: Redis | undefined;
  #timer: Timer | undefined;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.channel = `${settings.tag}:results`;
  }

  onResult(heard: (result: DeliveryResult) => void): () => void {
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  /** Whether it was told already, or its job is in Redis and waited for. */
  knows(id: string): boolean {
    return this.#told.has(id) || this.#pending.get(id)?.made === true;
  }

  expect(id: string, jobKey: string): void {
    this.#listen();
    const now = this.#settings.clock.now();
    const look = { made: false, looking: false, lookAtMs: now + FIRST_LOOK_MS, lookAgainMs: FIRST_LOOK_MS };
    this.#pending.set(id, { id, jobKey, ...look });
    this.#timer ??= this.#settings.clock.at(now + TICK_MS, () => this.#tick());
  }

  /** It was not handed in, as far as is known here. */
  forget(id: string): void {
    this.#pending.delete(id);
  }

  /** Its job is in Redis; `look` when it was there before. */
  made(id: string, look: boolean): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    pending.made = true;
    if (look) void this.#look(pending);
  }

  close(): void {
    this.#timer?.cancel();
    this.#pending.clear();
    this.#listeners.clear();
    this.#subscriber?.disconnect();
  }

  #listen(): void {
    if (this.#subscriber) return;
    const subscriber = this.#settings.connection.duplicate();
    this.#subscriber = subscriber;
    subscriber.on('error', this.#settings.onError);
    subscriber.on('message', (_channel, message) => this.#tell(JSON.parse(message)));
    subscriber.on('ready', () => this.#lookAtAll());
    const subscribed = subscriber.subscribe(this.channel);
    subscribed.then(() => this.#lookAtAll()).catch(this.#settings.onError);
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.#settings.clock.now();
    this.#forgetTold(now);
    for (const pending of this.#pending.values()) if (pending.lookAtMs <= now) void this.#look(pending);
    if (this.#pending.size > 0) this.#timer ??= this.#settings.clock.at(now + TICK_MS, () => this.#tick());
  }

  #lookAtAll(): void {
    for (const pending of this.#pending.values()) void this.#look(pending);
  }

  async #look(pending: Pending): Promise<void> {
    if (pending.looking || !pending.made) return;
    pending.looking = true;
    try {
      const result = await this.#resultOf(pending);
      if (result) this.#tell(result);
    } catch (error) {
      this.#settings.onError(error);
    }
    pending.looking = false;
    pending.lookAgainMs = Math.min(LAST_LOOK_MS, pending.lookAgainMs * 2);
    pending.lookAtMs = this.#settings.clock.now() + pending.lookAgainMs;
  }

  async #resultOf({ id, jobKey }: Pending): Promise<DeliveryResult | undefined> {
    const fields = ['name', 'finishedOn', 'returnvalue', 'failedReason'];
    const [name, finished, returned, failed] = await this.#settings.connection.hmget(jobKey, ...fields);
    if (!name) return { id, delivered: false, problem: LOST };
    if (!finished) return undefined;
    return returned ? { id, delivered: true } : failedResult(id, failed ?? '');
  }

  #tell(result: DeliveryResult): void {
    if (!this.#pending.delete(result.id)) return;
    this.#told.set(result.id, this.#settings.clock.now());
    for (const heard of [...this.#listeners]) {
      try {
        heard(result);
      } catch (error) {
        this.#settings.onError(error);
      }
    }
  }

  #forgetTold(now: Millis): void {
    for (const [id, toldMs] of this.#told) {
      if (toldMs > now - this.#settings.rules.keepFinishedMs) return;
      this.#told.delete(id);
    }
  }
}

/** A job that failed, and what BullMQ keeps as the reason. */
export function failedResult(id: string, reason: string): DeliveryResult {
  return { id, delivered: false, problem: reason.startsWith('job stalled') ? STALLED : reason };
}
