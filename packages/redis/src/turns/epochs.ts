/**
 * The current epoch of each name, next to everything that is written under it: one slot of a cluster per name, so that a
 * script can compare and write in one step.
 */
import type { Epochs, Owner } from '@millrace/runtime';
import type { Redis } from 'ioredis';
import { Script } from '../scripts/script.ts';

/** Longer than any name is left alone; a turn begins anew after that. */
export const EPOCH_KEPT_MS = 7 * 86_400_000;

/** A key of what belongs to a name; all keys of one name stand in one slot. */
export function ownedKey(prefix: string, name: string, what: string): string {
  return `{${prefix}:owned:${name}}:${what}`;
}

/** The key of a name's current epoch, for scripts that compare it. */
export function epochKey(prefix: string, name: string): string {
  return ownedKey(prefix, name, 'epoch');
}

/**
 * KEYS 1 epoch of a name
 * ARGV 1 the epoch of a new owner · 2 milliseconds to keep it
 *
 * Makes it the current one, unless there is a newer one; answers the current one. From then on everything that compares
 * refuses the owners before.
 */
export const raiseScript = new Script(`
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
local mine = tonumber(ARGV[1])
if mine < current then return current end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return mine
`);

export function redisEpochs(redis: Redis, options: { readonly prefix?: string } = {}): Epochs {
  const prefix = options.prefix ?? 'millrace';
  return {
    async isCurrent({ name, epoch }: Owner): Promise<boolean> {
      return (await redis.get(epochKey(prefix, name))) === String(epoch);
    },
  };
}
