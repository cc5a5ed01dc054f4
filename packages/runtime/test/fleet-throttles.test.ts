/** A topic whose pollers are in another process than its machine: what slows them down is known to both. */
import { FleetMapping } from '@millrace/runtime';
import type { MappingFact } from '@millrace/semantics';
import { expect, test } from 'vitest';
import { HandTurns, memoryBoard, memoryRegister } from './support/fleet.ts';
import { HandClock } from './support/handClock.ts';
import { HandTopic } from './support/handSource.ts';
import { HandFunction, KAFKA, optionsOf, settled, UUID } from './support/ordered.ts';

class LaggingTopic extends HandTopic {
  override counts = () => 4;

  override async look(): Promise<MappingFact> {
    return { what: 'lagMeasured', lag: 100, partitions: 4, throttled: false };
  }
}

test.each([
  ['grows', false, [{ from: 1, to: 2 }]],
  ['does not grow while its function refuses invocations', true, []],
] as const)('a lagging topic %s', async (_title, throttles, expected) => {
  const [source, clock, turns, board] = [new LaggingTopic(), new HandClock(), new HandTurns(), memoryBoard()];
  source.shard('poller-0', ['a']);
  const member = () => {
    const options = optionsOf(source, new HandFunction(), KAFKA, { clock });
    if (throttles) options.gate.throttledUntilMs = Number.POSITIVE_INFINITY;
    return { options, mapping: new FleetMapping({ ...options, turns, board, register: memoryRegister() }) };
  };
  const [machine, poller] = [member(), member()];
  turns.give(`${UUID}/machine`, machine.mapping);
  await settled();
  turns.give(`${UUID}/poller-0`, poller.mapping);
  await clock.advance(121_000);
  const scaled = machine.options.lines.filter(({ what }) => what === 'scaled').map(({ data }) => data);
  expect(scaled).toEqual(expected);
  await turns.take(`${UUID}/machine`);
  await turns.take(`${UUID}/poller-0`, 'lose');
  for (const { mapping } of [machine, poller]) {
    await mapping.stop();
    await mapping.close();
  }
});
