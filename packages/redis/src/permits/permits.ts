/**
 * Permits across processes and machines: sorted sets scored by deadline.
 *
 * 1. Counting and entering is one script, so that the order of arrival decides and no more than the limit are admitted.
 *    What `admit` refuses was never entered, so that those who ask in vain keep nobody else out.
 * 2. A deadline is sent as what is left of it, and kept by Redis's clock: the clocks of processes need not agree.
 * 3. All keys stand in one slot of a cluster: the pool that functions share is one number.
 */
import type { Clock, PermitAsk, Permits } from '@millrace/runtime';
import { type Admission, admit, type FunctionLimits, type FunctionUsage } from '@millrace/semantics';
import type { Redis } from 'ioredis';
import { type Bounds, boundsOf } from './bounds.ts';
import { giveScript, takeScript } from './scripts.ts';

const IDLE_KEPT_MS = 900_000;
export interface RedisPermitsOptions {
  readonly clock: Clock;
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
  /** True in tests: scripts are told the clock's time instead of asking Redis. */
  readonly tellTime?: boolean;
  /** A permit could not be given back now; it ends with its deadline. */
  readonly onError?: (error: unknown) => void;
}

type Counted = [entered: number, running: number, unreserved: number, idle: number, started: number, taken: number];
type Keys = readonly [running: string, unreserved: string, taken: string, started: string, meta: string];

class RedisPermits implements Permits {
  readonly #redis: Redis;
  readonly #options: RedisPermitsOptions;
  readonly #tag: string;
  readonly #keys = new Map<string, Keys>();
  readonly #bounds = new Map<string, Bounds>();

  constructor(redis: Redis, options: RedisPermitsOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#tag = `{${options.prefix ?? 'millrace'}:permits}`;
  }

  async take(ask: PermitAsk): Promise<Admission> {
    const leftMs = ask.deadlineMs - this.#options.clock.now();
    const reserved = ask.limits.reservedConcurrency === undefined ? 'u' : 'r';
    const bounds = this.#boundsOf(ask.limits);
    const answer = await takeScript.run(this.#redis, this.#keysOf(ask.functionName), [
      this.#now(),
      ask.attemptId,
      leftMs,
      reserved,
      bounds.running,
      bounds.runningUnreserved,
      bounds.takenRecently,
      bounds.startedRecently,
    ]);
    const [entered, ...counts] = answer as Counted;
    const admission = admit(usageOf(counts), ask.limits);
    if (admission.admitted !== (entered === 1))
      throw new Error('admit() refuses by more than single counts: see bounds.ts.');
    return admission;
  }

  give(functionName: string, attemptId: string): void {
    const [running, unreserved, , , meta] = this.#keysOf(functionName);
    giveScript
      .run(this.#redis, [running, unreserved, meta], [this.#now(), attemptId, IDLE_KEPT_MS])
      .catch((error) => this.#options.onError?.(error));
  }

  #now(): number | '' {
    return this.#options.tellTime ? this.#options.clock.now() : '';
  }

  #boundsOf(limits: FunctionLimits): Bounds {
    const id = `${limits.reservedConcurrency}/${limits.unreservedPool}`;
    let bounds = this.#bounds.get(id);
    if (!bounds) {
      bounds = boundsOf(limits);
      this.#bounds.set(id, bounds);
    }
    return bounds;
  }

  #keysOf(functionName: string): Keys {
    let keys = this.#keys.get(functionName);
    if (!keys) {
      const own = `${this.#tag}:${functionName}`;
      keys = [`${own}:running`, `${this.#tag}::unreserved`, `${own}:taken`, `${own}:started`, `${own}:meta`];
      this.#keys.set(functionName, keys);
    }
    return keys;
  }
}

function usageOf(counts: number[]): FunctionUsage {
  const [running = 0, runningUnreserved = 0, idleEnvironments = 0, startedRecently = 0, takenRecently = 0] = counts;
  return { running, runningUnreserved, idleEnvironments, startedRecently, takenRecently };
}

export function redisPermits(redis: Redis, options: RedisPermitsOptions): Permits {
  return new RedisPermits(redis, options);
}
