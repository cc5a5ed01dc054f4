/**
 * How much a shard gives, where a stream has limits: five reads in a second, and 2 MiB a second, which one read may
 * overdraw and the following ones wait for (Kinesis Data Streams Developer Guide, Quotas and limits). Counted by this
 * gateway for what is read through it.
 */
import type { Clock } from '@millrace/runtime';

const READS_PER_SECOND = 5;
const BYTES_PER_SECOND = 2 * 1_048_576;
const REMEMBERED_AT_MOST = 10_000;

interface Window {
  second: number;
  reads: number;
  /** When all bytes that were given are paid for. */
  paidAtMs: number;
}

export class ReadLimits {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a read of a shard may begin now; when it may it is counted. */
  mayRead(shard: string): boolean {
    const nowMs = this.#clock.now();
    const second = Math.floor(nowMs / 1000);
    const window = this.#windowOf(shard);
    if (window.second !== second) {
      window.second = second;
      window.reads = 0;
    }
    if (window.reads >= READS_PER_SECOND || window.paidAtMs >= nowMs + 1000) return false;
    window.reads++;
    return true;
  }

  gave(shard: string, bytes: number): void {
    const window = this.#windowOf(shard);
    window.paidAtMs = Math.max(window.paidAtMs, this.#clock.now()) + (bytes / BYTES_PER_SECOND) * 1000;
  }

  #windowOf(shard: string): Window {
    let window = this.#windows.get(shard);
    if (!window) {
      if (this.#windows.size >= REMEMBERED_AT_MOST) this.#windows.clear();
      window = { second: 0, reads: 0, paidAtMs: 0 };
      this.#windows.set(shard, window);
    }
    return window;
  }
}
