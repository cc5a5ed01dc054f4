/** Columns of small numbers by record ordinal: a few bytes a record, however many there are. */
export class Column {
  #values = new Uint32Array(1024);

  get(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#grow(index);
    this.#values[index] = value;
  }

  add(index: number): void {
    this.set(index, this.get(index) + 1);
  }

  #grow(index: number): void {
    let size = this.#values.length * 2;
    while (size <= index) size *= 2;
    const grown = new Uint32Array(size);
    grown.set(this.#values);
    this.#values = grown;
  }
}
