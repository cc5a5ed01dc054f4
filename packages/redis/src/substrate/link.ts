/**
 * One queue, stream or topic by its name: what is known of it, and its scripts.
 *
 * 1. What is known may be out of date. Every script compares its revision and answers 'stale', and then changes nothing.
 */
import type { Script } from '../scripts/script.ts';
import type { Substrate } from './substrate.ts';

/** What there is of a name, as Redis held it when it was last read. */
export interface Found {
  readonly definition: { readonly retentionMs: number };
  /** No other that had this name ever had it. */
  readonly generation: string;
  /** The generation; where definitions change, a dot and a number that grows with each change follow. */
  readonly revision: string;
}

export function generationOf(revision: string): string {
  return revision.split('.', 1)[0]!;
}

/** The revision after a change. */
export function revisionAfter({ generation, revision }: Found): string {
  return `${generation}.${Number(revision.slice(generation.length + 1)) + 1}`;
}

export abstract class Link<Known extends Found, Context extends Substrate = Substrate, Item = unknown> {
  readonly name: string;
  readonly context: Context;
  #known: Promise<Known> | undefined;

  constructor(name: string, context: Context) {
    this.name = name;
    this.context = context;
  }

  /** Reads it. */
  abstract load(): Promise<Known | undefined>;

  protected abstract missing(): Error;

  protected abstract keysOf(known: Known): readonly string[];

  /** What was last known. @throws what `missing` says */
  known(): Promise<Known> {
    this.#known ??= this.load().then(
      (found) => {
        if (found) return found;
        this.forget();
        throw this.missing();
      },
      (error) => {
        this.forget();
        throw error;
      },
    );
    return this.#known;
  }

  /** What is there now. @throws what `missing` says */
  async definition(): Promise<Known['definition']> {
    const found = await this.load();
    if (!found) throw this.missing();
    return found.definition;
  }

  forget(): void {
    this.#known = undefined;
  }

  /** Whoever finds what it knew out of date says so; what somebody else has read anew meanwhile is kept. */
  async outdated(known: Known): Promise<void> {
    const current = this.#known;
    if (current && (await current.catch(() => undefined)) === known && this.#known === current) this.forget();
  }

  /**
   * Runs a script until what its caller knows is up to date.
   * `once`: a lost connection is an error, because the script may not run twice.
   */
  async call(
    script: Script,
    argsOf: (known: Known) => readonly (string | number)[],
    once = false,
  ): Promise<{ readonly known: Known; readonly answer: readonly Item[] }> {
    for (;;) {
      const known = await this.known();
      const answer = await this.callAs(known, script, argsOf(known), once);
      if (answer) return { known, answer };
    }
  }

  /** The same, for a caller that must decide anew when what it knows is out of date: then there is no answer. */
  async callAs(
    known: Known,
    script: Script,
    own: readonly (string | number)[],
    once = false,
  ): Promise<readonly Item[] | undefined> {
    const { runner, timeText } = this.context;
    const keys = this.keysOf(known);
    const args = () => [known.revision, timeText(), known.definition.retentionMs, ...own];
    const answer = (await (once ? runner.run(script, keys, args()) : runner.insist(script, keys, args))) as Item[];
    if (answer[0] !== 'stale') return answer;
    await this.outdated(known);
    return undefined;
  }
}
