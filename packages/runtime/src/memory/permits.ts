/**
 * Permits of one process. The model for every other adapter: same asks at the same times, same answers.
 *
 * 1. A permit counts from the moment it is taken until it is given back or its deadline comes, whichever is first.
 * 2. An environment is free once its invocation was given back; one whose permit ran out went down with its holder. Free
 *    environments are forgotten when none was given back for a while.
 * 3. Whoever asks again for what it still holds keeps it, with the new deadline, and counts once.
 */
import { type Admission, admit, type FunctionUsage, HOLDER, type Millis } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { PermitAsk, Permits } from '../ports/permits.ts';
import { Recent } from './recent.ts';

const TAKEN_SPAN_MS = 1000;
const STARTED_SPAN_MS = 10_000;
/** As long as Lambda is seen to keep an environment that has nothing to do, more or less. */
const IDLE_KEPT_MS = 900_000;

interface Held {
  readonly deadlineMs: Millis;
  readonly unreserved: boolean;
}

class FunctionPermits {
  readonly held = new Map<string, Held>();
  readonly taken = new Recent(TAKEN_SPAN_MS);
  readonly started = new Recent(STARTED_SPAN_MS);
  /** No permit ends before this by its deadline. */
  earliestMs: Millis = Number.POSITIVE_INFINITY;
  idle = 0;
  idleUntilMs: Millis = 0;
}

class MemoryPermits implements Permits {
  readonly #clock: Clock;
  readonly #functions = new Map<string, FunctionPermits>();
  #runningUnreserved = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(ask: PermitAsk): Promise<Admission> {
    const now = this.#clock.now();
    const own = this.#function(ask.functionName);
    this.#expire(now);
    const holds = own.held.has(ask.attemptId);
    const admission = admit(holds ? HOLDER : this.#usage(own, now), ask.limits);
    this.#drop(own, ask.attemptId);
    if (!admission.admitted) return admission;
    this.#hold(own, ask);
    if (!holds) this.#begin(own, admission.cold, now);
    return admission;
  }

  give(functionName: string, attemptId: string): void {
    const own = this.#functions.get(functionName);
    if (!own) return;
    const now = this.#clock.now();
    this.#expire(now);
    if (!this.#drop(own, attemptId)) return;
    own.idle += 1;
    own.idleUntilMs = now + IDLE_KEPT_MS;
  }

  #begin(own: FunctionPermits, cold: boolean, now: Millis): void {
    own.taken.add(now);
    if (cold) own.started.add(now);
    else own.idle -= 1;
  }

  #hold(own: FunctionPermits, { attemptId, deadlineMs, limits }: PermitAsk): void {
    const unreserved = limits.reservedConcurrency === undefined;
    own.held.set(attemptId, { deadlineMs, unreserved });
    own.earliestMs = Math.min(own.earliestMs, deadlineMs);
    if (unreserved) this.#runningUnreserved += 1;
  }

  #drop(own: FunctionPermits, attemptId: string): boolean {
    const held = own.held.get(attemptId);
    if (!held) return false;
    own.held.delete(attemptId);
    if (held.unreserved) this.#runningUnreserved -= 1;
    return true;
  }

  #usage(own: FunctionPermits, now: Millis): FunctionUsage {
    return {
      running: own.held.size,
      runningUnreserved: this.#runningUnreserved,
      idleEnvironments: own.idle,
      startedRecently: own.started.count(now),
      takenRecently: own.taken.count(now),
    };
  }

  #expire(now: Millis): void {
    for (const own of this.#functions.values()) {
      if (own.idleUntilMs <= now) own.idle = 0;
      if (own.earliestMs <= now) this.#expireHeld(own, now);
    }
  }

  #expireHeld(own: FunctionPermits, now: Millis): void {
    own.earliestMs = Number.POSITIVE_INFINITY;
    for (const [id, { deadlineMs }] of own.held) {
      if (deadlineMs <= now) this.#drop(own, id);
      else own.earliestMs = Math.min(own.earliestMs, deadlineMs);
    }
  }

  #function(name: string): FunctionPermits {
    let own = this.#functions.get(name);
    if (!own) {
      own = new FunctionPermits();
      this.#functions.set(name, own);
    }
    return own;
  }
}

export function memoryPermits(clock: Clock): Permits {
  return new MemoryPermits(clock);
}
