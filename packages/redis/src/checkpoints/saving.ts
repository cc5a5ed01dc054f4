/**
 * Saves, sent to Redis as one call where they belong together: those of one scope that are ordered within one turn of the
 * event loop. A call costs a process far more than what is in it, and lanes that are answered together save together.
 *
 * 1. What one call carries is applied in the order in which it was ordered, all of it or nothing.
 * 2. Calls of one scope are sent in the order in which their saves were ordered.
 */
import type { Scope } from '@millrace/runtime';
import type { SaveOrder } from '@millrace/semantics';

type Save = Pick<SaveOrder, 'ledgers' | 'lanes'>;

/** Saves that go out together: of one scope, one owner and one factor. */
export interface Sending {
  readonly scope: Scope;
  readonly factor: number;
  readonly saves: Save[];
  readonly answer: Promise<boolean>;
  readonly resolve: (answer: boolean | PromiseLike<boolean>) => void;
}

export class Saves {
  readonly #send: (sending: Sending) => Promise<boolean>;
  #waiting = new Map<string, Sending>();
  #due: NodeJS.Immediate | undefined;

  constructor(send: (sending: Sending) => Promise<boolean>) {
    this.#send = send;
  }

  save(scope: Scope, factor: number, save: Save): Promise<boolean> {
    const key = `${scope.mapping}\n${scope.name}`;
    const before = this.#waiting.get(key);
    if (before && isAlike(before, scope, factor)) {
      before.saves.push(save);
      return before.answer;
    }
    if (before) this.flush();
    const sending = sendingOf(scope, factor, save);
    this.#waiting.set(key, sending);
    this.#due ??= setImmediate(() => this.flush());
    return sending.answer;
  }

  /** What waits goes out now: whoever writes otherwise comes after it. */
  flush(): void {
    clearImmediate(this.#due);
    this.#due = undefined;
    const all = this.#waiting;
    this.#waiting = new Map();
    for (const sending of all.values()) sending.resolve(this.#send(sending));
  }
}

function sendingOf(scope: Scope, factor: number, save: Save): Sending {
  let resolve: Sending['resolve'] = () => {};
  const answer = new Promise<boolean>((done) => {
    resolve = done;
  });
  return { scope, factor, saves: [save], answer, resolve };
}

function isAlike(sending: Sending, { owner }: Scope, factor: number): boolean {
  const { owner: other } = sending.scope;
  return sending.factor === factor && other?.name === owner?.name && other?.epoch === owner?.epoch;
}
