/**
 * The reads of one process that wait for records of one topic. A read takes nothing away, so each looks for itself.
 *
 * 1. A read looks once when it begins, and then only when a record arrives in one of its partitions, when the channel was
 *    silent for a moment (subscribed, or connected anew), or when the heartbeat beats. What arrives during a look makes
 *    it look again.
 * 2. A read that was ended, by its time or by its signal, is answered at once.
 */
import { type Clock, NoSuchTopic, type PartitionAsk, type PartitionReceipt, type TopicRead } from '@millrace/runtime';

/** A wake-up may be lost with its connection; so long, at most, does that cost. */
const HEARTBEAT_MS = 10_000;

export interface WaitingTools {
  readonly clock: Clock;
  look(asks: readonly PartitionAsk[], limit: TopicRead): Promise<PartitionReceipt[]>;
  /** Asks to be woken from now on: 0 for everybody, else the number of a partition, counted from 1. */
  listen(woken: (which: number) => void): void;
}

interface Waiter {
  readonly partitions: ReadonlySet<number>;
  look(): void;
  settle(receipts: PartitionReceipt[]): void;
  fail(reason: unknown): void;
}

export class WaitingReads {
  readonly #tools: WaitingTools;
  readonly #waiting = new Set<Waiter>();
  #listens = false;

  constructor(tools: WaitingTools) {
    this.#tools = tools;
  }

  read(asks: readonly PartitionAsk[], limit: TopicRead, waitMs: number): Promise<PartitionReceipt[]> {
    return new Promise((resolve, reject) => {
      const waiter = this.#waiter(asks, limit, waitMs, resolve, reject);
      this.#waiting.add(waiter);
      if (!this.#listens) {
        this.#listens = true;
        this.#tools.listen((which) => this.#woken(which));
      }
      waiter.look();
    });
  }

  /** Ends all waiting with empty hands. */
  end(): void {
    for (const waiter of this.#waiting) waiter.settle([]);
  }

  #woken(which: number): void {
    for (const waiter of this.#waiting) {
      if (which === 0 || waiter.partitions.has(which - 1)) waiter.look();
    }
  }

  #waiter(
    asks: readonly PartitionAsk[],
    limit: TopicRead,
    waitMs: number,
    resolve: (receipts: PartitionReceipt[]) => void,
    reject: (reason: unknown) => void,
  ): Waiter {
    const { clock } = this.#tools;
    let isOver = false;
    const leave = () => {
      isOver = true;
      timeout.cancel();
      looks.end();
      limit.signal?.removeEventListener('abort', giveUp);
      this.#waiting.delete(waiter);
    };
    const waiter: Waiter = {
      partitions: new Set(asks.map(({ partition }) => partition)),
      look: () => looks.look(),
      settle: (receipts) => {
        if (isOver) return;
        leave();
        resolve(receipts);
      },
      fail: (reason) => {
        if (isOver) return;
        leave();
        reject(reason);
      },
    };
    const giveUp = () => waiter.settle([]);
    const looks = new Looks(
      clock,
      () => this.#tools.look(asks, limit),
      (receipts) => waiter.settle(receipts),
      (error) => this.#failed(waiter, error),
    );
    const timeout = clock.at(clock.now() + waitMs, giveUp);
    limit.signal?.addEventListener('abort', giveUp, { once: true });
    return waiter;
  }

  #failed(waiter: Waiter, error: unknown): void {
    for (const each of error instanceof NoSuchTopic ? this.#waiting : [waiter]) each.fail(error);
  }
}

/** Looks of one read, one at a time. */
class Looks {
  readonly #clock: Clock;
  readonly #ask: () => Promise<PartitionReceipt[]>;
  readonly #found: (receipts: PartitionReceipt[]) => void;
  readonly #failed: (error: unknown) => void;
  #state: 'rests' | 'looks' | 'looks again' | 'over' = 'rests';
  #heartbeat: { cancel(): void } | undefined;

  constructor(
    clock: Clock,
    ask: () => Promise<PartitionReceipt[]>,
    found: (receipts: PartitionReceipt[]) => void,
    failed: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#ask = ask;
    this.#found = found;
    this.#failed = failed;
  }

  look(): void {
    if (this.#state === 'rests') void this.#look();
    else if (this.#state === 'looks') this.#state = 'looks again';
  }

  end(): void {
    this.#state = 'over';
    this.#heartbeat?.cancel();
  }

  async #look(): Promise<void> {
    this.#heartbeat?.cancel();
    for (let goesOn = true; goesOn; goesOn = this.#isDue()) {
      this.#state = 'looks';
      try {
        const receipts = await this.#ask();
        if (receipts.length > 0) return this.#found(receipts);
      } catch (error) {
        return this.#failed(error);
      }
    }
    if (this.#isOver()) return;
    this.#state = 'rests';
    this.#heartbeat = this.#clock.at(this.#clock.now() + HEARTBEAT_MS, () => this.look());
  }

  #isDue(): boolean {
    return this.#state === 'looks again';
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }
}
