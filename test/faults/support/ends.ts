/** How a fault test ends: everything is handled, and every message accounted for. */
import { expect } from 'vitest';
import type { Account } from './account.ts';
import type { Arena } from './arena.ts';

export async function endsWell(arena: Arena, patienceMs?: number): Promise<Account> {
  await arena.drained(patienceMs);
  const account = await arena.account();
  console.info(`${expect.getState().currentTestName}: ${account.summary}`);
  expect(account.violations).toEqual([]);
  return account;
}
