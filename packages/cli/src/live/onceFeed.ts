/** The arrivals of a scenario, as they come due on a real clock. */
import type { Arrival, ArrivalFeed } from '@millrace/simulation';

/** So many at once, at most: a run that has fallen behind catches up in large pieces. */
const MOST_AT_ONCE = 2000;

/** An arrival that is due, under its id. */
export interface Due {
  readonly id: string;
  readonly arrival: Arrival;
}

export class OnceFeed {
  readonly #feed: ArrivalFeed;
  #chunk: readonly Arrival[] | undefined;
  #at = 0;
  #count = 0;

  constructor(feed: ArrivalFeed) {
    this.#feed = feed;
  }

  /** How many were taken. */
  get count(): number {
    return this.#count;
  }

  get total(): number | undefined {
    return this.#feed.total;
  }

  /** When the next one is due, from the start; undefined when there is none. */
  async nextMs(): Promise<number | undefined> {
    if (this.#count === 0 && !this.#chunk) this.#chunk = await this.#feed.next();
    while (this.#chunk && this.#at >= this.#chunk.length) {
      this.#chunk = await this.#feed.next();
      this.#at = 0;
    }
    return this.#chunk?.[this.#at]?.atMs;
  }

  /** Everything that is due by then, with the id of each; what is due at one instant comes together. */
  async takeUntil(dueMs: number): Promise<Due[]> {
    const taken: Due[] = [];
    let lastMs: number | undefined;
    for (let next = await this.nextMs(); next !== undefined && next <= dueMs; next = await this.nextMs()) {
      if (taken.length >= MOST_AT_ONCE && next !== lastMs) break;
      const arrival = this.#chunk?.[this.#at] as Arrival;
      this.#at += 1;
      this.#count += 1;
      lastMs = next;
      taken.push({ id: arrival.id ?? `r${this.#count}`, arrival });
    }
    return taken;
  }
}
