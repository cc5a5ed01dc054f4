/** How much each shard was read through this gateway, where a stream has limits. */
import type { Clock } from '@millrace/runtime';
import {
  countRead,
  countReadBytes,
  KINESIS_READ_LIMITS,
  type ReadWindow,
  readableAt,
  UNREAD,
} from '@millrace/semantics';

const REMEMBERED_AT_MOST = 10_000;

export class ReadLimits {
  readonly #clock: Clock;
  readonly #windows = new Map<string, ReadWindow>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a read of a shard may begin now; when it may it is counted. */
  mayRead(shard: string): boolean {
    const nowMs = this.#clock.now();
    const window = this.#windows.get(shard) ?? UNREAD;
    if (readableAt(KINESIS_READ_LIMITS, window, nowMs) > nowMs) return false;
    if (this.#windows.size >= REMEMBERED_AT_MOST) this.#windows.clear();
    this.#windows.set(shard, countRead(KINESIS_READ_LIMITS, window, 0, nowMs));
    return true;
  }

  gave(shard: string, bytes: number): void {
    const window = this.#windows.get(shard) ?? UNREAD;
    this.#windows.set(shard, countReadBytes(KINESIS_READ_LIMITS, window, bytes, this.#clock.now()));
  }
}
