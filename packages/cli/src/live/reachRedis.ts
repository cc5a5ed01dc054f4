/** The Redis of a live run, as the commands beside it find it. */
import { connectRedis } from '@millrace/redis';
import { systemClock, within } from '@millrace/runtime';
import { UsageError } from '../errors.ts';
import { runningRedis } from './redisServer.ts';

export interface RedisChoice {
  /** Named on the command line. */
  readonly redis: string | undefined;
  /** Where `millrace up` keeps the data of a private one. */
  readonly folder: string;
  /** REDIS_URL. */
  readonly environment: string | undefined;
}

export interface FoundRedis {
  readonly url: string;
  /** It was started by `millrace up` and ends with it. */
  readonly isPrivate: boolean;
}

/** @throws {UsageError} when there is none */
export function findRedis({ redis, folder, environment }: RedisChoice): FoundRedis {
  if (redis !== undefined) return { url: redis, isPrivate: false };
  const running = runningRedis(folder);
  if (running !== undefined) return { url: running, isPrivate: true };
  if (environment !== undefined) return { url: environment, isPrivate: false };
  throw new UsageError(
    `No \`millrace up\` with a Redis of its own runs on ${folder}, and REDIS_URL is not set: start \`millrace up\`, or name the Redis with --redis.`,
  );
}

/** A password may hold what an address would have to quote, `@` and `/` as well: the last `@` ends it. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/*)?.*@/s, '$1');
}

const ANSWERS_WITHIN_MS = 5000;

/** A connection that was seen to work. @throws {UsageError} when Redis cannot be reached */
export async function reachRedis(url: string): Promise<ReturnType<typeof connectRedis>> {
  if (!/^(rediss?:\/\/|unix:|\/)/.test(url)) {
    throw new UsageError(`${withoutPassword(url)} is no address of a Redis, such as redis://127.0.0.1:6379.`);
  }
  const client = connectRedis(url);
  let problem = 'it does not answer';
  const failed = new Promise<never>((_, reject) => {
    client.on('error', (error: NodeJS.ErrnoException) => {
      problem = error.code ?? error.message;
      reject(error);
    });
  });
  try {
    const answer = await within(Promise.race([client.ping(), failed]), ANSWERS_WITHIN_MS, systemClock);
    if (answer === undefined) throw new Error(problem);
    return client;
  } catch (cause) {
    client.disconnect();
    throw new UsageError(`Redis at ${withoutPassword(url)} cannot be reached: ${problem}.`, { cause });
  }
}
