/**
 * Carries deliveries out.
 *
 * 1. A delivery whose worker died is taken over by another one: it may be written twice, never not at all.
 * 2. What became of it is in Redis before it is told; then what it carried is dropped.
 */
import {
  attemptDelivery,
  type Deliver,
  type DeliveryResult,
  type FailureDelivery,
  isRefusal,
  type OutboxWorker,
  pauseAfter,
  problemOf,
} from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Job } from 'bullmq';
import { Worker } from '../libraries.ts';
import { MOST_STALLS, type OutboxSettings, QUEUE, RETRY_MS, STALLED_CHECK_MS } from './options.ts';
import { failedResult } from './results.ts';
import { finishScript } from './scripts.ts';

/** BullMQ takes this as: no further attempt. */
const NEVER = -1;
const DELIVERED = 'delivered';

type Taken = Job<FailureDelivery, string>;

export class DeliveryWorker implements OutboxWorker {
  readonly #settings: OutboxSettings;
  readonly #channel: string;
  readonly #deliver: Deliver;
  readonly #worker: Worker<FailureDelivery, string>;

  constructor(settings: OutboxSettings, channel: string, deliver: Deliver, concurrency: number) {
    this.#settings = settings;
    this.#channel = channel;
    this.#deliver = deliver;
    this.#worker = new Worker(QUEUE, (job: Taken) => this.#run(job), {
      connection: settings.connection,
      prefix: settings.tag,
      concurrency,
      lockDuration: settings.lockMs,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: RETRY_MS,
      skipVersionCheck: true,
      settings: {
        backoffStrategy: (attempt, _type, error) => (isRefusal(error) ? NEVER : pauseAfter(attempt, settings.rules)),
      },
    });
    this.#worker.on('error', settings.onError);
    this.#worker.on('completed', (job) => this.#finished(job, { id: job.name, delivered: true }));
    this.#worker.on('failed', (job, error) => {
      // Without a time at which it finished it will be tried again.
      if (job?.finishedOn !== undefined) this.#finished(job, failedResult(job.name, error.message));
    });
  }

  async ready(): Promise<void> {
    await this.#worker.waitUntilReady();
  }

  async close(graceMs: Millis): Promise<void> {
    const { clock, onError } = this.#settings;
    const closed = new AbortController();
    void this.#worker
      .close()
      .catch(onError)
      .then(() => closed.abort());
    await clock.until(clock.now() + graceMs, closed.signal);
  }

  async #run(job: Taken): Promise<string> {
    const { clock, rules } = this.#settings;
    try {
      await attemptDelivery(this.#deliver, job.data, { clock, attemptMs: rules.attemptMs });
      return DELIVERED;
    } catch (error) {
      // BullMQ keeps the message; a name of one of its own errors would mean something to it.
      throw Object.assign(new Error(problemOf(error)), isRefusal(error) && { code: 'DELIVERY_REFUSED' });
    }
  }

  #finished(job: Taken, result: DeliveryResult): void {
    const { connection, tag, onError } = this.#settings;
    const id = job.id ?? '';
    const keys = [`${tag}:under-way`, `${tag}:sizes`, this.#worker.toKey(id)];
    finishScript.run(connection, keys, [id, this.#channel, JSON.stringify(result)]).catch(onError);
  }
}
