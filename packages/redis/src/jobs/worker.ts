/**
 * Takes a function's jobs and runs them with an invoker of this process.
 *
 * 1. A job is never run twice: one whose worker died is failed by another one (no stalled job is taken again), and whoever
 *    waits reads that as lost.
 * 2. Nothing is started after its `startBy`, nor for an owner that is not the current one, nor when so much time has passed
 *    since it was taken that others may have given it up.
 * 3. An answer is in Redis before it is sent to whoever waits; then the event is dropped, the answer stays to be joined.
 */
import type { Clock, Epochs, InvocationResult, Invoker, LostBecause } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import { type Job, Worker } from 'bullmq';
import { redisEpochs } from '../turns/epochs.ts';
import { lostResult } from './answers.ts';
import type { InvocationJob } from './invoker.ts';
import {
  type BullWorker,
  type BullWorkerOptions,
  type JobSettings,
  LOGS_LENGTH,
  QUEUE,
  queuePrefix,
  SENT_LENGTH,
  STALLED_CHECK_MS,
} from './options.ts';
import { Script } from './script.ts';

const RETRY_MS = 500;

/**
 * KEYS 1 job
 * ARGV 1 channel of whoever waits · 2 message
 *
 * Drops the event of a finished job and says that there is an answer.
 */
const answeredScript = new Script(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'data', '{}') end
return redis.call('PUBLISH', ARGV[1], ARGV[2])
`);

type Taken = Job<InvocationJob, InvocationResult>;

export class InvocationWorker implements BullWorker {
  readonly #settings: JobSettings;
  readonly #clock: Clock;
  readonly #invoker: Invoker;
  readonly #epochs: Epochs;
  readonly #worker: Worker<InvocationJob, InvocationResult>;

  constructor(settings: JobSettings, { functionName, invoker, concurrency }: BullWorkerOptions) {
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#invoker = invoker;
    this.#epochs = redisEpochs(settings.connection, settings);
    this.#worker = new Worker(QUEUE, (job) => this.#run(job), {
      connection: settings.connection,
      prefix: queuePrefix(settings.prefix, functionName),
      concurrency,
      lockDuration: settings.lockMs,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 0,
      runRetryDelay: RETRY_MS,
      skipVersionCheck: true,
    });
    this.#worker.on('error', settings.onError);
    this.#worker.on('completed', (job, result) => this.#completed(job, result));
    this.#worker.on('failed', (job) => job && this.#answer(job, job.id ?? ''));
  }

  async ready(): Promise<void> {
    await this.#worker.waitUntilReady();
  }

  async close(graceMs: Millis): Promise<void> {
    const closed = new AbortController();
    void this.#worker.close().then(() => closed.abort());
    await this.#clock.until(this.#clock.now() + graceMs, closed.signal);
    if (!closed.signal.aborted) await this.#worker.disconnect();
  }

  async #run(job: Taken): Promise<InvocationResult> {
    const because = await this.#refusal(job);
    const now = this.#clock.now();
    if (because) return lostResult(because, now, now);
    const { event, requestId, startBy } = job.data;
    const result = await this.#invoker.invoke({ attemptId: job.id ?? '', event, requestId, startBy });
    return result.logs && result.logs.length > LOGS_LENGTH
      ? { ...result, logs: result.logs.slice(-LOGS_LENGTH) }
      : result;
  }

  async #refusal({ data, processedOn = 0 }: Taken): Promise<LostBecause | undefined> {
    if (data.owner && !(await this.#epochs.isCurrent(data.owner))) return 'deposed';
    const now = this.#clock.now();
    if (now > data.startBy) return 'too-late';
    return now - processedOn > this.#settings.lockMs / 2 ? 'stalled' : undefined;
  }

  #completed(job: Taken, result: InvocationResult): void {
    const id = job.id ?? '';
    const text = JSON.stringify(result);
    this.#answer(job, text.length > SENT_LENGTH ? id : `${id} ${text}`);
  }

  #answer(job: Taken, message: string): void {
    const { connection, onError } = this.#settings;
    answeredScript.run(connection, [this.#worker.toKey(job.id ?? '')], [job.name, message]).catch(onError);
  }
}
