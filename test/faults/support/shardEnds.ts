/** How a fault test of shards ends: everything is handled or discarded, and every record accounted for. */
import { expect } from 'vitest';
import type { ShardAccount } from './shardAccount.ts';
import type { ShardArena } from './shardArena.ts';

export async function endsWell(arena: ShardArena, patienceMs?: number): Promise<ShardAccount> {
  await arena.drained(patienceMs);
  const account = await arena.account();
  console.info(`${expect.getState().currentTestName}: ${account.summary}`);
  expect(account.violations).toEqual([]);
  return account;
}
