/** A Lua script that Redis keeps by its digest: sent in full only when Redis does not know it (any more). */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export class Script {
  readonly #lua: string;
  readonly #digest: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#digest = createHash('sha1').update(lua).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await redis.eval(this.#lua, keys.length, ...keys, ...args);
    }
  }
}

/** The first lines of a script that needs the time: its first argument, or Redis's own clock when that is empty. */
export const NOW_LUA = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
`;
