/** A stream or a topic whose machine and pollers are owned in turns, by whichever process has them. */
import { FleetMapping, type MappingOptions, memoryCheckpoints } from '@millrace/runtime';
import type { MappingSettings } from '@millrace/semantics';
import { afterEach, expect, test } from 'vitest';
import { HandCheckpoints } from './support/checkpoints.ts';
import { HandTurns, type MemoryBoard, memoryBoard, memoryRegister } from './support/fleet.ts';
import { HandSource, HandTopic } from './support/handSource.ts';
import { DONE, HandFunction, KAFKA, KINESIS, optionsOf, settled, UUID } from './support/ordered.ts';

const MACHINE = `${UUID}/machine`;
const turnOf = (poller: string) => `${UUID}/${poller}`;

const mappings: FleetMapping[] = [];

afterEach(async () => {
  for (const mapping of mappings.splice(0)) {
    await mapping.stop();
    await mapping.close();
  }
});

interface Parts {
  readonly turns: HandTurns;
  readonly board: MemoryBoard;
  readonly source: HandSource;
  readonly run: HandFunction;
  readonly errors: unknown[];
  readonly settings?: MappingSettings;
}

function member(parts: Parts, rest: Partial<MappingOptions> = {}): FleetMapping {
  const { turns, board, source, run, settings = KINESIS, errors } = parts;
  const onError = (error: unknown) => errors.push(error);
  const options = { ...optionsOf(source, run, settings, rest), turns, board, register: memoryRegister(), onError };
  const mapping = new FleetMapping(options);
  mappings.push(mapping);
  return mapping;
}

function partsOf(source: HandSource, settings?: MappingSettings): Parts {
  const common = { turns: new HandTurns(), board: memoryBoard(), run: new HandFunction(), errors: [] };
  return { ...common, source, ...(settings && { settings }) };
}

test('what becomes of a turn reaches the poller that there is after a rebalance', async () => {
  const source = new HandTopic();
  source.shard('poller-0', ['a']);
  const parts = partsOf(source, KAFKA);
  const { turns, board } = parts;
  board.kept.set('poller-0', 1);
  for (const how of ['end', 'lose'] as const) {
    const mapping = member(parts);
    turns.give(turnOf('poller-0'), mapping);
    await settled();
    const [before] = source.places;
    before?.events.regrouped();
    await settled();
    expect(source.places.size).toBe(1);
    expect([...source.places][0]).not.toBe(before);
    const over = turns.take(turnOf('poller-0'), how).then(() => 'over');
    expect(await Promise.race([over, settled().then(() => 'still served')])).toBe('over');
    expect([mapping.pollers().open, source.places.size]).toEqual([0, 0]);
  }
});

test('members of a topic that got partitions keep what they may do', async () => {
  const source = new HandTopic();
  source.counts = () => 2;
  const settings = { ...KAFKA, provisioned: { minimumPollers: 3, maximumPollers: 5 } };
  const parts = partsOf(source, settings);
  const { turns, board } = parts;
  turns.give(MACHINE, member(parts));
  await settled();
  expect([...board.kept]).toEqual([
    ['poller-0', 5],
    ['poller-1', 5],
  ]);
  source.partitionsHeard(3);
  await settled();
  const three = ['poller-0', 'poller-1', 'poller-2'];
  expect([...board.kept].sort()).toEqual(three.map((poller) => [poller, 5]));
  expect([...turns.added].filter((name) => name.includes('poller')).sort()).toEqual(three.map(turnOf));
  await turns.take(MACHINE);
});

test('a machine that cannot begin leaves nobody behind that listens', async () => {
  const source = new HandSource();
  source.shard('s0', []);
  const parts = partsOf(source);
  const mapping = member(parts, { checkpoints: new HandCheckpoints().fail('ended', 1) });
  parts.turns.give(MACHINE, mapping);
  await expect(parts.turns.take(MACHINE)).rejects.toThrow('ended failed');
  expect(parts.board.listening()).toBe(0);
});

test('a turn that ends while partitions cannot be counted is given back, and the pollers of before stay', async () => {
  const source = new HandTopic();
  source.counts = () => Promise.reject(new Error('no broker'));
  const parts = partsOf(source, KAFKA);
  const { turns, board } = parts;
  board.kept.set('poller-0', 1);
  turns.added.add(turnOf('poller-0'));
  const mapping = member(parts);
  turns.give(MACHINE, mapping);
  await settled();
  expect(mapping.trouble).toBe('no broker');
  const over = turns.take(MACHINE).then(() => 'over');
  expect(await Promise.race([over, settled().then(() => 'still served')])).toBe('over');
  expect([[...turns.added], [...board.kept.keys()]]).toEqual([[turnOf('poller-0')], ['poller-0']]);
});

test('which shards were first, and where children begin, is kept however often that fails', async () => {
  const source = new HandSource();
  source.shard('s0', []);
  const parts = partsOf(source);
  const { turns } = parts;
  const checkpoints = new HandCheckpoints().fail('begin', 2);
  turns.give(MACHINE, member(parts, { checkpoints }));
  await expect.poll(() => [...turns.added], { timeout: 5000 }).toContain(turnOf('s0'));
  const first = await checkpoints.load({ mapping: UUID, name: 'machine' });
  expect(first.starts.get('first-shards')).toBe('["s0"]');
  await turns.take(MACHINE);
});

test('a child shard is offered although keeping its beginning fails at first, and knows that it begins there', async () => {
  const source = new HandSource();
  source.shard('s0', [], [], true);
  const parts = partsOf(source);
  const { turns } = parts;
  let isAway = false;
  const checkpoints = new HandCheckpoints();
  checkpoints.before = (call, name) => {
    if (isAway && call === 'begin' && name === 's1') throw new Error('away');
  };
  const mapping = member(parts, { checkpoints });
  turns.give(MACHINE, mapping);
  await expect.poll(() => [...turns.added]).toEqual([turnOf('s0')]);
  source.shard('s1', ['a'], ['s0']);
  isAway = true;
  turns.give(turnOf('s0'), mapping);
  await expect.poll(() => source.looked, { timeout: 5000 }).toBeGreaterThan(1);
  await settled();
  expect([...turns.added]).not.toContain(turnOf('s1'));
  isAway = false;
  await expect.poll(() => [...turns.added], { timeout: 5000 }).toContain(turnOf('s1'));
  expect((await checkpoints.load({ mapping: UUID, name: 's1' })).starts.get('from')).toBe('horizon');
  await turns.take(turnOf('s0'));
  await turns.take(MACHINE);
});

test('a deposed machine does not say which shards were the first', async () => {
  const source = new HandSource();
  source.shard('s0', []);
  const parts = partsOf(source);
  const checkpoints = memoryCheckpoints({ isCurrent: ({ epoch }) => epoch > 1 });
  parts.turns.give(MACHINE, member(parts, { checkpoints }));
  await expect.poll(() => source.looked).toBe(1);
  await settled();
  expect((await checkpoints.load({ mapping: UUID, name: 'machine' })).starts.size).toBe(0);
  expect([...parts.turns.added]).toEqual([]);
  await parts.turns.take(MACHINE, 'lose');
});

test('whoever owns the machine later goes by the first listing of all, and opens children once their parents have ended', async () => {
  const source = new HandSource();
  source.shard('s0', ['a', 'b'], [], true);
  const parts = partsOf(source);
  const { turns, run } = parts;
  const checkpoints = memoryCheckpoints();
  const [first, second] = [member(parts, { checkpoints }), member(parts, { checkpoints })];
  turns.give(MACHINE, first);
  await expect.poll(() => [...turns.added]).toEqual([turnOf('s0')]);
  await turns.take(MACHINE);
  source.shard('s1', ['c'], ['s0']);
  turns.give(MACHINE, second);
  await expect.poll(() => source.looked).toBe(2);
  await settled();
  expect([...turns.added]).toEqual([turnOf('s0')]);
  run.holds = true;
  turns.give(turnOf('s0'), first);
  await expect.poll(() => run.waiting.length).toBe(1);
  run.holds = false;
  run.waiting.shift()?.(DONE);
  await expect.poll(() => [...turns.added].sort()).toEqual([turnOf('s1')]);
  expect(await checkpoints.ended(UUID)).toEqual(['s0']);
  await turns.take(turnOf('s0'));
  turns.give(turnOf('s1'), first);
  await expect.poll(() => run.seen).toEqual(['s0@1', 's0@2', 's1@1']);
  expect(source.openings.map(({ poller, from }) => [poller, from])).toEqual([
    ['s0', 'start'],
    ['s1', 'horizon'],
  ]);
  await turns.take(turnOf('s1'));
  await turns.take(MACHINE);
});

test('a shard whose end another owner may not keep has not ended', async () => {
  const source = new HandSource();
  source.shard('s0', ['a'], [], true);
  const parts = partsOf(source);
  const { turns, board, run } = parts;
  board.kept.set('s0', 1);
  const checkpoints = new HandCheckpoints();
  checkpoints.end = async () => false;
  const told: unknown[] = [];
  board.onFact(
    MACHINE,
    (fact) => told.push(fact),
    () => {},
  );
  const mapping = member(parts, { checkpoints });
  turns.give(turnOf('s0'), mapping);
  await expect.poll(() => run.seen).toEqual(['s0@1']);
  await expect.poll(() => mapping.pollers().open).toBe(0);
  await turns.take(turnOf('s0'));
  expect(told).toEqual([]);
});

test('a poller that is opened in the next turn goes on at the saved cut, and nothing runs twice', async () => {
  const source = new HandSource();
  source.shard('s0', ['k', 'k', 'k', 'k']);
  const parts = partsOf(source);
  const { turns, run, board } = parts;
  board.kept.set('s0', 1);
  const checkpoints = memoryCheckpoints();
  const [first, second] = [member(parts, { checkpoints }), member(parts, { checkpoints })];
  run.holds = true;
  turns.give(turnOf('s0'), first);
  await expect.poll(() => run.waiting.length).toBe(1);
  run.waiting.shift()?.(DONE);
  await expect.poll(() => run.waiting.length).toBe(1);
  const over = turns.take(turnOf('s0'));
  run.waiting.shift()?.(DONE);
  await over;
  run.holds = false;
  turns.give(turnOf('s0'), second);
  await expect.poll(() => run.seen).toEqual(['s0@1', 's0@2', 's0@3', 's0@4']);
  await turns.take(turnOf('s0'));
});
