/** A client that dies at a given script, before or after Redis has run it: what a killed process looks like to Redis. */
import type { RedisClient } from '../../src/index.ts';

export class Killed extends Error {}

/** Counts the commands that change something, from 0; from the fatal one on, nothing is answered any more. */
export function dyingAt(
  client: RedisClient,
  fatal: number,
  isAfter: boolean,
): { client: RedisClient; died(): boolean } {
  let count = 0;
  const commands = new Set(['evalsha', 'eval']);
  const handler: ProxyHandler<RedisClient> = {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (count > fatal) throw new Killed();
        if (commands.has(String(key)) && count++ === fatal) {
          if (isAfter) await runAnyway(target, String(key), args);
          throw new Killed();
        }
        return value.apply(target, args);
      };
    },
  };
  return { client: new Proxy(client, handler), died: () => count > fatal };
}

/** A script that Redis does not know yet would be loaded by the next command, which comes no more. */
async function runAnyway(client: RedisClient, key: string, args: unknown[]): Promise<void> {
  const run = Reflect.get(client, key, client) as (...all: unknown[]) => Promise<unknown>;
  await run.apply(client, args);
}
