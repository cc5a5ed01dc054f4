/** A Lua script that Redis knows by its hash: sent in full only when Redis does not know it (any more). */
import { createHash } from 'node:crypto';

/** A client, as far as scripts need one. */
interface Evaluating {
  evalsha(sha: string, keys: number, ...all: (string | number)[]): Promise<unknown>;
  eval(text: string, keys: number, ...all: (string | number)[]): Promise<unknown>;
}

export class Script {
  readonly #text: string;
  readonly #sha: string;

  constructor(...parts: readonly string[]) {
    this.#text = parts.join('\n');
    this.#sha = createHash('sha1').update(this.#text).digest('hex');
  }

  async run(client: Evaluating, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await client.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await client.eval(this.#text, keys.length, ...keys, ...args);
    }
  }
}
