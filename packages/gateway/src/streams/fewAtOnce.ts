/**
 * Lets few go at once, in the order in which they came. Large reads that are carried out side by side all take as long as the
 * last of them; one after the other, the first is answered while the next is read, and whoever waits for it works meanwhile.
 */
export class FewAtOnce {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  /** `left` is asked for only by who has to wait. @throws its reason, without any work, when the caller left meanwhile */
  async run<T>(work: () => Promise<T>, left: () => AbortSignal): Promise<T> {
    const signal = this.#free > 0 ? undefined : left();
    if (!signal) this.#free -= 1;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
