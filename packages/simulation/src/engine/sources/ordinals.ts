/** Which arrival stands at which index of a log. The front is given back with the records themselves. */
export class Ordinals {
  /** A ring with room for a power of two: what has an index stands at that index modulo the room. */
  #items = new Int32Array(64);
  #from = 0;
  #end = 0;

  add(ordinal: number): void {
    if (this.#end - this.#from === this.#items.length) this.#grow();
    this.#items[this.#end & (this.#items.length - 1)] = ordinal;
    this.#end += 1;
  }

  #grow(): void {
    const grown = new Int32Array(this.#items.length * 2);
    for (let index = this.#from; index < this.#end; index += 1) grown[index & (grown.length - 1)] = this.at(index);
    this.#items = grown;
  }

  at(index: number): number {
    if (index < this.#from || index >= this.#end) return -1;
    return this.#items[index & (this.#items.length - 1)] ?? -1;
  }

  /** Those at several indexes, in their order. */
  all(indexes: readonly number[]): number[] {
    const ordinals = new Array<number>(indexes.length);
    for (let at = 0; at < indexes.length; at += 1) ordinals[at] = this.at(indexes[at] as number);
    return ordinals;
  }

  range(from: number, to: number): number[] {
    const start = Math.max(this.#from, from);
    const ordinals = new Array<number>(Math.max(0, Math.min(this.#end, to) - start));
    for (let at = 0; at < ordinals.length; at += 1) ordinals[at] = this.at(start + at);
    return ordinals;
  }

  forget(before: number): void {
    this.#from = Math.max(this.#from, Math.min(before, this.#end));
  }
}
