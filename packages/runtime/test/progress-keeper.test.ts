/** What a save says in the trace, whatever the source forgets meanwhile. */
import { type Checkpoints, type PollerSource, systemClock } from '@millrace/runtime';
import type { LedgerSave, Position, SaveOrder, TraceLine } from '@millrace/semantics';
import { expect, test } from 'vitest';
import { Meter } from '../src/drive/meter.ts';
import type { PollerDriver } from '../src/drive/pollerDriver.ts';
import { ProgressKeeper } from '../src/drive/progressKeeper.ts';
import { Tracer } from '../src/drive/trace.ts';

/** It names what no commit has passed; what it has forgotten is shown as its bare position. */
function forgettingSource(): Pick<PollerSource, 'names' | 'commit' | 'checkpoint'> {
  let from = 0;
  const nameOf = (position: Position) => (Number(position) >= from ? `record ${position}` : String(position));
  return {
    names: (positions) => positions.map(nameOf),
    checkpoint: (lane, position) => ({ lane, position: nameOf(position) }),
    async commit(ledgers) {
      for (const { checkpoint } of ledgers) from = Math.max(from, Number(checkpoint));
      return true;
    },
  };
}

function saveOf(checkpoint: number): SaveOrder {
  const ledgers: LedgerSave[] = [{ lane: '', checkpoint, completed: [] }];
  return { do: 'save', id: checkpoint, rule: 'stream.checkpoint-is-highest-contiguous', ledgers, lanes: [] };
}

test('saves that are answered together are told by the names of their own records', async () => {
  const tracer = new Tracer();
  const lines: TraceLine[] = [];
  tracer.listen((line) => lines.push(line));
  const checkpoints: Pick<Checkpoints, 'save'> = { save: async () => true };
  const keeper = new ProgressKeeper({
    name: 'm',
    checkpoints: checkpoints as Checkpoints,
    clock: systemClock,
    tracer,
    meter: new Meter(),
  });
  const poller = { name: 'p', source: forgettingSource() } as unknown as PollerDriver;
  const scope = { mapping: 'm', name: 'p' };
  await Promise.all([20, 25].map((checkpoint) => keeper.save(saveOf(checkpoint), poller, scope, 1)));
  expect(lines.map(({ records, data }) => [records?.[0], data?.position])).toEqual([
    ['record 20', 'record 20'],
    ['record 25', 'record 25'],
  ]);
});

test('a source lets go of what was passed once that is durable, and not when the save is refused', async () => {
  const passed: (Position | undefined)[] = [];
  const source: Pick<PollerSource, 'passed'> = {
    passed: (ledgers) => passed.push(...ledgers.map(({ checkpoint }) => checkpoint)),
  };
  const checkpoints: Pick<Checkpoints, 'save'> = { save: async (_scope, factor) => factor === 1 };
  const options = { name: 'm', checkpoints: checkpoints as Checkpoints, clock: systemClock };
  const keeper = new ProgressKeeper({ ...options, tracer: new Tracer(), meter: new Meter() });
  const poller = { name: 'p', source } as unknown as PollerDriver;
  const scope = { mapping: 'm', name: 'p' };
  expect(await keeper.save(saveOf(20), poller, scope, 1)).toBe(true);
  expect(await keeper.save(saveOf(25), poller, scope, 2)).toBe(false);
  expect(passed).toEqual([20]);
});
