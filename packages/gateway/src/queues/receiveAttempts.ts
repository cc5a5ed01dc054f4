/**
 * ReceiveRequestAttemptId: a FIFO receive whose answer was lost can be repeated for 5 minutes, and returns the same
 * messages under the same handles while they are in flight, with their visibility timeout started anew.
 */
import type { Clock, Queue } from '@millrace/runtime';
import { DEDUPLICATION_INTERVAL_MS, type ReceivedMessage } from '@millrace/semantics';

/** Beyond this the oldest attempts are forgotten; a repeat then receives anew. */
const ATTEMPTS_AT_MOST = 10_000;

interface Attempt {
  readonly atMs: number;
  readonly messages: readonly ReceivedMessage[];
}

export class ReceiveAttempts {
  readonly #clock: Clock;
  readonly #attempts = new Map<string, Attempt>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(queueName: string, attemptId: string, messages: readonly ReceivedMessage[]): void {
    const key = keyOf(queueName, attemptId);
    this.#attempts.delete(key);
    this.#attempts.set(key, { atMs: this.#clock.now(), messages });
    for (const [oldest, { atMs }] of this.#attempts) {
      const isOld = atMs + DEDUPLICATION_INTERVAL_MS <= this.#clock.now();
      if (!isOld && this.#attempts.size <= ATTEMPTS_AT_MOST) break;
      this.#attempts.delete(oldest);
    }
  }

  /** What an earlier attempt of this id received and is still in flight; undefined when the receive is to be made. */
  async repeat(
    queueName: string,
    queue: Queue,
    attemptId: string,
    visibilityMs: number,
  ): Promise<readonly ReceivedMessage[] | undefined> {
    const attempt = this.#attempts.get(keyOf(queueName, attemptId));
    if (!attempt || attempt.atMs + DEDUPLICATION_INTERVAL_MS <= this.#clock.now()) return undefined;
    const outcomes = await queue.changeVisibility(
      attempt.messages.map(({ receiptHandle }) => ({ receiptHandle, visibilityMs })),
    );
    const still = attempt.messages.filter((_, index) => outcomes[index]?.kind === 'changed');
    return still.length > 0 ? still : undefined;
  }
}

function keyOf(queueName: string, attemptId: string): string {
  return `${queueName} ${attemptId}`;
}
