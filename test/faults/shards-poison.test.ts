/**
 * Poison records under every combination of bisecting, partial responses, retries and record age: each record ends exactly
 * as in virtual time, in one process, and when the process that has it is killed.
 */
import { redisStreams } from '@millrace/redis';
import { systemClock } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { shardAccountFor } from './support/shardAccount.ts';
import { ShardArena } from './support/shardArena.ts';
import type { Put, ShardEvidence } from './support/shardEvidence.ts';
import { ageMs, combinations, fatesInVirtualTime, fatesOf, POISON_MS, plannedRecords } from './support/shardFates.ts';

const PATIENCE_MS = 90_000;
const LINES = combinations();

/** Puts every record of every line, those that are to be old with a time that has passed. */
async function putPlanned(arena: ShardArena): Promise<Put[]> {
  const put: Put[] = [];
  for (const line of LINES) {
    const { name: stream } = line;
    const then = redisStreams({ redis: arena.redis.url, now: () => Math.floor(systemClock.now()) - ageMs(line) });
    const records = plannedRecords(line).map(({ id, bad, fresh }) => {
      const data = Buffer.from(JSON.stringify({ id, bad, ms: bad ? POISON_MS : 5 })).toString('base64');
      put.push({ id, stream, key: 'k', confirmed: true });
      return { fresh, put: { record: { partitionKey: 'k', data }, key: 'k', bytes: data.length } };
    });
    for (const fresh of [false, true]) {
      const some = records.filter((record) => record.fresh === fresh).map((record) => record.put);
      await (fresh ? arena.streams : then).open(stream).put(some);
    }
    await then.close();
  }
  return put;
}

async function play(arena: ShardArena, how: 'one process' | 'a kill'): Promise<ShardEvidence> {
  await arena.makeStreams();
  const [first] = how === 'a kill' ? await arena.startAll('all', 'all') : [];
  const put = await putPlanned(arena);
  if (first) await arena.killInCall(first);
  else await arena.startAll('all');
  await arena.drained();
  await arena.stopAll();
  return { ...(await arena.evidence()), put };
}

describeWith(['redis'], 'shards: poison records', () => {
  // Most of it is waiting.
  test.concurrent.each(['one process', 'a kill'] as const)(
    'end as in virtual time: %s',
    { timeout: PATIENCE_MS },
    async (how) => {
      const arena = await ShardArena.open(LINES);
      try {
        const evidence = await play(arena, how);
        const { violations, summary } = shardAccountFor(evidence);
        console.info(`shards: poison records, ${how}: ${summary}`);
        expect(violations).toEqual([]);
        for (const line of LINES) {
          const expected = await fatesInVirtualTime(line);
          expect({ line: line.name, ...fatesOf(line, evidence) }).toEqual({ line: line.name, ...expected });
        }
      } finally {
        await arena.close();
      }
    },
  );
});
