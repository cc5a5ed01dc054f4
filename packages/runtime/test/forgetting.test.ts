/** Nothing is kept of a shard that has ended, once its stream does not have it any more. */
import { FleetMapping, MappingDriver } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { HandCheckpoints } from './support/checkpoints.ts';
import { HandTurns, memoryBoard, memoryRegister } from './support/fleet.ts';
import { HandClock } from './support/handClock.ts';
import { HandSource } from './support/handSource.ts';
import { HandFunction, KINESIS, optionsOf, settled, UUID } from './support/ordered.ts';

function resharded(): HandSource {
  const source = new HandSource();
  source.shard('s0', ['a'], [], true);
  source.shard('s1', [], ['s0']);
  return source;
}

test('an ended shard is dropped from the checkpoints, however often that fails', async () => {
  const [source, run, clock, checkpoints] = [resharded(), new HandFunction(), new HandClock(), new HandCheckpoints()];
  const driver = new MappingDriver(optionsOf(source, run, KINESIS, { clock, checkpoints }));
  driver.start();
  await clock.advance(20_000);
  expect(await checkpoints.ended(UUID)).toEqual(['s0']);
  source.shards.clear();
  source.shard('s2', [], ['s1']);
  checkpoints.fail('drop', 2);
  await clock.advance(120_000);
  expect(await checkpoints.ended(UUID)).toEqual([]);
  expect(run.seen).toEqual(['s0@1']);
  await driver.stop();
  await driver.close();
});

test('a machine that may have missed something hears of those that ended among its own, and drops them after their turns', async () => {
  const [source, run, clock, checkpoints] = [resharded(), new HandFunction(), new HandClock(), new HandCheckpoints()];
  const [turns, board] = [new HandTurns(), memoryBoard()];
  const parts = {
    ...optionsOf(source, run, KINESIS, { clock, checkpoints }),
    turns,
    board,
    register: memoryRegister(),
  };
  const mapping = new FleetMapping(parts);
  const told: string[] = [];
  for (const old of ['x0', 'x1']) await checkpoints.end({ mapping: UUID, name: old });
  turns.remove = async (name) => void told.push(`remove ${name}`);
  checkpoints.before = (call, name) => (call === 'drop' ? void told.push(`drop ${name}`) : undefined);
  turns.give(`${UUID}/machine`, mapping);
  await settled();
  await checkpoints.end({ mapping: UUID, name: 's0' });
  board.miss();
  await settled();
  expect(told).toEqual([`remove ${UUID}/s0`]);
  source.shards.delete('s0');
  source.shards.delete('s1');
  source.shard('s2', []);
  await clock.advance(120_000);
  expect(told.slice(1).sort()).toEqual(['drop s0', 'drop x0', 'drop x1']);
  await turns.take(`${UUID}/machine`);
  await mapping.stop();
  await mapping.close();
});
