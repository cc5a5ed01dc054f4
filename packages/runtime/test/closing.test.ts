/** Pollers that close while something of them is under way: nobody is kept waiting, and nobody else's place is taken. */
import { FleetMapping, MappingDriver } from '@millrace/runtime';
import { afterEach, expect, test } from 'vitest';
import { HandCheckpoints } from './support/checkpoints.ts';
import { HandTurns, memoryBoard, memoryRegister } from './support/fleet.ts';
import { HandSource, HandTopic } from './support/handSource.ts';
import { DONE, HandFunction, KAFKA, KINESIS, optionsOf, settled, UUID } from './support/ordered.ts';

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

test('a poller whose end was kept late does not close the one that has its turn by now', async () => {
  const source = new HandSource();
  source.shard('s0', ['a'], [], true);
  const [turns, checkpoints, ends] = [new HandTurns(), new HandCheckpoints(), [] as (() => void)[]];
  checkpoints.before = (call) => (call === 'end' ? new Promise<void>((resolve) => ends.push(resolve)) : undefined);
  const common = { turns, board: memoryBoard(), register: memoryRegister() };
  const mapping = new FleetMapping({ ...optionsOf(source, new HandFunction(), KINESIS, { checkpoints }), ...common });
  const turn = `${UUID}/s0`;
  turns.give(turn, mapping);
  await expect.poll(() => ends.length).toBe(1);
  // The turn is lost, and given up before the end is kept.
  void turns.take(turn, 'lose');
  turns.give(turn, mapping);
  await expect.poll(() => ends.length).toBe(2);
  ends[0]?.();
  await settled();
  expect(mapping.pollers().open).toBe(1);
  ends[1]?.();
  await settled();
  expect(mapping.pollers().open).toBe(0);
  await mapping.stop();
  await mapping.close();
});
