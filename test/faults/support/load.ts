/**
 * Sends messages with known ids at a rate. A message of a FIFO queue is sent until there is an answer: its deduplication id
 * makes it one. One of a standard queue whose answer did not come may be there or not, and is not sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from '@millrace/runtime';
import type { SentMessage } from '@millrace/semantics';
import type { Sent } from './evidence.ts';

const AT_ONCE = 10;

export interface LoadOptions {
  readonly queue: string;
  readonly fifo: boolean;
  readonly count: number;
  /** The number of the first one; 0 when left out. */
  readonly from?: number;
  readonly perSecond: number;
  /** FIFO: how many groups, in turn. */
  readonly groups?: number;
  /** What else a message says to the function; `at` counts from 0. */
  readonly says?: (at: number) => Readonly<Record<string, unknown>>;
}

interface One {
  readonly id: string;
  readonly group: string | undefined;
  readonly message: SentMessage;
}

export class Load {
  /** Resolves when the last one was sent. */
  readonly sent: Promise<void>;
  readonly #queue: Queue;
  readonly #options: LoadOptions;
  readonly #sent: Sent[] = [];
  #stopped = false;

  constructor(queue: Queue, options: LoadOptions) {
    this.#queue = queue;
    this.#options = options;
    this.sent = this.#sendAll();
    this.sent.catch(() => {});
  }

  account(): readonly Sent[] {
    return this.#sent;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sendAll(): Promise<void> {
    const { count, perSecond } = this.#options;
    const beganMs = performance.now();
    for (let at = 0; at < count && !this.#stopped; at += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, index) => this.#one(at + index));
      const confirmed = await this.#send(some.map(({ message }) => message));
      for (const { id, group } of some) this.#sent.push({ id, queue: this.#options.queue, group, confirmed });
      const dueMs = beganMs + ((at + AT_ONCE) * 1000) / perSecond;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    }
  }

  #one(at: number): One {
    const { queue, fifo, groups = 20, from = 0, says } = this.#options;
    const id = `${queue}-${String(from + at).padStart(5, '0')}`;
    const group = fifo ? `g${at % groups}` : undefined;
    const body = JSON.stringify({ id, ...says?.(at) });
    return { id, group, message: { body, ...(group !== undefined && { groupId: group, dedupId: id }) } };
  }

  async #send(messages: readonly SentMessage[]): Promise<boolean> {
    while (!this.#stopped) {
      try {
        const outcomes = await this.#queue.send(messages);
        const refused = outcomes.find(({ kind }) => kind !== 'sent' && kind !== 'deduplicated');
        if (refused) throw new TypeError(`a message was refused: ${JSON.stringify(refused)}`);
        return true;
      } catch (error) {
        if (error instanceof TypeError) throw error;
        if (!this.#options.fifo) return false;
        await sleep(50);
      }
    }
    return false;
  }
}
