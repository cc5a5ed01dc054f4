/** A journal that says something else than the core now orders is found out, entry by entry. */
import { type JournalEntry, replayJournal } from '@millrace/runtime';
import { expect, test } from 'vitest';

const CONFIG = {
  kind: 'sqs',
  batchSize: 10,
  batchWindowMs: 0,
  parallelizationFactor: 1,
  maximumRetries: 'untilExpiry',
  maximumRecordAgeMs: 'never',
  bisect: false,
  partialResponses: false,
  tumblingWindowMs: 0,
  hasDestination: false,
  retentionMs: 345_600_000,
  functionTimeoutMs: 3000,
  visibilityTimeoutMs: 30_000,
  fanOut: false,
  envelopeBytes: 14,
  concurrency: 1,
  backoff: { baseMs: 250, capMs: 60_000 },
  effectiveVisibility: true,
};

const CREATED: JournalEntry = { at: 0, machine: 'm/slot-0', created: { config: CONFIG, filterPatterns: [] } };
const OPENED: JournalEntry = { at: 0, machine: 'm/slot-0', fact: { what: 'opened' } };

test('a step that differs is named with both sides', () => {
  const differences = replayJournal([CREATED, OPENED, { at: 0, machine: 'm/slot-0', step: { orders: [] } }]);
  expect(differences).toMatchObject([{ entry: 2, machine: 'm/slot-0', written: '{"orders":[]}' }]);
  expect(differences[0]?.replayed).toContain('"do":"fetch"');
});

test('a fact of a machine that was never created is refused', () => {
  expect(() => replayJournal([OPENED])).toThrow('m/slot-0, which was not created before');
});
