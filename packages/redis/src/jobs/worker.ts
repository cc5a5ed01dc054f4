/**
 * Takes a function's jobs and runs them with an invoker of this process.
 *
 * 1. A job is never run twice: one whose worker died is failed by another one (no stalled job is taken again), and whoever
 *    waits reads that as lost.
 * 2. Nothing is started after its `startBy`, nor for an owner that is not the current one, nor when so much time has passed
 *    since it was taken that others have given it up.
 * 3. An answer is in Redis before it is sent to whoever waits; then the event is dropped, the answer stays to be joined.
 * 4. What nobody waits for any more is taken out of the in-flight register here: its poller's next owner need not wait for
 *    its deadline.
 */
import type { Clock, Epochs, InvocationResult, Invoker, LostBecause, Register } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Job } from 'bullmq';
import { Worker } from '../libraries.ts';
import { Script } from '../scripts/script.ts';
import { redisEpochs } from '../turns/epochs.ts';
import { redisRegister } from '../turns/register.ts';
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

const RETRY_MS = 500;

/**
 * KEYS finished jobs of one queue
 * ARGV 1 channel of whoever waits · 2 message
 *
 * Drops the jobs' events and says that there are answers.
 */
const answeredScript = new Script(`
for _, job in ipairs(KEYS) do
  if redis.call('EXISTS', job) == 1 then redis.call('HSET', job, 'data', '{}') end
end
return redis.call('PUBLISH', ARGV[1], ARGV[2])
`);

interface Outgoing {
  readonly jobs: Taken[];
  readonly lines: string[];
}

type Taken = Job<InvocationJob, InvocationResult>;

export class InvocationWorker implements BullWorker {
  readonly #settings: JobSettings;
  readonly #clock: Clock;
  readonly #invoker: Invoker;
  readonly #epochs: Epochs;
  readonly #register: Register;
  readonly #worker: Worker<InvocationJob, InvocationResult>;
  /** Answers to be sent, by channel. */
  readonly #outgoing = new Map<string, Outgoing>();

  constructor(settings: JobSettings, { functionName, invoker, concurrency }: BullWorkerOptions) {
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#invoker = invoker;
    this.#epochs = redisEpochs(settings.connection, settings);
    this.#register = redisRegister(settings.connection, settings);
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
    void this.#worker
      .close()
      .catch(this.#settings.onError)
      .then(() => closed.abort());
    await this.#clock.until(this.#clock.now() + graceMs, closed.signal);
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

  async #refusal(job: Taken): Promise<LostBecause | undefined> {
    const { owner, startBy } = job.data;
    if (owner && !(await this.#epochs.isCurrent(owner))) return 'deposed';
    if (!(await this.#holds(job))) return 'stalled';
    return this.#clock.now() > startBy ? 'too-late' : undefined;
  }

  /** Whether the job is still this worker's: surely for a while after it was taken, else Redis is asked. */
  async #holds(job: Taken): Promise<boolean> {
    const { lockMs } = this.#settings;
    for (let provenMs = job.processedOn ?? 0; ; ) {
      const now = this.#clock.now();
      if (now - provenMs <= lockMs / 2) return true;
      provenMs = now;
      const extended = await job.extendLock(job.token ?? '', lockMs).catch(() => 0);
      if (extended !== 1) return false;
    }
  }

  #completed(job: Taken, result: InvocationResult): void {
    const id = job.id ?? '';
    const text = JSON.stringify(result);
    this.#answer(job, text.length > SENT_LENGTH ? id : `${id} ${text}`);
  }

  #answer(job: Taken, line: string): void {
    if (this.#outgoing.size === 0) setImmediate(() => this.#send());
    let outgoing = this.#outgoing.get(job.name);
    if (!outgoing) {
      outgoing = { jobs: [], lines: [] };
      this.#outgoing.set(job.name, outgoing);
    }
    outgoing.jobs.push(job);
    outgoing.lines.push(line);
  }

  /** What was finished at about the same time is said in one go. */
  #send(): void {
    for (const [channel, outgoing] of this.#outgoing) this.#say(channel, outgoing).catch(this.#settings.onError);
    this.#outgoing.clear();
  }

  async #say(channel: string, { jobs, lines }: Outgoing): Promise<void> {
    const keys = jobs.map(({ id = '' }) => this.#worker.toKey(id));
    const heard = await answeredScript.run(this.#settings.connection, keys, [channel, lines.join('\n')]);
    if (heard !== 0) return;
    for (const { id: attemptId = '', data } of jobs) {
      const { owner, lanes = [attemptId] } = data;
      if (owner) await this.#register.end(owner, { attemptId, lanes });
    }
  }
}
