/**
 * The queues, the streams or the topics of a substrate: made, removed and listed.
 *
 * 1. Whether one is there is said by its own keys; the registry only helps to list. A name is entered, with a generation,
 *    before the thing is made, and taken out after it was removed, so that none is missing.
 */
import { randomBytes } from 'node:crypto';
import { type Found, generationOf, type Link } from './link.ts';
import type { Substrate } from './substrate.ts';

/** A generation is so many hex digits. */
export const GENERATION_CHARS = 12;

export class Registry {
  readonly #substrate: Substrate;
  readonly #key: string;

  constructor(substrate: Substrate, kind: 'queues' | 'streams' | 'topics') {
    this.#substrate = substrate;
    this.#key = `${substrate.prefix}:${kind}`;
  }

  /** `run` runs the script that makes it unless it is there: '1' when it did, then definition and revision of what is there. */
  async create<Known extends Found>(link: Link<Known>, run: (generation: string) => Promise<unknown>) {
    const generation = randomBytes(GENERATION_CHARS / 2).toString('hex');
    const entry = entryOf(link.name, generation);
    await this.#substrate.runner.read((client) => client.zadd(this.#key, 0, entry));
    const [made, text, revision] = (await run(generation)) as [string, string, string];
    link.forget();
    // A repetition after a lost connection finds what the first attempt made.
    const created = made === '1' || generationOf(revision) === generation;
    if (!created) await this.#leave(entry);
    return { created, definition: JSON.parse(text) as Known['definition'] };
  }

  /** `attempt` tries to remove what is known, until it has. False: there was nothing. */
  async remove<Known extends Found>(link: Link<Known>, attempt: (known: Known) => Promise<unknown>): Promise<boolean> {
    let seen: Known | undefined;
    for (;;) {
      const known = await link.load();
      // Gone after a repetition: the first attempt has done it, or somebody else.
      if (!known) break;
      seen = known;
      if (await attempt(known)) break;
    }
    link.forget();
    if (seen) await this.#leave(entryOf(link.name, seen.generation));
    return seen !== undefined;
  }

  /** Names that begin with the prefix, sorted, of what is there. */
  async list(prefix: string, isThere: (name: string) => Promise<unknown>): Promise<string[]> {
    const names = await this.names(prefix);
    const there = await Promise.all(names.map(isThere));
    return names.filter((_, index) => there[index]);
  }

  /** The same, of what may be there. */
  async names(prefix: string): Promise<string[]> {
    const [from, to] = [`[${prefix}`, `[${prefix}\u{10ffff}`];
    const entries = await this.#substrate.runner.read((client) => client.zrangebylex(this.#key, from, to));
    return [...new Set(entries.map((entry) => entry.slice(0, entry.indexOf('\n'))))].sort();
  }

  async #leave(entry: string): Promise<void> {
    await this.#substrate.runner.read((client) => client.zrem(this.#key, entry));
  }
}

function entryOf(name: string, generation: string): string {
  return `${name}\n${generation}`;
}
