/** More processes do more work: a function that computes for 20 ms, on one and on two worker processes. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { Arena } from './support/arena.ts';

const MEASURED_CALLS = 60;

describeWith(['redis'], 'throughput', () => {
  let arena: Arena;

  afterEach(() => arena.close());

  async function callsPerSecond(workers: number): Promise<number> {
    arena = await Arena.open([{ name: 'plain', export: 'busy', batchSize: 1, visibilityMs: 60_000, timeoutMs: 5000 }]);
    arena.start('poller');
    // One environment each: a process is as fast as one core, whatever it could start.
    for (let worker = 0; worker < workers; worker += 1) arena.start('worker', ['--max-environments', '1']);
    await Promise.all(arena.ups.map((up) => up.ready));
    arena.load({ queue: 'plain', count: 1000, perSecond: 10_000 });
    await arena.seeCalls(20);
    const [before, sinceMs] = [arena.calls().length, performance.now()];
    await arena.seeCalls(MEASURED_CALLS);
    const rate = ((arena.calls().length - before) * 1000) / (performance.now() - sinceMs);
    await arena.close();
    return rate;
  }

  test('grows with the number of workers', async () => {
    const [one, two] = [await callsPerSecond(1), await callsPerSecond(2)];
    console.info(`20 ms of computing: ${one.toFixed(1)} calls/s on one worker, ${two.toFixed(1)} on two`);
    expect(two).toBeGreaterThan(one * 1.2);
  });
});
