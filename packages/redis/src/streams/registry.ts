/**
 * Names of what a substrate holds, so that they can be listed; whether something is there is said by its own keys. A name is
 * entered, with a generation, before the thing is made, and taken out after it was removed, so that none is missing.
 */
import type { ScriptRunner } from '../connection.ts';

export class Registry {
  readonly #runner: ScriptRunner;
  readonly #key: string;

  constructor(runner: ScriptRunner, key: string) {
    this.#runner = runner;
    this.#key = key;
  }

  async enter(name: string, generation: string): Promise<void> {
    await this.#runner.read((client) => client.zadd(this.#key, 0, entryOf(name, generation)));
  }

  async leave(name: string, generation: string): Promise<void> {
    await this.#runner.read((client) => client.zrem(this.#key, entryOf(name, generation)));
  }

  /** Names that begin with the prefix, sorted. */
  async names(prefix: string): Promise<string[]> {
    const [from, to] = [`[${prefix}`, `[${prefix}\u{10ffff}`];
    const entries = await this.#runner.read((client) => client.zrangebylex(this.#key, from, to));
    return [...new Set(entries.map((entry) => entry.slice(0, entry.indexOf('\n'))))].sort();
  }
}

function entryOf(name: string, generation: string): string {
  return `${name}\n${generation}`;
}
