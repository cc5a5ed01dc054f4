/**
 * Deletes of all slots of a mapping, put together: handles that come within one turn of the event loop go out in as few
 * calls as the queue allows.
 *
 * 1. So many calls are on their way at most; a batch of 10,000 messages does not open a thousand connections.
 * 2. A delete that fails is tried again, a few times at least and for as long as its messages are hidden: whoever gave up
 *    earlier would have them delivered twice. Then they are said to be still there, and come back by visibility.
 */
import type { Clock } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { NotDeleted, QueueClient } from './client.ts';

const LEAST_TRIES = 4;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const CALLS_AT_ONCE = 32;

interface Waiting {
  readonly receiptHandle: string;
  readonly untilMs: Millis;
  readonly answered: (kept: NotDeleted | undefined) => void;
}

export class Deletes {
  readonly #client: QueueClient;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #calls = 0;

  constructor(client: QueueClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Deletes these, which are hidden until then; answers what is still there. Never rejects. */
  delete(receiptHandles: readonly string[], untilMs: Millis): Promise<readonly NotDeleted[]> {
    return new Promise((resolve) => {
      const kept: NotDeleted[] = [];
      let open = receiptHandles.length;
      if (open === 0) resolve(kept);
      const answered = (one: NotDeleted | undefined) => {
        if (one) kept.push(one);
        open -= 1;
        if (open === 0) resolve(kept);
      };
      for (const receiptHandle of receiptHandles) this.#waiting.push({ receiptHandle, untilMs, answered });
      this.#schedule();
    });
  }

  #schedule(): void {
    const { deletesAtOnce } = this.#client;
    if (this.#waiting.length >= deletesAtOnce) this.#flush(deletesAtOnce);
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush(1);
    });
  }

  /** Sends what waits, in calls of at least so many. */
  #flush(least: number): void {
    const { deletesAtOnce } = this.#client;
    while (this.#waiting.length >= least && this.#calls < CALLS_AT_ONCE) {
      this.#calls += 1;
      void this.#send(this.#waiting.splice(0, deletesAtOnce));
    }
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    let untilMs = 0;
    for (const one of batch) untilMs = Math.max(untilMs, one.untilMs);
    const kept = new Map<string, NotDeleted>();
    await this.#try(
      batch.map(({ receiptHandle }) => receiptHandle),
      untilMs,
      kept,
    );
    this.#calls -= 1;
    this.#flush(this.#scheduled ? this.#client.deletesAtOnce : 1);
    for (const { receiptHandle, answered } of batch) answered(kept.get(receiptHandle));
  }

  async #try(handles: readonly string[], untilMs: Millis, kept: Map<string, NotDeleted>): Promise<void> {
    let left = handles;
    for (let tries = 1; ; tries += 1) {
      left = await this.#once(left, kept);
      if (left.length === 0) return;
      const now = this.#clock.now();
      const againMs = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10));
      if (tries >= LEAST_TRIES && againMs >= untilMs) break;
      await this.#clock.until(againMs);
    }
    for (const receiptHandle of left) kept.set(receiptHandle, { receiptHandle });
  }

  /** Answers what is to be tried again. */
  async #once(handles: readonly string[], kept: Map<string, NotDeleted>): Promise<readonly string[]> {
    let answer: readonly NotDeleted[];
    try {
      answer = await this.#client.delete(handles);
    } catch {
      return handles;
    }
    const again: string[] = [];
    for (const one of answer) {
      if (one.again) again.push(one.receiptHandle);
      else kept.set(one.receiptHandle, one);
    }
    return again;
  }
}
