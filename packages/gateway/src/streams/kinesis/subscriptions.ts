/**
 * Who listens to which shard as which consumer. There is one subscription for a consumer and a shard: within five seconds
 * of it another one is refused, later another one takes over and the former ends. Remembered by this process only.
 */
import type { Clock } from '@millrace/runtime';

const REFUSED_MS = 5000;
const REMEMBERED_AT_MOST = 10_000;

interface Subscription {
  readonly sinceMs: number;
  readonly end: AbortController;
}

export class Subscriptions {
  readonly #clock: Clock;
  readonly #current = new Map<string, Subscription>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined: there is one that is too young to be taken over. The signal says when another one has taken over. */
  begin(consumerArn: string, shardId: string): AbortSignal | undefined {
    const key = `${consumerArn} ${shardId}`;
    const nowMs = this.#clock.now();
    const former = this.#current.get(key);
    if (former && nowMs - former.sinceMs < REFUSED_MS) return undefined;
    former?.end.abort();
    if (!former) this.#forgetOld(nowMs);
    const end = new AbortController();
    this.#current.set(key, { sinceMs: nowMs, end });
    return end.signal;
  }

  /** Also when it was the client that left: AWS counts from the call, not from its end. */
  #forgetOld(nowMs: number): void {
    if (this.#current.size < REMEMBERED_AT_MOST) return;
    for (const [key, { sinceMs }] of this.#current) {
      if (nowMs - sinceMs >= FORGOTTEN_MS) this.#current.delete(key);
    }
  }
}

/** No subscription lasts longer than five minutes. */
const FORGOTTEN_MS = 300_000;
