/** The Redis of a live run, with all that lives on it. */
import {
  type connectRedis,
  redisCheckpoints,
  redisPermits,
  redisQueues,
  redisStreams,
  redisTopics,
} from '@millrace/redis';
import { type Checkpoints, type Permits, systemClock, within } from '@millrace/runtime';
import type { Plan } from '@millrace/simulation';
import { reachRedis } from './reachRedis.ts';
import { useRedis } from './redisServer.ts';
import { redisWarnings } from './redisWarnings.ts';
import type { Substrate } from './substrate.ts';

export interface StoreOptions {
  readonly redisUrl: string | undefined;
  readonly folder: string;
  readonly ephemeral: boolean;
  /** What every key on Redis begins with. */
  readonly prefix: string;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

export interface Store {
  readonly redisUrl: string;
  readonly substrate: Substrate;
  readonly checkpoints: Checkpoints;
  readonly permits: Permits;
  readonly client: ReturnType<typeof connectRedis>;
  close(): Promise<void>;
}

/** What Redis is not told within this, because it is away, ends by its deadline. */
const FLUSH_MS = 1000;

export async function openStore(plan: Plan, options: StoreOptions): Promise<Store> {
  const { redisUrl = plan.live?.redis, folder, ephemeral, prefix, log } = options;
  const redis = await useRedis({ url: redisUrl, folder, ephemeral });
  const client = await reachRedis(redis.url).catch(async (error) => {
    await redis.close();
    throw error;
  });
  const queues = redisQueues({ redis: client, prefix });
  const streams = redisStreams({ redis: client, prefix });
  const topics = redisTopics({ redis: client, prefix });
  const checkpoints = redisCheckpoints(client, { prefix });
  const permits = redisPermits(client, { clock: systemClock, prefix });
  const close = async () => {
    await within(permits.flush(), FLUSH_MS, systemClock);
    await Promise.all([queues.close(), streams.close(), topics.close()]);
    client.disconnect();
    await redis.close();
  };
  try {
    // Whoever wants nothing kept needs no warning that nothing is kept.
    if (redis.about === 'named' && !ephemeral) for (const warning of await redisWarnings(client)) log('warn', warning);
  } catch (error) {
    await close();
    throw error;
  }
  const substrate = { queues, streams, topics };
  return { redisUrl: redis.url, substrate, checkpoints, permits, client, close };
}
