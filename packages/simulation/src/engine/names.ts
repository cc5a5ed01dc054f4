/**
 * The ids of records by their ordinal. Most records are called `r<n>` and cost nothing; given ids are kept in chunks,
 * which a summary run gives back once every record of a chunk is closed.
 */
const CHUNK = 4096;

export class RecordNames {
  readonly #chunks: (string[] | undefined)[] = [];
  readonly #open: number[] = [];
  readonly #keepAll: boolean;
  #count = 0;

  constructor(keepAll: boolean) {
    this.#keepAll = keepAll;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes the next ordinal. */
  add(id: string | undefined): number {
    const ordinal = this.#count;
    this.#count += 1;
    const chunk = Math.floor(ordinal / CHUNK);
    this.#open[chunk] = (this.#open[chunk] ?? 0) + 1;
    if (id !== undefined) {
      this.#chunks[chunk] ??= [];
      (this.#chunks[chunk] as string[])[ordinal % CHUNK] = id;
    }
    return ordinal;
  }

  name(ordinal: number): string {
    return this.#chunks[Math.floor(ordinal / CHUNK)]?.[ordinal % CHUNK] ?? `r${ordinal + 1}`;
  }

  /** Nothing will be said about this record any more. */
  close(ordinal: number): void {
    if (this.#keepAll) return;
    const chunk = Math.floor(ordinal / CHUNK);
    const left = (this.#open[chunk] ?? 1) - 1;
    this.#open[chunk] = left;
    if (left === 0 && this.#count > (chunk + 1) * CHUNK) this.#chunks[chunk] = undefined;
  }
}
