/** Pollers that close while something of them is under way: nobody is kept waiting, and nobody else's place is taken. */
import { MappingDriver } from '@millrace/runtime';
import { afterEach, expect, test } from 'vitest';
import { HandTopic } from './support/handSource.ts';
import { DONE, HandFunction, KAFKA, optionsOf, settled } from './support/ordered.ts';

const drivers: MappingDriver[] = [];

afterEach(async () => {
  for (const driver of drivers.splice(0)) {
    await driver.stop();
    await driver.close();
  }
});

function started(source: HandTopic, run: HandFunction): MappingDriver {
  const driver = new MappingDriver(optionsOf(source, run, KAFKA));
  drivers.push(driver);
  driver.start();
  return driver;
}

test('a member that is drained while its lanes are not yet idle gives its partitions back at once', async () => {
  const source = new HandTopic();
  source.shard('poller-0', ['a']);
  const run = new HandFunction();
  run.holds = true;
  const driver = started(source, run);
  await expect.poll(() => run.waiting.length).toBe(1);
  const [before] = source.places;
  before?.events.regrouped();
  await settled();
  // The member after the rebalance has its partitions and waits for what its predecessor runs.
  expect([source.places.size, run.seen.length]).toEqual([1, 1]);
  const stopped = driver.stop();
  await settled();
  expect(source.places.size).toBe(0);
  run.waiting.shift()?.(DONE);
  await stopped;
});
