/** How long a recording puts up with a source that does not answer: long enough for a restart. */
import type { Millis } from '@millrace/semantics';
import { UsageError } from '../errors.ts';
import { isPassing } from './recordProblems.ts';
import { sdkProblem } from './sdkErrors.ts';

const PUT_UP_WITH_MS = 60_000;

export class Patience {
  readonly #what: string;
  readonly #now: () => Millis;
  readonly #say: (sentence: string) => void;
  #sinceMs: Millis | undefined;

  constructor(what: string, { now, say }: { readonly now: () => Millis; readonly say: (sentence: string) => void }) {
    this.#what = what;
    this.#now = now;
    this.#say = say;
  }

  /** @throws {UsageError} when it is over, or when the error does not pass */
  troubled(error: unknown): void {
    if (error instanceof UsageError) throw error;
    const problem = sdkProblem(error);
    this.#sinceMs ??= this.#announce(problem);
    if (isPassing(error) && this.#now() - this.#sinceMs < PUT_UP_WITH_MS) return;
    throw new UsageError(`${this.#what} cannot be read any more: ${problem}.`, { cause: error });
  }

  recovered(): void {
    if (this.#sinceMs !== undefined) this.#say(`${this.#what} can be read again.`);
    this.#sinceMs = undefined;
  }

  #announce(problem: string): Millis {
    this.#say(`${this.#what} cannot be read now: ${problem}. It is tried again.`);
    return this.#now();
  }
}
