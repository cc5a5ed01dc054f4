/** The journal of a whole live run: the core, told the same facts at the same times, orders the same, byte for byte. */
import { fileURLToPath } from 'node:url';
import { type JournalEntry, replayJournal } from '@millrace/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../infra/components/redis.mjs';
import { describeWith } from '../components/available.ts';
import { playFile } from './play.ts';

const scenarios = [
  './scenarios/changes',
  './scenarios/crash',
  './scenarios/fifo-one-group',
  './scenarios/maximum-concurrency',
  './scenarios/two-mappings',
  '../scenarios/retry.bisect-odd-halves',
  '../scenarios/stream.lane-is-a-hash-of-the-key',
  '../scenarios/checkpoint.saved-cut-is-ordered-again',
  '../scenarios/kafka.only-reported-records-retry',
];

describeWith(['redis'], 'a live run’s journal', () => {
  let redis: RunningRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  test.concurrent.each(scenarios)('%s', async (name) => {
    const lines: string[] = [];
    const journal = { write: (entry: JournalEntry) => void lines.push(JSON.stringify(entry)) };
    const path = fileURLToPath(new URL(`${name}.yaml`, import.meta.url));
    const { result } = await playFile(path, redis.url, {}, 3000, journal);
    const entries = lines.map((line) => JSON.parse(line) as JournalEntry);
    expect(replayJournal(entries)).toEqual([]);
    const orders = entries.flatMap((entry) =>
      'step' in entry ? (entry.step as { orders: { do: string }[] }).orders : [],
    );
    expect(orders.filter((order) => order.do === 'invoke')).toHaveLength(result.invocations.length);
  });

  test('a journal in which a fact is another is found out', async () => {
    const entries: JournalEntry[] = [];
    const journal = { write: (entry: JournalEntry) => void entries.push(JSON.parse(JSON.stringify(entry))) };
    const path = fileURLToPath(new URL('./scenarios/two-mappings.yaml', import.meta.url));
    await playFile(path, redis.url, {}, 3000, journal);
    const changed = entries.filter(
      (entry) => !('fact' in entry && (entry.fact as { what: string }).what === 'settled'),
    );
    expect(replayJournal(changed)).not.toEqual([]);
  });
});
