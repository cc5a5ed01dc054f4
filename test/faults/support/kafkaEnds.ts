/** How a fault test of topics goes: an arena of its own, and at its end every record is handled, committed and accounted for. */
import { expect } from 'vitest';
import type { TopicAccount } from './kafkaAccount.ts';
import { KafkaArena, type KafkaArenaOptions, type TopicLine } from './kafkaArena.ts';
import type { GivenUp } from './kafkaEvidence.ts';

/** Closes it whatever happens. Tests that run at the same time have one each. */
export async function inArena(
  brokers: readonly string[],
  lines: readonly TopicLine[],
  doing: (arena: KafkaArena) => Promise<void>,
  options?: KafkaArenaOptions,
): Promise<void> {
  const arena = await KafkaArena.open(brokers, lines, options);
  try {
    await doing(arena);
  } finally {
    await arena.close();
  }
}

export async function topicEndsWell(
  arena: KafkaArena,
  title: string,
  patienceMs?: number,
  givenUp: readonly GivenUp[] = [],
  name?: string,
): Promise<TopicAccount> {
  await arena.drained(patienceMs);
  const account = await arena.account(givenUp, name);
  console.info(`${title}: ${account.summary}`);
  expect(account.violations).toEqual([]);
  return account;
}
