/**
 * Poison records under every combination of bisecting, partial responses, retries and record age: each record ends exactly
 * as in virtual time, in one process, and when the process that has it is killed.
 */
import type { Streams } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { type MachineMs, machineNow } from './support/evidence.ts';
import { shardAccountFor } from './support/shardAccount.ts';
import { ShardArena } from './support/shardArena.ts';
import type { Put, ShardEvidence } from './support/shardEvidence.ts';
import {
  ageMs,
  beganAtAgeMs,
  combinations,
  fatesInVirtualTime,
  fatesOf,
  POISON_MS,
  plannedRecords,
} from './support/shardFates.ts';
import type { ShardLineOptions } from './support/shardLines.ts';

const PATIENCE_MS = 90_000;
const LINES = combinations();

/** Puts every record of a line, those that are to be old with a time that has passed. */
async function putPlanned(line: ShardLineOptions, then: Streams, now: Streams): Promise<Put[]> {
  const { name: stream } = line;
  const records = plannedRecords(line).map(({ id, bad, fresh }) => {
    const data = Buffer.from(JSON.stringify({ id, bad, ms: bad ? POISON_MS : 5 })).toString('base64');
    return { id, fresh, put: { record: { partitionKey: 'k', data }, key: 'k', bytes: data.length } };
  });
  for (const streams of [then, now]) {
    const some = records.filter(({ fresh }) => fresh === (streams === now));
    await streams.open(stream).put(some.map(({ put }) => put));
  }
  return records.map(({ id }) => ({ id, stream, key: 'k', confirmed: true }));
}

interface Played {
  readonly evidence: ShardEvidence;
  /** When the records of each line were put. */
  readonly putMs: ReadonlyMap<string, MachineMs>;
}

async function play(arena: ShardArena, how: 'one process' | 'a kill'): Promise<Played> {
  const put: Put[] = [];
  const putMs = new Map<string, MachineMs>();
  // Before anybody looks at a stream: its time never goes back.
  for (const line of LINES) {
    const then = await arena.makeStream(line, ageMs(line));
    putMs.set(line.name, machineNow());
    put.push(...(await putPlanned(line, then, arena.streams)));
    await then.close();
  }
  const [first] = await arena.startAll(...(how === 'a kill' ? (['all', 'all'] as const) : (['all'] as const)));
  if (first && how === 'a kill') await arena.killInCall(first);
  await arena.drained();
  await arena.stopAll();
  return { putMs, evidence: { ...(await arena.evidence()), put } };
}

describeWith(['redis'], 'shards: poison records', () => {
  // Most of it is waiting.
  test.concurrent.each(['one process', 'a kill'] as const)(
    'end as in virtual time: %s',
    { timeout: PATIENCE_MS },
    async (how) => {
      const arena = await ShardArena.open(LINES);
      try {
        const { evidence, putMs } = await play(arena, how);
        const { violations, summary } = shardAccountFor(evidence);
        console.info(`shards: poison records, ${how}: ${summary}`);
        expect(violations).toEqual([]);
        for (const line of LINES) {
          const beganMs = beganAtAgeMs(line, evidence.calls, putMs.get(line.name) ?? 0);
          const expected = await fatesInVirtualTime(line, beganMs);
          expect({ line: line.name, ...fatesOf(line, evidence) }).toEqual({ line: line.name, ...expected });
        }
      } finally {
        await arena.close();
      }
    },
  );
});
