/**
 * The saves of one poller. They are on their way at the same time, and stand in the order in which they were ordered: a save
 * that comes after a later one would take the checkpoint back, and bring a batch back that is finished.
 *
 * 1. They are answered in that order.
 * 2. When one fails, it is repeated, and everything behind it after it, one by one, until it works.
 */
import type { SaveOrder } from '@millrace/semantics';
import { type Persistence, persistently } from './persistently.ts';

interface Ordered {
  readonly order: SaveOrder;
  readonly answer: (accepted: boolean | undefined) => void;
  /** On its way; settles without a value. */
  sent: Promise<void> | undefined;
  accepted: boolean | undefined;
}

export class SaveLine {
  readonly #save: (order: SaveOrder) => Promise<boolean>;
  readonly #persistence: Persistence;
  /** Not answered yet. */
  #line: Ordered[] = [];
  #repeats = false;

  constructor(save: (order: SaveOrder) => Promise<boolean>, persistence: Persistence) {
    this.#save = save;
    this.#persistence = persistence;
  }

  /** Undefined once nobody waits any more. */
  save(order: SaveOrder): Promise<boolean | undefined> {
    return new Promise((answer) => {
      const one: Ordered = { order, answer, sent: undefined, accepted: undefined };
      this.#line.push(one);
      if (!this.#repeats) one.sent = this.#send(one);
    });
  }

  async #send(one: Ordered): Promise<void> {
    try {
      one.accepted = await this.#save(one.order);
      if (!this.#repeats) this.#answer();
    } catch (error) {
      this.#persistence.onError(error);
      if (!this.#repeats) void this.#repeat();
    }
  }

  #answer(): void {
    let count = 0;
    for (const { accepted, answer } of this.#line) {
      if (accepted === undefined) break;
      count += 1;
      answer(accepted);
    }
    if (count > 0) this.#line.splice(0, count);
  }

  async #repeat(): Promise<void> {
    this.#repeats = true;
    // What is still on its way must not be applied after what is repeated.
    await Promise.all(this.#line.map(({ sent }) => sent));
    for (let one = this.#line[0]; one; one = this.#line[0]) {
      const { order, answer } = one;
      const accepted = await persistently(() => this.#save(order), this.#persistence);
      this.#line.shift();
      answer(accepted);
    }
    this.#repeats = false;
  }
}
