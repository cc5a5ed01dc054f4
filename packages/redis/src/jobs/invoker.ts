/**
 * Invokes a function by making each attempt a job.
 *
 * 1. A job's id is its attempt's. An attempt that is a job already is joined, running or finished, and never runs twice.
 * 2. A job says until when it may be started; its deadline here is that time, the function's timeout, and some grace.
 *    After it the attempt is lost, and no worker starts it any more.
 */
import type { Clock, Invocation, InvocationResult, Invoker } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import { Queue } from '../libraries.ts';
import type { Answers } from './answers.ts';
import { type BullInvokerOptions, GRACE_MS, type JobSettings, QUEUE, queuePrefix, START_WITHIN_MS } from './options.ts';

/** What a job carries. Its id is the attempt's, its name the channel for its answer. */
export interface InvocationJob {
  readonly event: unknown;
  readonly requestId: string;
  readonly startBy: Millis;
  readonly owner?: Invocation['owner'];
  readonly lanes?: Invocation['lanes'];
}

interface Adding {
  readonly name: string;
  readonly data: InvocationJob;
  readonly opts: { readonly jobId: string };
  readonly mayBeJoined: boolean;
}

export class BullInvoker implements Invoker {
  readonly #options: BullInvokerOptions;
  readonly #answers: Answers;
  readonly #clock: Clock;
  readonly #queue: Queue<InvocationJob>;
  readonly #onError: (error: unknown) => void;
  #adding: Adding[] = [];
  readonly #running = new Map<string, Promise<InvocationResult>>();

  constructor(settings: JobSettings, answers: Answers, options: BullInvokerOptions) {
    const keep = { age: Math.ceil(settings.keepFinishedMs / 1000) };
    this.#options = options;
    this.#answers = answers;
    this.#clock = settings.clock;
    this.#onError = settings.onError;
    this.#queue = new Queue(QUEUE, {
      connection: settings.connection,
      prefix: queuePrefix(settings.prefix, options.functionName),
      skipVersionCheck: true,
      streams: { events: { maxLen: 0 } },
      defaultJobOptions: { attempts: 1, removeOnComplete: keep, removeOnFail: keep, stackTraceLimit: 0 },
    });
    this.#queue.on('error', settings.onError);
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    const { attemptId } = invocation;
    const waited = this.#answers.find(attemptId);
    if (waited) return waited;
    const now = this.#clock.now();
    const startBy = Math.min(invocation.startBy ?? Infinity, now + (this.#options.startWithinMs ?? START_WITHIN_MS));
    const deadlineMs = Math.max(now, startBy) + this.#options.timeoutMs + (this.#options.graceMs ?? GRACE_MS);
    const answer = this.#answers.wait(attemptId, this.#queue.toKey(attemptId), deadlineMs);
    this.#running.set(attemptId, answer);
    void answer.then(() => this.#running.delete(attemptId));
    this.#add(invocation, startBy);
    return answer;
  }

  #add(invocation: Invocation, startBy: Millis): void {
    const { attemptId, event, requestId, owner, lanes } = invocation;
    // Only what belongs to somebody is ever ordered again by somebody else, with the same id; it may be finished.
    const { mayBeJoined = owner !== undefined } = invocation;
    if (this.#adding.length === 0) setImmediate(() => void this.#addAll());
    const data = { event, requestId, startBy, owner, lanes };
    this.#adding.push({ name: this.#answers.channel, data, opts: { jobId: attemptId }, mayBeJoined });
  }

  /** What was ordered at about the same time is written in one go. */
  async #addAll(): Promise<void> {
    const adding = this.#adding;
    this.#adding = [];
    let failed = false;
    try {
      await this.#queue.addBulk(adding);
    } catch (error) {
      this.#onError(error);
      failed = true;
    }
    for (const { opts, mayBeJoined } of adding) this.#answers.made(opts.jobId, failed || mayBeJoined);
  }

  environments(): { readonly running: number; readonly idle: number } {
    return { running: this.#running.size, idle: 0 };
  }

  async close(graceMs: Millis): Promise<void> {
    const over = new AbortController();
    void Promise.all(this.#running.values()).then(() => over.abort());
    await this.#clock.until(this.#clock.now() + graceMs, over.signal);
    for (const attemptId of [...this.#running.keys()]) this.#answers.lose(attemptId, 'unanswered');
    await this.#queue.close();
  }
}
