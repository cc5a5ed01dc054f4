/**
 * Deletes of all slots of a mapping, put together: handles that come within one turn of the event loop go out in as few
 * calls as the queue allows. A delete that fails is tried again a few times; then its messages are said to be still there,
 * and come back by visibility.
 */
import type { Clock } from '@millrace/runtime';
import type { NotDeleted, QueueClient } from './client.ts';

const TRIES = 4;
const FIRST_WAIT_MS = 100;

interface Waiting {
  readonly receiptHandle: string;
  readonly answered: (kept: NotDeleted | undefined) => void;
}

export class Deletes {
  readonly #client: QueueClient;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(client: QueueClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Deletes these; answers what is still there. Never rejects. */
  delete(receiptHandles: readonly string[]): Promise<readonly NotDeleted[]> {
    return new Promise((resolve) => {
      const kept: NotDeleted[] = [];
      let open = receiptHandles.length;
      if (open === 0) resolve(kept);
      const answered = (one: NotDeleted | undefined) => {
        if (one) kept.push(one);
        open -= 1;
        if (open === 0) resolve(kept);
      };
      for (const receiptHandle of receiptHandles) this.#waiting.push({ receiptHandle, answered });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#waiting.length >= this.#client.deletesAtOnce) this.#flush();
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { deletesAtOnce } = this.#client;
    while (this.#waiting.length > 0) void this.#send(this.#waiting.splice(0, deletesAtOnce));
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const handles = batch.map(({ receiptHandle }) => receiptHandle);
    const kept = new Map((await this.#tried(handles)).map((one) => [one.receiptHandle, one]));
    for (const { receiptHandle, answered } of batch) answered(kept.get(receiptHandle));
  }

  async #tried(handles: readonly string[]): Promise<readonly NotDeleted[]> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.#client.delete(handles);
      } catch {
        if (failures === TRIES) return handles.map((receiptHandle) => ({ receiptHandle }));
        await this.#clock.until(this.#clock.now() + FIRST_WAIT_MS * 2 ** (failures - 1));
      }
    }
  }
}
