/** Functions that hang, exit, take all memory or answer nonsense: their messages come back or are given up, and no other's. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena } from './support/arena.ts';
import { endsWell } from './support/ends.ts';
import { isDeep } from './support/lines.ts';

const DEEDS = ['hang', 'spin', 'exit', 'allocate', 'garbage', 'nonsense'];
const RUNS = isDeep ? (['worker', 'isolated'] as const) : (['isolated'] as const);

describeWith(['redis'], 'functions that misbehave', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  test.each(RUNS)('in a fleet, run by %s', async (run) => {
    const line = { name: 'plain', run, timeoutMs: 800, visibilityMs: 2000, memoryMb: 128 };
    // One message a batch: what goes wrong with one is no reason to give up another.
    arena = await Arena.open([{ ...line, batchSize: 1, maxReceiveCount: 2, maximumConcurrency: 4 }]);
    await arena.startAll('all', 'worker');
    const count = isDeep ? 1200 : 60;
    const says = (at: number) => (at % 5 === 2 ? { do: DEEDS[Math.floor(at / 5) % DEEDS.length] } : { ms: 5 });
    arena.load({ queue: 'plain', count, perSecond: 60, says });
    const account = await endsWell(arena);
    expect(account.dead).toBe(count / 5);
    expect(account.duplicates).toBe(0);
  });
});
