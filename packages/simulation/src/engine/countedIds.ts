/** Ids in the form of UUIDs that are counted instead of drawn: cheap, unique within a run, the same for the same seed. */
import type { Random } from './random.ts';

export class CountedIds {
  readonly #prefix: string;

  constructor(random: Random) {
    this.#prefix = random.uuid().slice(0, 24);
  }

  of(count: number): string {
    return this.#prefix + count.toString(16).padStart(12, '0');
  }
}
