/**
 * Permits across processes and machines: sorted sets scored by deadline.
 *
 * 1. Counting and entering is one script, so that the order of arrival decides and no more than the limit are admitted.
 *    What `admit` refuses was never entered, so that those who ask in vain keep nobody else out.
 * 2. A deadline is sent as what is left of it, and kept by Redis's clock: the clocks of processes need not agree.
 * 3. What one process takes within one turn of its event loop is one call. A permit that is given back waits GIVES_WAIT_MS
 *    for somebody here who takes one, and is handed on; others see it freed so much later, and no more.
 * 4. All keys stand in one slot of a cluster: the pool that functions share is one number.
 */
import type { Clock, PermitAsk, Permits } from '@millrace/runtime';
import type { Admission } from '@millrace/semantics';
import type { Redis } from 'ioredis';
import { Turnstile } from './turnstile.ts';

const GIVES_WAIT_MS = 10;

export interface RedisPermitsOptions {
  readonly clock: Clock;
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
  /** True in tests: scripts are told the clock's time instead of asking Redis. */
  readonly tellTime?: boolean;
  /** A permit could not be given back now; it ends with its deadline. */
  readonly onError?: (error: unknown) => void;
}

export interface RedisPermits extends Permits {
  /** To be called before the connection is closed: a permit that was given back a moment ago may not be told yet. */
  flush(): Promise<void>;
}

class PermitsOnRedis implements RedisPermits {
  readonly #redis: Redis;
  readonly #options: RedisPermitsOptions;
  readonly #tag: string;
  readonly #turnstiles = new Map<string, Turnstile>();
  #due: NodeJS.Immediate | undefined;
  #late: NodeJS.Timeout | undefined;

  constructor(redis: Redis, options: RedisPermitsOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#tag = `{${options.prefix ?? 'millrace'}:permits}`;
  }

  take(ask: PermitAsk): Promise<Admission> {
    const turnstile = this.#turnstileOf(ask.functionName);
    const handed = turnstile.handOn(ask);
    if (handed) return Promise.resolve(handed);
    this.#due ??= setImmediate(() => void this.flush());
    return turnstile.take(ask);
  }

  give(functionName: string, attemptId: string): void {
    this.#late ??= setTimeout(() => void this.flush(), GIVES_WAIT_MS);
    this.#turnstileOf(functionName).give(attemptId);
  }

  async flush(): Promise<void> {
    clearImmediate(this.#due);
    clearTimeout(this.#late);
    this.#due = undefined;
    this.#late = undefined;
    const all = [...this.#turnstiles.values()];
    // What one function gives back counts for another that takes.
    const givers = all.filter((turnstile) => !turnstile.takes);
    const takers = all.filter((turnstile) => turnstile.takes);
    await Promise.all([...givers, ...takers].map((turnstile) => turnstile.flush()));
  }

  #turnstileOf(functionName: string): Turnstile {
    let turnstile = this.#turnstiles.get(functionName);
    if (!turnstile) {
      const own = `${this.#tag}:${functionName}`;
      const { clock, tellTime = false, onError = () => undefined } = this.#options;
      const keys = [`${own}:running`, `${this.#tag}::unreserved`, `${own}:taken`, `${own}:started`, `${own}:meta`];
      turnstile = new Turnstile({ redis: this.#redis, clock, keys, tellTime, onError });
      this.#turnstiles.set(functionName, turnstile);
    }
    return turnstile;
  }
}

export function redisPermits(redis: Redis, options: RedisPermitsOptions): RedisPermits {
  return new PermitsOnRedis(redis, options);
}
