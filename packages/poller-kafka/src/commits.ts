/**
 * The commits of one opening. Each costs the brokers as much as many records do, so they are put together: the first goes
 * at once, and what comes within EVERY_MS goes with the next. Whoever commits is not kept waiting: their own checkpoint is
 * durable by then, and what a process that dies in between had not committed yet goes on after that checkpoint.
 *
 * 1. Offsets of a partition never go back.
 * 2. While the group cannot be asked it is asked again, ever more rarely, until the generation is over or nobody reads here
 *    any more; that is told meanwhile, and when it is over.
 * 3. After a refusal nothing is committed any more, and the refusal is told once.
 */
import type { Clock } from '@millrace/runtime';
import { backoffMs, causeText } from '@millrace/semantics';
import type { GroupMember } from './client.ts';

const EVERY_MS = 20;
const AGAIN = { baseMs: 250, capMs: 10_000 };

export interface CommitsOptions {
  readonly member: GroupMember;
  readonly generation: number;
  readonly clock: Clock;
  readonly onRefused: () => void;
  /** It could not be committed; may be said again. */
  readonly onTroubled: (problem: string) => void;
  readonly onRecovered: () => void;
}

export class Commits {
  readonly #options: CommitsOptions;
  #next: Map<number, number> | undefined;
  #running: Promise<void> | undefined;
  /** Nobody wants to wait for others to come along. */
  readonly #hurry = new AbortController();
  readonly #over = new AbortController();
  /** In a row. */
  #failures = 0;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** False when the generation is over, as far as is known. */
  commit(offsets: ReadonlyMap<number, number>): boolean {
    if (this.#over.signal.aborted) return false;
    this.#next ??= new Map();
    for (const [partition, offset] of offsets) {
      this.#next.set(partition, Math.max(offset, this.#next.get(partition) ?? 0));
    }
    this.#running ??= this.#run();
    return true;
  }

  /** Resolves when all is committed, or never will be. */
  async flush(): Promise<void> {
    this.#hurry.abort();
    await this.#running;
  }

  /** Nothing is committed any more. */
  end(): void {
    this.#worked();
    this.#over.abort();
    this.#hurry.abort();
  }

  async #run(): Promise<void> {
    const { clock, onRefused } = this.#options;
    while (this.#next && !this.#over.signal.aborted) {
      const offsets = this.#next;
      this.#next = undefined;
      const isCommitted = await this.#commit(offsets);
      if (this.#over.signal.aborted) break;
      if (!isCommitted) {
        this.end();
        onRefused();
        break;
      }
      await clock.until(clock.now() + EVERY_MS, this.#hurry.signal);
    }
    this.#running = undefined;
  }

  async #commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { member, generation, onTroubled } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        const isCommitted = await member.commit(generation, offsets);
        this.#worked();
        return isCommitted;
      } catch (error) {
        if (signal.aborted) break;
        this.#failures += 1;
        onTroubled(causeText(error));
        await this.#pause();
      }
    }
    return false;
  }

  #worked(): void {
    if (this.#failures > 0) this.#options.onRecovered();
    this.#failures = 0;
  }

  /** Whoever waits for all to be committed does not wait for a long pause. */
  async #pause(): Promise<void> {
    const { clock } = this.#options;
    const { signal: hurry } = this.#hurry;
    if (hurry.aborted) await clock.until(clock.now() + AGAIN.baseMs, this.#over.signal);
    else await clock.until(clock.now() + backoffMs(AGAIN, this.#failures), hurry);
  }
}
