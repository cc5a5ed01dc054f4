/**
 * What this process waits for. Answers come by one subscription for all functions; what is missed that way is found by
 * looking at the job itself.
 *
 * 1. Every wait ends: with the job's answer, or as lost when its job failed or is gone, or when its deadline has come.
 * 2. A job is looked at when its answer has not come for a while, after the subscription was interrupted, and often when
 *    another process made it: then nobody sends the answer here.
 * 3. Whoever waits twice for the same attempt waits for one answer.
 */
import { type InvocationResult, type LostBecause, newId, type Timer } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Redis } from 'ioredis';
import type { JobSettings } from './options.ts';

const TICK_MS = 100;
const FIRST_LOOK_MS = 500;
const LAST_LOOK_MS = 4000;
const JOINED_LOOK_MS = 200;

interface Waiting {
  readonly attemptId: string;
  readonly jobKey: string;
  readonly deadlineMs: Millis;
  readonly sinceMs: Millis;
  readonly answer: Promise<InvocationResult>;
  readonly resolve: (result: InvocationResult) => void;
  /** Whether the job is known to be in Redis. */
  made: boolean;
  joined: boolean;
  looking: boolean;
  lookAtMs: Millis;
  lookAgainMs: Millis;
}

export class Answers {
  /** Where workers send answers for this process; also the name of its jobs. */
  readonly channel: string;
  readonly #settings: JobSettings;
  readonly #waiting = new Map<string, Waiting>();
  #subscriber: Redis | undefined;
  #timer: Timer | undefined;

  constructor(settings: JobSettings) {
    this.#settings = settings;
    this.channel = `${settings.prefix}:answers:${newId()}`;
  }

  get size(): number {
    return this.#waiting.size;
  }

  find(attemptId: string): Promise<InvocationResult> | undefined {
    return this.#waiting.get(attemptId)?.answer;
  }

  wait(attemptId: string, jobKey: string, deadlineMs: Millis): Promise<InvocationResult> {
    this.#listen();
    const sinceMs = this.#settings.clock.now();
    let resolve: (result: InvocationResult) => void = () => undefined;
    const answer = new Promise<InvocationResult>((resolved) => {
      resolve = resolved;
    });
    const times = { deadlineMs, sinceMs, lookAtMs: sinceMs + FIRST_LOOK_MS, lookAgainMs: FIRST_LOOK_MS };
    const marks = { made: false, joined: false, looking: false };
    this.#waiting.set(attemptId, { attemptId, jobKey, answer, resolve, ...times, ...marks });
    this.#timer ??= this.#settings.clock.at(sinceMs + TICK_MS, () => this.#tick());
    return answer;
  }

  /** The job is in Redis now, made by this process or there before; `look` when it may have been there before. */
  made(attemptId: string, look: boolean): void {
    const waiting = this.#waiting.get(attemptId);
    if (!waiting) return;
    waiting.made = true;
    if (look) void this.#look(waiting);
  }

  lose(attemptId: string, because: LostBecause): void {
    const waiting = this.#waiting.get(attemptId);
    if (waiting) this.#settle(waiting, this.#lost(waiting, because));
  }

  close(): void {
    this.#timer?.cancel();
    for (const id of [...this.#waiting.keys()]) this.lose(id, 'unanswered');
    this.#subscriber?.disconnect();
  }

  #listen(): void {
    if (this.#subscriber) return;
    const subscriber = this.#settings.connection.duplicate();
    this.#subscriber = subscriber;
    subscriber.on('error', this.#settings.onError);
    subscriber.on('message', (_channel, message) => this.#heard(message));
    subscriber.on('ready', () => this.#lookAtAll());
    subscriber.subscribe(this.channel).catch(this.#settings.onError);
  }

  /** Each line is an attempt's id, a space and the result as JSON; or the id alone: look for yourself. */
  #heard(message: string): void {
    for (const line of message.split('\n')) {
      const space = line.indexOf(' ');
      const waiting = this.#waiting.get(space < 0 ? line : line.slice(0, space));
      if (!waiting) continue;
      if (space < 0) void this.#look(waiting);
      else this.#settle(waiting, JSON.parse(line.slice(space + 1)));
    }
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.#settings.clock.now();
    for (const waiting of this.#waiting.values()) {
      if (waiting.deadlineMs <= now) this.lose(waiting.attemptId, 'unanswered');
      else if (waiting.made && waiting.lookAtMs <= now) void this.#look(waiting);
    }
    if (this.#waiting.size > 0) this.#timer ??= this.#settings.clock.at(now + TICK_MS, () => this.#tick());
  }

  #lookAtAll(): void {
    for (const waiting of this.#waiting.values()) if (waiting.made) void this.#look(waiting);
  }

  async #look(waiting: Waiting): Promise<void> {
    if (waiting.looking) return;
    waiting.looking = true;
    try {
      const fields = ['name', 'returnvalue', 'failedReason'];
      const [name, returned, failed] = await this.#settings.connection.hmget(waiting.jobKey, ...fields);
      if (typeof returned === 'string') this.#settle(waiting, JSON.parse(returned));
      else if (failed) this.#settle(waiting, this.#lost(waiting, 'stalled'));
      else if (!name) this.#settle(waiting, this.#lost(waiting, 'unanswered'));
      else waiting.joined = name !== this.channel;
    } catch (error) {
      this.#settings.onError(error);
    }
    waiting.looking = false;
    waiting.lookAgainMs = waiting.joined ? JOINED_LOOK_MS : Math.min(LAST_LOOK_MS, waiting.lookAgainMs * 2);
    waiting.lookAtMs = this.#settings.clock.now() + waiting.lookAgainMs;
  }

  #settle(waiting: Waiting, result: InvocationResult): void {
    if (this.#waiting.get(waiting.attemptId) !== waiting) return;
    this.#waiting.delete(waiting.attemptId);
    waiting.resolve(result);
  }

  #lost({ sinceMs }: Waiting, because: LostBecause): InvocationResult {
    return lostResult(because, sinceMs, this.#settings.clock.now());
  }
}

export function lostResult(because: LostBecause, startMs: Millis, endMs: Millis): InvocationResult {
  return { answer: { kind: 'lost', because }, cold: false, startMs, endMs };
}
