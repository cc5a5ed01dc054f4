/** One of each name, made when it is first asked for. */
export class Named<T> {
  readonly #make: (name: string) => T;
  readonly #made = new Map<string, T>();

  constructor(make: (name: string) => T) {
    this.#make = make;
  }

  get(name: string): T {
    let made = this.#made.get(name);
    if (made === undefined) {
      made = this.#make(name);
      this.#made.set(name, made);
    }
    return made;
  }

  all(): Iterable<T> {
    return this.#made.values();
  }
}
