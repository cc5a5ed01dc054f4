/** A client whose connection is lost after Redis has run a script and before it answers. */
import type { RedisClient } from '../../../src/index.ts';

/** Loses the answers to the first so many scripts. */
export function losingAnswers(client: RedisClient, answers: number): RedisClient {
  let left = answers;
  const handler: ProxyHandler<RedisClient> = {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key !== 'evalsha' && key !== 'eval') return value.bind(target);
      return async (...args: unknown[]) => {
        const answer = await value.apply(target, args);
        if (left-- > 0) throw new Error('Connection is closed.');
        return answer;
      };
    },
  };
  return new Proxy(client, handler);
}
