/** What a source says of itself, and that pollers go by what it says now. */
import { MappingDriver } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { HandClock } from './support/handClock.ts';
import { HandSource } from './support/handSource.ts';
import { HandFunction, optionsOf, settled } from './support/ordered.ts';

const DAY_MS = 86_400_000;

class ChangingSource extends HandSource {
  override surroundings = { retentionMs: DAY_MS, visibilityTimeoutMs: 0, fanOut: false, envelopeBytes: 14 };
  retentionMs = DAY_MS;
  refreshes = 0;

  async refresh(): Promise<void> {
    this.refreshes += 1;
    if (this.refreshes === 1) throw new Error('away');
    this.surroundings = { ...this.surroundings, retentionMs: this.retentionMs };
  }
}

test('a poller goes by the retention that its source has now, and nothing is asked once it is closed', async () => {
  const [source, run, clock] = [new ChangingSource(), new HandFunction(), new HandClock()];
  source.shard('s0', []);
  const entries: string[] = [];
  const journal = { write: (entry: object) => void entries.push(JSON.stringify(entry)) };
  const driver = new MappingDriver(optionsOf(source, run, undefined, { clock, journal }));
  driver.start();
  await settled();
  source.retentionMs = 7 * DAY_MS;
  await clock.advance(60_000);
  expect(driver.meter.lastError?.text).toContain('away');
  await clock.advance(60_000);
  const told = entries.filter((entry) => entry.includes('"what":"configured"'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(`"retentionMs":${7 * DAY_MS}`);
  await driver.stop();
  await clock.advance(600_000);
  expect(source.refreshes).toBe(2);
  await driver.close();
});
