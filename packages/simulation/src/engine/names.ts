import type { Arrival } from '../scenario/plan.ts';

/** The ids of records by their ordinal. Most records are called `r<n>` and cost nothing; given ids are kept in chunks. */
const CHUNK = 4096;

export class RecordNames {
  readonly #chunks: (string[] | undefined)[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** They take the next ordinals. */
  add(arrivals: readonly Arrival[]): void {
    for (let index = 0; index < arrivals.length; index += 1) {
      const id = arrivals[index]?.id;
      if (id !== undefined) this.#keep(this.#count + index, id);
    }
    this.#count += arrivals.length;
  }

  #keep(ordinal: number, id: string): void {
    const chunk = Math.floor(ordinal / CHUNK);
    this.#chunks[chunk] ??= [];
    (this.#chunks[chunk] as string[])[ordinal % CHUNK] = id;
  }

  name(ordinal: number): string {
    return this.#chunks[Math.floor(ordinal / CHUNK)]?.[ordinal % CHUNK] ?? `r${ordinal + 1}`;
  }
}
