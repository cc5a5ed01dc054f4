/**
 * The permits of one function as one process asks for them: several go to Redis in one call, because a call costs a process
 * far more than what the script does in it.
 *
 * 1. Steps are carried out in the order in which they came.
 * 2. Permits taken under other limits are another call.
 */
import type { Clock, PermitAsk } from '@millrace/runtime';
import { type Admission, admit, type FunctionLimits, type FunctionUsage } from '@millrace/semantics';
import type { Redis } from 'ioredis';
import { type Bounds, boundsOf } from './bounds.ts';
import { permitScript } from './scripts.ts';

const IDLE_KEPT_MS = 900_000;

export interface TurnstileOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly keys: readonly string[];
  /** Scripts are told the clock's time instead of asking Redis. */
  readonly tellTime: boolean;
  readonly onError: (error: unknown) => void;
}

interface Taking {
  readonly attemptId: string;
  readonly deadlineMs: number;
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

interface Giving {
  readonly attemptId: string;
  readonly givenMs: number;
}

export class Turnstile {
  readonly #options: TurnstileOptions;
  #steps: (Taking | Giving)[] = [];
  #limits: FunctionLimits = { unreservedPool: 0 };
  #bounds: Bounds = boundsOf(this.#limits);
  #boundsOf = boundsText(this.#limits);

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  get takes(): boolean {
    return this.#steps.some((step) => 'resolve' in step);
  }

  take({ attemptId, deadlineMs, limits }: PermitAsk): Promise<Admission> {
    this.#obey(limits);
    return new Promise((resolve, reject) => {
      this.#steps.push({ attemptId, deadlineMs, resolve, reject });
    });
  }

  give(attemptId: string): void {
    this.#steps.push({ attemptId, givenMs: this.#options.clock.now() });
  }

  /** Tells Redis now what it has not been told. */
  async flush(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    if (steps.length > 0) await this.#carryOut(steps, this.#limits, this.#bounds);
  }

  /** Who comes under other limits comes after those before. */
  #obey(limits: FunctionLimits): void {
    if (limits === this.#limits && this.#boundsOf === boundsText(limits)) return;
    if (this.#steps.length > 0) void this.flush();
    this.#limits = limits;
    if (this.#boundsOf === boundsText(limits)) return;
    this.#boundsOf = boundsText(limits);
    this.#bounds = boundsOf(limits);
  }

  async #carryOut(steps: readonly (Taking | Giving)[], limits: FunctionLimits, bounds: Bounds): Promise<void> {
    const { redis, keys, onError } = this.#options;
    const takings = steps.filter((step) => 'resolve' in step);
    try {
      const counted = (await permitScript.run(redis, keys, this.#args(steps, limits, bounds))) as number[][];
      for (const [index, taking] of takings.entries()) answer(taking, counted[index] ?? [], limits);
    } catch (error) {
      for (const taking of takings) taking.reject(error);
      if (takings.length < steps.length) onError(error);
    }
  }

  #args(steps: readonly (Taking | Giving)[], limits: FunctionLimits, bounds: Bounds): (string | number)[] {
    const { clock, tellTime } = this.#options;
    const now = clock.now();
    const reserved = limits.reservedConcurrency === undefined ? 'u' : 'r';
    const { running, runningUnreserved, takenRecently, startedRecently } = bounds;
    const time = tellTime ? now : '';
    const args: (string | number)[] = [time, IDLE_KEPT_MS, reserved, running, runningUnreserved];
    args.push(takenRecently, startedRecently);
    for (const step of steps) {
      if ('resolve' in step) args.push('t', step.attemptId, step.deadlineMs - now);
      else args.push('g', step.attemptId, now - step.givenMs);
    }
    return args;
  }
}

function answer(taking: Taking, [entered, ...counts]: number[], limits: FunctionLimits): void {
  const admission = admit(usageOf(counts), limits);
  if (admission.admitted === (entered === 1)) taking.resolve(admission);
  else taking.reject(new Error('admit() refuses by more than single counts: see bounds.ts.'));
}

function boundsText({ reservedConcurrency, unreservedPool }: FunctionLimits): string {
  return `${reservedConcurrency}/${unreservedPool}`;
}

function usageOf(counts: number[]): FunctionUsage {
  const [running = 0, runningUnreserved = 0, idleEnvironments = 0, startedRecently = 0, takenRecently = 0] = counts;
  return { running, runningUnreserved, idleEnvironments, startedRecently, takenRecently };
}
