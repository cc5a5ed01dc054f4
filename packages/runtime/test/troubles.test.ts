/** What a mapping says of a source that cannot be read. */
import { MappingDriver } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { HandSource } from './support/handSource.ts';
import { HandFunction, optionsOf } from './support/ordered.ts';

test('a shard that is opened at last takes nothing back of what another one is troubled by', async () => {
  const source = new HandSource();
  source.shard('s0', []);
  const run = new HandFunction();
  const driver = new MappingDriver(optionsOf(source, run));
  let opens = 0;
  source.opens = () => {
    opens += 1;
    if (opens === 1) {
      source.shard('s1', ['a']);
      return;
    }
    if (opens === 2) throw new Error('not yet');
  };
  driver.start();
  await expect.poll(() => source.places.size).toBe(1);
  for (const place of source.places) place.events.troubled('s0 is away');
  await expect.poll(() => run.seen, { timeout: 15_000 }).toEqual(['s1@1']);
  expect([opens, driver.trouble]).toEqual([3, 's0 is away']);
  for (const place of source.places) place.events.recovered();
  expect(driver.trouble).toBeUndefined();
  await driver.stop();
  await driver.close();
}, 20_000);
