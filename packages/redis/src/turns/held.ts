/** A turn that this process serves. */
import type { Clock, Timer, Turn } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Job } from 'bullmq';
import { Deferred } from './deferred.ts';

export class HeldTurn implements Turn {
  readonly name: string;
  readonly job: Job;
  readonly token: string;
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  readonly #lost = new AbortController();
  readonly #settled = new Deferred();
  #timer: Timer | undefined;
  #lostAtMs: Millis = Number.POSITIVE_INFINITY;
  epoch = 0;
  beganAtMs: Millis = 0;
  endsAtMs: Millis = 0;
  /** The last time at which Redis is known to have kept the lock for this process. */
  provenMs: Millis;
  /** True: the lock is another process's, or nobody's; the job is not this process's to put back. */
  isLost = false;

  readonly #lockMs: Millis;

  constructor(name: string, job: Job, token: string, { clock, lockMs }: { clock: Clock; lockMs: Millis }) {
    this.name = name;
    this.job = job;
    this.token = token;
    this.provenMs = job.processedOn ?? 0;
    this.#clock = clock;
    this.#lockMs = lockMs;
  }

  isSure(): boolean {
    return !this.isLost && this.#clock.now() < this.provenMs + this.#lockMs;
  }

  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Settled once nothing of this turn runs here any more. */
  get over(): Promise<void> {
    return this.#settled.promise;
  }

  /** Calls at the end of the turn, and again whenever that moves; one that was asked to end before lasts no longer. */
  lasts(forMs: Millis, atEnd: () => void): void {
    if (this.#ending.signal.aborted) return;
    this.#timer?.cancel();
    this.endsAtMs = this.#clock.now() + forMs;
    this.#timer = this.#clock.at(this.endsAtMs, atEnd);
  }

  /** The handler gets so long to finish what it has begun; asked again, the shorter time counts. */
  end(drainMs: Millis): void {
    const lostAtMs = this.#clock.now() + drainMs;
    if (lostAtMs >= this.#lostAtMs) return;
    this.#lostAtMs = lostAtMs;
    this.#timer?.cancel();
    this.#timer = this.#clock.at(lostAtMs, () => this.#lost.abort());
    this.#ending.abort();
  }

  lose(): void {
    this.isLost = true;
    this.#ending.abort();
    this.#lost.abort();
  }

  close(): void {
    this.#timer?.cancel();
    this.#settled.resolve();
  }
}
