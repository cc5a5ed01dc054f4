/**
 * The commits of one opening, put together: one is on its way at a time, and what comes meanwhile goes with the next.
 *
 * 1. Offsets of a partition never go back.
 * 2. While the group cannot be asked it is asked again, until the generation is over or nobody reads here any more.
 */
import type { Clock } from '@millrace/runtime';
import type { GroupMember } from './client.ts';

const AGAIN_MS = 250;

export class Commits {
  readonly #member: GroupMember;
  readonly #generation: number;
  readonly #clock: Clock;
  #next: Map<number, number> | undefined;
  #waiting: Promise<boolean> | undefined;
  #running: Promise<boolean> = Promise.resolve(true);
  readonly #over = new AbortController();

  constructor(member: GroupMember, generation: number, clock: Clock) {
    this.#member = member;
    this.#generation = generation;
    this.#clock = clock;
  }

  /** False when the generation is over. */
  commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    this.#next ??= new Map();
    for (const [partition, offset] of offsets) {
      this.#next.set(partition, Math.max(offset, this.#next.get(partition) ?? 0));
    }
    this.#waiting ??= this.#afterwards();
    return this.#waiting;
  }

  /** Nothing is tried again. */
  end(): void {
    this.#over.abort();
  }

  async #afterwards(): Promise<boolean> {
    await this.#running;
    const offsets = this.#next;
    this.#next = undefined;
    this.#waiting = undefined;
    if (!offsets) return true;
    this.#running = this.#commit(offsets);
    return this.#running;
  }

  async #commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { signal } = this.#over;
    for (;;) {
      try {
        return await this.#member.commit(this.#generation, offsets);
      } catch {
        if (signal.aborted) return false;
        await this.#clock.until(this.#clock.now() + AGAIN_MS, signal);
      }
    }
  }
}
