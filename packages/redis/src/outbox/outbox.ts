/**
 * The outbox of all processes that share a Redis: each delivery is a BullMQ job.
 *
 * 1. A job's id is its delivery's: what was handed in before, by whomever, is not handed in again.
 * 2. Room is reserved before a job is made and given back when it has finished, so that a destination that is away does not
 *    fill Redis with what it was to get.
 * 3. `accept` answers in time, whatever becomes of Redis. What was answered false may be there all the same; it is found
 *    when it is handed in again.
 */
import {
  type Deliver,
  type DeliveryResult,
  deliveryBytes,
  type FailureDelivery,
  type OutboxWorker,
  type ServedOutbox,
} from '@millrace/runtime';
import { withoutColon } from '../jobs/names.ts';
import { Queue } from '../libraries.ts';
import {
  type BullOutboxOptions,
  MOST_FINISHED,
  type OutboxSettings,
  outboxSettings,
  QUEUE,
  RECOUNT_MS,
} from './options.ts';
import { Results } from './results.ts';
import { reserveScript } from './scripts.ts';
import { DeliveryWorker } from './worker.ts';

/** What `reserveScript` answers. */
const NO_ROOM = 0;
const KNOWN = 2;

class BullOutbox implements ServedOutbox {
  readonly #settings: OutboxSettings;
  readonly #queue: Queue<FailureDelivery>;
  readonly #results: Results;
  readonly #accepting = new Map<string, Promise<boolean>>();
  #closed = false;

  constructor(options: BullOutboxOptions) {
    this.#settings = outboxSettings(options);
    this.#results = new Results(this.#settings);
    const { connection, tag, rules, onError } = this.#settings;
    const keep = { age: Math.ceil(rules.keepFinishedMs / 1000), count: MOST_FINISHED };
    this.#queue = new Queue(QUEUE, {
      connection,
      prefix: tag,
      skipVersionCheck: true,
      streams: { events: { maxLen: 0 } },
      defaultJobOptions: {
        attempts: rules.attempts,
        backoff: { type: 'pauses' },
        removeOnComplete: keep,
        removeOnFail: keep,
        stackTraceLimit: 0,
      },
    });
    this.#queue.on('error', onError);
  }

  accept(delivery: FailureDelivery): Promise<boolean> {
    const { id } = delivery;
    if (this.#closed) return Promise.resolve(false);
    if (this.#results.knows(id)) return Promise.resolve(true);
    let accepting = this.#accepting.get(id);
    if (!accepting) {
      accepting = this.#acceptInTime(delivery).finally(() => this.#accepting.delete(id));
      this.#accepting.set(id, accepting);
    }
    return accepting;
  }

  onResult(heard: (result: DeliveryResult) => void): () => void {
    return this.#results.onResult(heard);
  }

  serve(deliver: Deliver, { concurrency }: { readonly concurrency: number }): OutboxWorker {
    return new DeliveryWorker(this.#settings, this.#results.channel, deliver, concurrency);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#results.close();
    await this.#queue.close().catch(this.#settings.onError);
  }

  async #acceptInTime(delivery: FailureDelivery): Promise<boolean> {
    const { clock, acceptMs, onError } = this.#settings;
    const jobId = `delivery-${withoutColon(delivery.id)}`;
    this.#results.expect(delivery.id, this.#queue.toKey(jobId));
    const answered = new AbortController();
    const late = clock.until(clock.now() + acceptMs, answered.signal).then(() => false);
    const handed = this.#hand(delivery, jobId).catch((error: unknown) => {
      onError(error);
      return false;
    });
    const accepted = await Promise.race([handed, late]);
    answered.abort();
    if (!accepted) this.#results.forget(delivery.id);
    return accepted;
  }

  async #hand(delivery: FailureDelivery, jobId: string): Promise<boolean> {
    const { connection, tag, rules } = this.#settings;
    const keys = [`${tag}:under-way`, `${tag}:sizes`, this.#queue.toKey(jobId)];
    const limits = [rules.deliveries, rules.bytes, this.#queue.toKey(''), RECOUNT_MS];
    const answer = await reserveScript.run(connection, keys, ['', jobId, deliveryBytes(delivery), ...limits]);
    if (answer === NO_ROOM) return false;
    if (answer !== KNOWN) await this.#queue.add(delivery.id, delivery, { jobId });
    this.#results.made(delivery.id, answer === KNOWN);
    return true;
  }
}

/** An outbox shared by all processes that use the same Redis and prefix. */
export function bullOutbox(options: BullOutboxOptions): ServedOutbox {
  return new BullOutbox(options);
}
