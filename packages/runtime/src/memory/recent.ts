/** Instants that matter for a while, in the order in which they came: how many of them lie in the last span. */
import type { Millis } from '@millrace/semantics';

const FORGOTTEN_AT_ONCE = 4096;

export class Recent {
  readonly #spanMs: Millis;
  #times: Millis[] = [];
  #head = 0;

  constructor(spanMs: Millis) {
    this.#spanMs = spanMs;
  }

  add(now: Millis): void {
    this.#times.push(now);
  }

  count(now: Millis): number {
    while (this.#head < this.#times.length && (this.#times[this.#head] ?? 0) <= now - this.#spanMs) this.#head += 1;
    if (this.#head > FORGOTTEN_AT_ONCE && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    return this.#times.length - this.#head;
  }
}
