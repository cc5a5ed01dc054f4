/** A mapping whose machine and slots are owned in turns: what passes through the board, and what a takeover changes. */
import {
  type Board,
  FleetMapping,
  FunctionGate,
  type InvocationResult,
  type Invoker,
  type MappingSource,
  memoryPermits,
  type PollerSource,
  type Register,
  systemClock,
  Tracer,
  type Turns,
} from '@millrace/runtime';
import { DEFAULT_CHOICES, type FetchOrder, type MappingSettings, mappingPolicy } from '@millrace/semantics';
import { afterEach, expect, test } from 'vitest';
import { HandTurns, memoryBoard, memoryRegister } from './support/fleet.ts';

const UUID = 'f0a1b2c3-0000-4000-8000-000000000000';

const SETTINGS: MappingSettings = {
  kind: 'sqs',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
  batchSize: 10,
  batchWindowMs: 0,
  filterPatterns: [],
  partialResponses: false,
  parallelizationFactor: 1,
  maximumRetries: 'untilExpiry',
  maximumRecordAgeMs: 'never',
  bisect: false,
  tumblingWindowMs: 0,
  startingPosition: 'TRIM_HORIZON',
  maximumConcurrency: 3,
  metrics: [],
};

/** A source that never has anything: it remembers which slots fetch. */
function emptySource(fetching: Set<string>): MappingSource {
  const open = (poller: string): PollerSource => ({
    fetch: (_order: FetchOrder) => void fetching.add(poller),
    withdraw: () => void fetching.delete(poller),
    acknowledge: async () => ({ failed: [] }),
    release: () => {},
    event: () => ({}),
    identifiers: () => [],
    names: () => [],
    laneName: (lane) => lane,
    failure: () => undefined,
    close: async () => void fetching.delete(poller),
  });
  return { surroundings: { retentionMs: 1e9, visibilityTimeoutMs: 30_000, fanOut: false, envelopeBytes: 14 }, open };
}

/** A source whose first fetch finds one message. */
function oneMessageSource(): MappingSource {
  const { surroundings, open } = emptySource(new Set());
  return {
    surroundings,
    open(poller, opening) {
      const { events } = opening;
      const record = { position: 'p', lane: '', arrivalMs: 0, encodedBytes: 10, seq: 0, finished: false };
      const view = () => ({ metadata: {}, data: {} });
      const records = [{ ...record, view }];
      const visibleAtMs = systemClock.now() + 30_000;
      const fetch = ({ id }: FetchOrder) =>
        setImmediate(() => events.tell({ what: 'fetched', id, records: records.splice(0), visibleAtMs }));
      return { ...(open(poller, opening) as PollerSource), fetch };
    },
  };
}

const mappings: FleetMapping[] = [];

afterEach(async () => {
  for (const mapping of mappings.splice(0)) await mapping.stop();
});

function member(
  turns: Turns,
  board: Board,
  fetching: Set<string>,
  settings = SETTINGS,
  register: Register = memoryRegister(),
  source: MappingSource = emptySource(fetching),
  invoke: Invoker['invoke'] = () => Promise.reject(new Error('never')),
): FleetMapping {
  const gate = new FunctionGate({
    definition: { name: 'f', arn: settings.functionArn, timeoutMs: 3000, memoryMb: 128, env: {} },
    invoker: {
      invoke,
      environments: () => ({ running: 0, idle: 0 }),
      close: async () => {},
    },
    permits: memoryPermits(systemClock),
    limits: { unreservedPool: 1000 },
    clock: systemClock,
  });
  const mapping = new FleetMapping({
    name: 'm',
    uuid: UUID,
    settings,
    policy: mappingPolicy(settings),
    choices: DEFAULT_CHOICES,
    source,
    gate,
    clock: systemClock,
    tracer: new Tracer(),
    turns,
    board,
    register,
  });
  mappings.push(mapping);
  return mapping;
}

/** Lets everything that is already resolved go on. */
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

test('the machine asks for as many slots as MaximumConcurrency allows, and each fetches where its turn is served', async () => {
  const [turns, board, one, other] = [new HandTurns(), memoryBoard(), new Set<string>(), new Set<string>()];
  const [first, second] = [member(turns, board, one), member(turns, board, other)];
  first.start();
  turns.give(`${UUID}/machine`, first);
  await turnOfTheLoop();
  expect([...turns.added].sort()).toEqual([`${UUID}/machine`, `${UUID}/slot-0`, `${UUID}/slot-1`, `${UUID}/slot-2`]);
  turns.give(`${UUID}/slot-0`, first);
  turns.give(`${UUID}/slot-1`, second);
  await turnOfTheLoop();
  expect([[...one], [...other]]).toEqual([['slot-0'], ['slot-1']]);
  await turns.take(`${UUID}/slot-1`);
  expect([...other]).toEqual([]);
  await turns.take(`${UUID}/slot-0`, 'lose');
  expect([...one]).toEqual([]);
  await turns.take(`${UUID}/machine`);
});

test('a new owner of the machine lets slots of before do nothing that it has not asked for', async () => {
  const [turns, board, fetching] = [new HandTurns(), memoryBoard(), new Set<string>()];
  const wide = member(turns, board, fetching, { ...SETTINGS, maximumConcurrency: 5 });
  turns.give(`${UUID}/machine`, wide);
  await turnOfTheLoop();
  for (let slot = 0; slot < 5; slot += 1) turns.give(`${UUID}/slot-${slot}`, wide);
  await turnOfTheLoop();
  expect(fetching.size).toBe(5);
  await turns.take(`${UUID}/machine`);
  const narrow = member(turns, board, new Set(), { ...SETTINGS, maximumConcurrency: 2 });
  turns.give(`${UUID}/machine`, narrow);
  await turnOfTheLoop();
  expect([...fetching].sort()).toEqual(['slot-0', 'slot-1']);
  expect([...turns.added].filter((name) => name.includes('slot')).sort()).toEqual([`${UUID}/slot-0`, `${UUID}/slot-1`]);
  expect([...board.kept.keys()].sort()).toEqual(['slot-0', 'slot-1']);
  for (let slot = 0; slot < 5; slot += 1) await turns.take(`${UUID}/slot-${slot}`);
  await turns.take(`${UUID}/machine`);
});

test('a poller begins only when nothing of a former owner is in flight', async () => {
  const [turns, board, fetching, register] = [new HandTurns(), memoryBoard(), new Set<string>(), memoryRegister()];
  const mapping = member(turns, board, fetching, SETTINGS, register);
  board.kept.set('slot-0', 1);
  const [owner, attempt] = [
    { name: `${UUID}/slot-0`, epoch: 0 },
    { attemptId: 'a', lanes: ['a'] },
  ];
  await register.begin(owner, { ...attempt, deadlineMs: systemClock.now() + 60_000 });
  turns.give(`${UUID}/slot-0`, mapping);
  for (let wait = 0; wait < 3; wait += 1) await turnOfTheLoop();
  expect([...fetching]).toEqual([]);
  await register.end(owner, attempt);
  await expect.poll(() => [...fetching]).toEqual(['slot-0']);
  await turns.take(`${UUID}/slot-0`);
});

test('a turn that ends or is lost while its poller waits or opens leaves nothing open', async () => {
  const [turns, board, fetching, register] = [new HandTurns(), memoryBoard(), new Set<string>(), memoryRegister()];
  const mapping = member(turns, board, fetching, SETTINGS, register);
  board.kept.set('slot-0', 1);
  for (const how of ['end', 'lose'] as const) {
    for (let steps = 0; steps < 8; steps += 1) {
      turns.give(`${UUID}/slot-0`, mapping);
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      await turns.take(`${UUID}/slot-0`, how);
      expect([...fetching]).toEqual([]);
      expect(mapping.pollers().open).toBe(0);
    }
  }
});

test('what runs here when a turn is lost is entered, and taken out when it has ended', async () => {
  const [turns, board, register] = [new HandTurns(), memoryBoard(), memoryRegister()];
  let answer: (result: InvocationResult) => void = () => {};
  const invoke = () => new Promise<InvocationResult>((resolve) => (answer = resolve));
  const mapping = member(turns, board, new Set(), SETTINGS, register, oneMessageSource(), invoke);
  board.kept.set('slot-0', 1);
  turns.give(`${UUID}/slot-0`, mapping);
  await expect.poll(() => mapping.meter.running).toBe(1);
  expect(register.entries.size).toBe(0);
  await turns.take(`${UUID}/slot-0`, 'lose');
  expect(register.entries.size).toBe(1);
  answer({ answer: { kind: 'returned', value: null }, cold: false, startMs: 0, endMs: 0 });
  await expect.poll(() => register.entries.size).toBe(0);
});
