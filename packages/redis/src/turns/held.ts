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
  /** True: the lock is another process's, or nobody's; the job is not this process's to put back. */
  isLost = false;

  constructor(name: string, job: Job, token: string, clock: Clock) {
    this.name = name;
    this.job = job;
    this.token = token;
    this.#clock = clock;
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

  /** Calls at the end of the turn, and again whenever that moves. */
  lasts(forMs: Millis, atEnd: () => void): void {
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
