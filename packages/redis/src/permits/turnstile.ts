/**
 * The permits of one function as one process asks for them: several go to Redis in one call, because a call costs a process
 * far more than what the script does in it.
 *
 * 1. Steps are carried out in the order in which they came.
 * 2. Permits taken under other limits are another call.
 * 3. A permit that was given back and of which Redis was not told yet is handed to whoever takes one here: the count of what
 *    runs stays as it is, and nobody waits for Redis. Redis is told with the next call. Invocations of the last second grow
 *    by it unasked: what the last answer left of them is shared by sixteen, so that as many processes may do this at once.
 * 4. Until Redis is told, a permit that was handed on ends as it would have before: with HANDED_SLACK_MS less than was asked.
 */
import type { Clock, PermitAsk } from '@millrace/runtime';
import { type Admission, admit, type FunctionLimits, type FunctionUsage, HOLDER } from '@millrace/semantics';
import type { Redis } from 'ioredis';
import { type Bounds, boundsOf } from './bounds.ts';
import { permitScript } from './scripts.ts';

const IDLE_KEPT_MS = 900_000;
const HANDED_SLACK_MS = 5_000;
/** So long after it was given an answer still says something of the last second. */
const ANSWER_HOLDS_MS = 200;
const SHARES = 16;

export interface TurnstileOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly keys: readonly string[];
  /** Scripts are told the clock's time instead of asking Redis. */
  readonly tellTime: boolean;
  readonly onError: (error: unknown) => void;
}

interface Taking {
  readonly do: 'take';
  readonly attemptId: string;
  readonly deadlineMs: number;
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

interface Giving {
  readonly do: 'give';
  readonly attemptId: string;
  readonly deadlineMs: number;
  readonly atMs: number;
  /** There is nothing to give back any more. */
  isHandedOn: boolean;
}

interface Handing {
  readonly do: 'hand';
  readonly from: string;
  readonly attemptId: string;
  readonly deadlineMs: number;
  readonly atMs: number;
}

type Step = Taking | Giving | Handing;

export class Turnstile {
  readonly #options: TurnstileOptions;
  #steps: Step[] = [];
  /** One of the steps takes a permit. */
  #takes = false;
  /** Those of the steps that are nobody's yet, the oldest first. */
  #free = new Map<string, Giving>();
  /** Permits that this process has, and until when. */
  readonly #held = new Map<string, number>();
  /** How many were handed on so far, and how many more may be until then. */
  #handed = 0;
  #credit = 0;
  #creditUntilMs = 0;
  #limits: FunctionLimits = { unreservedPool: 0 };
  #bounds: Bounds = boundsOf(this.#limits);
  #boundsOf = boundsText(this.#limits);

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  get takes(): boolean {
    return this.#takes;
  }

  /** A permit that was given back here a moment ago. Undefined: Redis is to be asked. */
  handOn({ attemptId, deadlineMs, limits }: PermitAsk): Admission | undefined {
    this.#obey(limits);
    const now = this.#options.clock.now();
    if (this.#credit < 1 || now >= this.#creditUntilMs) return undefined;
    // Who came before is given what is free before, and steps that speak of the same attempt stay in their order.
    if (this.#takes) return undefined;
    if (this.#held.has(attemptId) || this.#free.has(attemptId)) return undefined;
    const [free] = this.#free.values();
    if (!free || free.deadlineMs <= now || free.deadlineMs < deadlineMs - HANDED_SLACK_MS) return undefined;
    this.#free.delete(free.attemptId);
    this.#credit -= 1;
    this.#handed += 1;
    free.isHandedOn = true;
    this.#steps.push({ do: 'hand', from: free.attemptId, attemptId, deadlineMs, atMs: now });
    this.#held.set(attemptId, deadlineMs);
    return admit(HOLDER, limits);
  }

  take({ attemptId, deadlineMs, limits }: PermitAsk): Promise<Admission> {
    this.#obey(limits);
    this.#takes = true;
    return new Promise((resolve, reject) => {
      this.#steps.push({ do: 'take', attemptId, deadlineMs, resolve, reject });
    });
  }

  give(attemptId: string): void {
    const { clock } = this.#options;
    const deadlineMs = this.#held.get(attemptId) ?? 0;
    const giving: Giving = { do: 'give', attemptId, deadlineMs, atMs: clock.now(), isHandedOn: false };
    this.#steps.push(giving);
    if (this.#held.delete(attemptId)) this.#free.set(attemptId, giving);
  }

  /** Tells Redis now what it has not been told. */
  async flush(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    this.#takes = false;
    this.#free.clear();
    if (steps.length > 0) await this.#carryOut(steps, this.#limits, this.#bounds);
  }

  /** Who comes under other limits comes after those before. */
  #obey(limits: FunctionLimits): void {
    const text = boundsText(limits);
    if (text !== this.#boundsOf) {
      void this.flush();
      this.#credit = 0;
      this.#boundsOf = text;
      this.#bounds = boundsOf(limits);
    }
    this.#limits = limits;
  }

  async #carryOut(steps: readonly Step[], limits: FunctionLimits, bounds: Bounds): Promise<void> {
    const { redis, keys, onError } = this.#options;
    const takings = steps.filter((step) => step.do === 'take');
    const handedBefore = this.#handed;
    try {
      const counted = (await permitScript.run(redis, keys, this.#args(steps, limits, bounds))) as number[][];
      for (const [index, taking] of takings.entries())
        this.#answer(taking, counted[index] ?? [], limits, this.#handed - handedBefore);
    } catch (error) {
      for (const taking of takings) taking.reject(error);
      if (takings.length < steps.length) onError(error);
    }
  }

  #args(steps: readonly Step[], limits: FunctionLimits, bounds: Bounds): (string | number)[] {
    const { clock, tellTime } = this.#options;
    const now = clock.now();
    const reserved = limits.reservedConcurrency === undefined ? 'u' : 'r';
    const { running, runningUnreserved, takenRecently, startedRecently } = bounds;
    const time = tellTime ? now : '';
    const args: (string | number)[] = [time, IDLE_KEPT_MS, reserved, running, runningUnreserved];
    args.push(takenRecently, startedRecently);
    for (const step of steps) args.push(...stepArguments(step, now));
    return args;
  }

  /** `handedSince`: what was handed on after Redis was asked. */
  #answer(taking: Taking, [entered = 0, ...counts]: number[], limits: FunctionLimits, handedSince: number): void {
    const usage = usageOf(counts);
    const admission = admit(usage, limits);
    if (admission.admitted !== entered > 0) {
      taking.reject(new Error('admit() refuses by more than single counts: see bounds.ts.'));
      return;
    }
    if (admission.admitted) this.#held.set(taking.attemptId, taking.deadlineMs);
    const saysWhatIsLeft = entered < 2 && this.#boundsOf === boundsText(limits);
    if (saysWhatIsLeft) this.#trust(admission, usage.takenRecently + handedSince);
    taking.resolve(admission);
  }

  #trust({ admitted }: Admission, takenRecently: number): void {
    const left = this.#bounds.takenRecently - takenRecently - 1;
    this.#credit = admitted ? Math.floor(left / SHARES) : 0;
    this.#creditUntilMs = this.#options.clock.now() + ANSWER_HOLDS_MS;
  }
}

function stepArguments(step: Step, now: number): (string | number)[] {
  const { attemptId, deadlineMs } = step;
  if (step.do === 'take') return ['t', attemptId, deadlineMs - now];
  if (step.do === 'hand') return ['h', step.from, now - step.atMs, attemptId, deadlineMs - now];
  return step.isHandedOn ? [] : ['g', attemptId, now - step.atMs];
}

function boundsText({ reservedConcurrency, unreservedPool }: FunctionLimits): string {
  return `${reservedConcurrency}/${unreservedPool}`;
}

function usageOf(counts: number[]): FunctionUsage {
  const [running = 0, runningUnreserved = 0, idleEnvironments = 0, startedRecently = 0, takenRecently = 0] = counts;
  return { running, runningUnreserved, idleEnvironments, startedRecently, takenRecently };
}
