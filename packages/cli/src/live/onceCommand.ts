/** `millrace up --once`: a scenario that is played on the wall clock, as what the run command runs. */
import { randomBytes } from 'node:crypto';
import { connectRedis } from '@millrace/redis';
import type { Journal } from '@millrace/runtime';
import type { Plan, Run } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import type { Loaded, RunOptions } from '../engine.ts';
import { type PlayOptions, playOnce } from './once.ts';
import { withTolerance } from './onceExpect.ts';
import { openStore } from './store.ts';

export interface OnceOptions {
  readonly redisUrl: string | undefined;
  /** Where a private Redis is found by others. */
  readonly folder: string;
  readonly inline: boolean;
  readonly maxEnvironments: number;
  readonly journal?: Journal | undefined;
  /** How late an expected time may be. */
  readonly toleranceMs: number;
  readonly log: PlayOptions['log'];
}

/** @throws {InputError} naming file, line and field of all that is wrong, or that only virtual time can do */
export async function loadOnce(file: string, options: OnceOptions): Promise<Loaded> {
  const scenario = await loadScenario(file, undefined, { live: true, plays: true });
  const { expect } = scenario.plan;
  const plan = expect ? { ...scenario.plan, expect: withTolerance(expect, options.toleranceMs) } : scenario.plan;
  return { run: (run) => playOnRedis(plan, scenario.feed, options, run) };
}

/** Every run has keys of its own on Redis, which are gone afterwards. */
async function playOnRedis(
  plan: Plan,
  feed: Parameters<typeof playOnce>[1],
  { redisUrl, folder, inline, maxEnvironments, journal, log }: OnceOptions,
  run: RunOptions,
): Promise<Run> {
  const prefix = `millrace-once-${randomBytes(6).toString('hex')}`;
  const store = await openStore(plan, { redisUrl, folder, ephemeral: true, prefix, log });
  try {
    const { substrate, checkpoints, permits } = store;
    return await playOnce(plan, feed, { substrate, checkpoints, permits, inline, maxEnvironments, journal, log }, run);
  } finally {
    await dropKeys(store.redisUrl, prefix).catch((error) => log('warn', `its keys stay on Redis: ${error}`));
    await store.close();
  }
}

const SCANNED_AT_ONCE = 1000;

/** Removes every key of a run. */
async function dropKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = connectRedis(redisUrl);
  redis.on('error', () => {});
  try {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `*${prefix}*`, 'COUNT', SCANNED_AT_ONCE);
      cursor = next;
      if (keys.length > 0) await redis.unlink(...keys);
    } while (cursor !== '0');
  } finally {
    redis.disconnect();
  }
}
