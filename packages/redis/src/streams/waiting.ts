/**
 * The reads of one process that wait at the end of a shard of one stream.
 *
 * 1. A read looks once, and then only when its shard's channel says that there is something new, or the heartbeat beats: a
 *    wake-up may be lost with its connection.
 * 2. It listens before it looks, so that nothing is put in between unheard.
 * 3. At the end of its time it looks once more. Ended by its signal or by a close, it answers what it saw last.
 */
import type { Clock, ShardAsk, ShardReceipt, Timer } from '@millrace/runtime';

const HEARTBEAT_MS = 10_000;

export interface WaitingTools {
  readonly clock: Clock;
  read(ask: ShardAsk): Promise<ShardReceipt | undefined>;
  /** Asks to be woken from now on when there is something new in a shard. */
  listen(shardId: string, woken: () => void): void;
}

interface Waiter {
  wake(): void;
  end(): void;
}

export class WaitingReads {
  readonly #tools: WaitingTools;
  /** By shard; a shard that was ever waited for stays. */
  readonly #waiting = new Map<string, Set<Waiter>>();

  constructor(tools: WaitingTools) {
    this.#tools = tools;
  }

  async read(ask: ShardAsk, waitMs: number): Promise<ShardReceipt | undefined> {
    const { clock } = this.#tools;
    const waiters = this.#waitersOf(ask.shardId);
    const waiter = new WaitingRead(clock, clock.now() + waitMs);
    const end = () => waiter.end();
    ask.signal?.addEventListener('abort', end, { once: true });
    waiters.add(waiter);
    try {
      return await this.#look(ask, waiter);
    } finally {
      waiters.delete(waiter);
      ask.signal?.removeEventListener('abort', end);
    }
  }

  /** Ends all waiting. */
  end(): void {
    for (const waiters of this.#waiting.values()) for (const waiter of waiters) waiter.end();
  }

  async #look(ask: ShardAsk, waiter: WaitingRead): Promise<ShardReceipt | undefined> {
    let seen: ShardReceipt | undefined = nothingOf(ask);
    for (;;) {
      const isLast = waiter.begin();
      try {
        seen = await this.#tools.read(ask);
      } catch (error) {
        if (!waiter.isEnded) throw error;
      }
      if (!seen || seen.records.length > 0 || seen.ended || isLast || waiter.isEnded) return seen;
      await waiter.woken();
      if (waiter.isEnded) return seen;
    }
  }

  #waitersOf(shardId: string): Set<Waiter> {
    let waiters = this.#waiting.get(shardId);
    if (!waiters) {
      const made = new Set<Waiter>();
      waiters = made;
      this.#waiting.set(shardId, made);
      this.#tools.listen(shardId, () => {
        for (const waiter of made) waiter.wake();
      });
    }
    return waiters;
  }
}

/** When one read looks again. */
class WaitingRead implements Waiter {
  isEnded = false;
  readonly #clock: Clock;
  readonly #untilMs: number;
  #isWoken = false;
  #resume: () => void = () => {};

  constructor(clock: Clock, untilMs: number) {
    this.#clock = clock;
    this.#untilMs = untilMs;
  }

  /** A look begins. Answers whether it is the last one. */
  begin(): boolean {
    this.#isWoken = false;
    return this.#clock.now() >= this.#untilMs;
  }

  wake(): void {
    this.#isWoken = true;
    this.#resume();
  }

  end(): void {
    this.isEnded = true;
    this.#resume();
  }

  /** Resolves when there may be something, also when that was said since the look began. */
  async woken(): Promise<void> {
    if (this.#isWoken || this.isEnded || this.#clock.now() >= this.#untilMs) return;
    const nextMs = Math.min(this.#untilMs, this.#clock.now() + HEARTBEAT_MS);
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      timer = this.#clock.at(nextMs, resolve);
    });
    timer?.cancel();
  }
}

function nothingOf({ fromIndex: nextIndex }: ShardAsk): ShardReceipt {
  return { records: [], nextIndex, missed: 0, ended: false, millisBehindLatest: 0 };
}
