/** Which arrival stands at which index of a log. The front is given back with the records themselves. */
export class Ordinals {
  readonly #items: number[] = [];
  #base = 0;

  add(ordinal: number): void {
    this.#items.push(ordinal);
  }

  at(index: number): number {
    return this.#items[index - this.#base] ?? -1;
  }

  /** Those at several indexes, in their order. */
  all(indexes: readonly number[]): number[] {
    const ordinals = new Array<number>(indexes.length);
    for (let at = 0; at < indexes.length; at += 1) {
      ordinals[at] = this.#items[(indexes[at] as number) - this.#base] ?? -1;
    }
    return ordinals;
  }

  range(from: number, to: number): number[] {
    return this.#items.slice(Math.max(0, from - this.#base), Math.max(0, to - this.#base));
  }

  forget(before: number): void {
    const dead = before - this.#base;
    if (dead < 4096 || dead * 2 < this.#items.length) return;
    this.#items.splice(0, dead);
    this.#base = before;
  }
}
