/** A mapping of a stream of which one process has everything: openings, ends, saves, crashes, and stopping in every state. */
import { MappingDriver, type MappingOptions, memoryOutbox } from '@millrace/runtime';
import type { MappingSettings, Position } from '@millrace/semantics';
import { afterEach, expect, test } from 'vitest';
import { HandCheckpoints } from './support/checkpoints.ts';
import { HandClock } from './support/handClock.ts';
import { HandSource, HandTopic } from './support/handSource.ts';
import { DONE, FAILED, HandFunction, KAFKA, KINESIS, optionsOf, settled, UUID } from './support/ordered.ts';

const drivers: MappingDriver[] = [];
const unhandled: unknown[] = [];
process.on('unhandledRejection', (error) => unhandled.push(error));

afterEach(async () => {
  for (const driver of drivers.splice(0)) {
    await driver.stop();
    await driver.close();
  }
  expect(unhandled.splice(0)).toEqual([]);
});

function started(
  source: HandSource,
  run: HandFunction,
  rest: Partial<MappingOptions> = {},
  settings: MappingSettings = KINESIS,
) {
  const options = optionsOf(source, run, settings, rest);
  const driver = new MappingDriver(options);
  drivers.push(driver);
  driver.start();
  return { driver, options };
}

/** Resolves with what a promise comes to, or with `waits` when it does not come to anything soon. */
function soon<T>(promise: Promise<T>): Promise<T | 'waits'> {
  return Promise.race([promise, settled().then(() => 'waits' as const)]);
}

/** A promise that the test resolves. */
function held() {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
}

test('what was saved is loaded, the source is opened, where it begins is kept, and then it is read; each until it works', async () => {
  const source = new HandSource();
  source.shard('s0', ['a']);
  const checkpoints = new HandCheckpoints();
  const calls: string[] = [];
  const failed = new Set<string>();
  const once = (call: string) => {
    calls.push(call);
    if (failed.has(call)) return;
    failed.add(call);
    throw new Error(`${call} failed`);
  };
  checkpoints.before = (call, name) => (name === 's0' && call !== 'save' ? once(call) : undefined);
  source.opens = () => once('open');
  const run = new HandFunction();
  const { driver } = started(source, run, { checkpoints });
  await expect.poll(() => driver.trouble).toContain(' failed');
  await expect.poll(() => run.seen, { timeout: 5000 }).toEqual(['s0@1']);
  expect(calls).toEqual(['load', 'load', 'open', 'open', 'begin', 'begin']);
  expect(driver.trouble).toBeUndefined();
});

test('a mapping begins although what has ended cannot be asked at first', async () => {
  const source = new HandSource();
  source.shard('s0', ['a']);
  const run = new HandFunction();
  started(source, run, { checkpoints: new HandCheckpoints().fail('ended', 1) });
  await expect.poll(() => run.seen, { timeout: 5000 }).toEqual(['s0@1']);
});

test('where a shard begins is kept once: whoever opens it later begins there, from its checkpoint once there is one', async () => {
  const source = new HandSource();
  source.shard('s0', []);
  const [run, checkpoints] = [new HandFunction(), new HandCheckpoints()];
  await checkpoints.begin({ mapping: UUID, name: 's0' }, new Map([['', '1']]));
  source.put('s0', 'a', 'b', 'c');
  const { driver } = started(source, run, { checkpoints });
  await expect.poll(() => run.seen).toEqual(['s0@2', 's0@3']);
  await driver.stop();
  source.put('s0', 'd');
  driver.start();
  await expect.poll(() => run.seen).toEqual(['s0@2', 's0@3', 's0@4']);
  expect(source.openings.map(({ checkpoint, start }) => [checkpoint, start])).toEqual([
    [undefined, '1'],
    [3, '1'],
  ]);
});

test('a shard that has ended is kept as ended before its children are opened, and is not read again', async () => {
  const source = new HandSource();
  source.shard('s0', ['a'], [], true);
  source.shard('s1', ['b'], ['s0']);
  const [run, checkpoints, end] = [new HandFunction(), new HandCheckpoints(), held()];
  checkpoints.before = (call) => (call === 'end' ? end.promise : undefined);
  const { driver } = started(source, run, { checkpoints });
  await expect.poll(() => run.seen).toEqual(['s0@1']);
  await settled(50);
  expect(source.openings.map(({ poller }) => poller)).toEqual(['s0']);
  end.release();
  await expect.poll(() => run.seen).toEqual(['s0@1', 's1@1']);
  await driver.stop();
  driver.start();
  await expect.poll(() => source.openings.map(({ poller }) => poller)).toEqual(['s0', 's1', 's1']);
});

test('stopping ends in every state: while a source is opened, while the end of a shard is kept, twice at once', async () => {
  const source = new HandSource();
  source.shard('s0', ['a']);
  const opening = held();
  source.opens = () => opening.promise;
  const run = new HandFunction();
  const { driver } = started(source, run);
  await expect.poll(() => source.openings.length).toBe(1);
  expect(await soon(driver.stop())).toBeUndefined();
  opening.release();
  await settled();
  expect([driver.pollers().open, source.places.size]).toEqual([0, 0]);
  source.opens = () => undefined;
  run.holds = true;
  driver.start();
  await expect.poll(() => run.waiting.length).toBe(1);
  const both = Promise.all([driver.stop(), driver.stop()]);
  expect(await soon(both)).toBe('waits');
  run.waiting.shift()?.(DONE);
  expect(await soon(both)).not.toBe('waits');
});

test('a source that does not close well is told of, and keeps nobody from stopping', async () => {
  const source = new HandSource();
  source.shard('s0', ['a']);
  const run = new HandFunction();
  const { driver } = started(source, run);
  await expect.poll(() => run.seen).toEqual(['s0@1']);
  for (const place of source.places) place.closing = () => Promise.reject(new Error('no goodbye'));
  expect(await soon(driver.stop())).toBeUndefined();
  expect(driver.meter.lastError?.text).toContain('no goodbye');
});

test('crashes that come one after the other leave one poller, and nothing runs twice at once', async () => {
  const source = new HandSource();
  source.shard('s0', ['a', 'b']);
  const run = new HandFunction();
  run.holds = true;
  const { driver } = started(source, run);
  await expect.poll(() => run.waiting.length).toBe(1);
  driver.crash();
  driver.crash();
  await settled();
  expect(source.openings.length).toBe(1);
  run.holds = false;
  run.waiting.shift()?.(DONE);
  await expect.poll(() => run.seen).toEqual(['s0@1', 's0@1', 's0@2']);
  await settled();
  expect([source.openings.length, source.places.size]).toEqual([2, 1]);
  expect(await soon(driver.stop())).toBeUndefined();
  expect(source.places.size).toBe(0);
});

test('a child shard that crashes before it was read still begins at its beginning', async () => {
  const source = new HandSource();
  source.shard('s0', ['a'], [], true);
  const [run, opening] = [new HandFunction(), held()];
  const { driver } = started(source, run);
  await expect.poll(() => run.seen).toEqual(['s0@1']);
  source.opens = () => opening.promise;
  source.shard('s1', ['b'], ['s0']);
  await expect.poll(() => source.openings.length, { timeout: 15_000 }).toBe(2);
  driver.crash();
  opening.release();
  await expect.poll(() => run.seen).toEqual(['s0@1', 's1@1']);
  expect(source.openings.map(({ poller, from }) => [poller, from])).toEqual([
    ['s0', 'start'],
    ['s1', 'horizon'],
    ['s1', 'horizon'],
  ]);
});

test('a rebalance while a crash waits for what runs opens nobody twice', async () => {
  const source = new HandTopic();
  source.shard('poller-0', ['a', 'b']);
  const run = new HandFunction();
  run.holds = true;
  const { driver } = started(source, run, {}, KAFKA);
  await expect.poll(() => run.waiting.length, { timeout: 5000 }).toBe(1);
  const [before] = source.places;
  driver.crash();
  before?.events.regrouped();
  run.holds = false;
  run.waiting.shift()?.(DONE);
  await expect.poll(() => run.seen, { timeout: 5000 }).toEqual(['poller-0@1', 'poller-0@1', 'poller-0@2']);
  expect([source.openings.length, source.places.size]).toEqual([2, 1]);
});

test('saves that fail are repeated in their order: the checkpoint never goes back', async () => {
  const source = new HandSource();
  source.shard('s0', ['a', 'b', 'c', 'd', 'e', 'f']);
  const [run, checkpoints] = [new HandFunction(), new HandCheckpoints()];
  const applied: (Position | undefined)[] = [];
  const save = checkpoints.save.bind(checkpoints);
  let calls = 0;
  checkpoints.save = async (scope, factor, order) => {
    calls += 1;
    if (calls === 2 || calls === 5 || calls === 6) throw new Error('Redis is away');
    const [ledger] = order.ledgers;
    if (ledger) applied.push(ledger.checkpoint);
    return save(scope, factor, order);
  };
  const settings = { ...KINESIS, parallelizationFactor: 3 };
  const { driver } = started(source, run, { checkpoints }, settings);
  await expect.poll(() => run.seen.length, { timeout: 5000 }).toBe(6);
  await driver.stop();
  const known = applied.filter((position) => position !== undefined).map(Number);
  expect(known).toEqual([...known].sort((one, other) => one - other));
  const { checkpoints: kept, saved } = await checkpoints.load({ mapping: UUID, name: 's0' });
  expect([kept.get(''), saved]).toEqual([6, undefined]);
});

test('an event that cannot be made fails its attempt, which is tried again', async () => {
  const source = new HandSource();
  source.shard('s0', []);
  const run = new HandFunction();
  const { driver } = started(source, run);
  await expect.poll(() => source.places.size).toBe(1);
  const [place] = source.places;
  const event = place?.event.bind(place);
  let fails = true;
  if (place && event) {
    place.event = (positions) => {
      if (fails) throw new Error('no such record');
      return event(positions);
    };
  }
  source.put('s0', 'a');
  await expect.poll(() => driver.meter.lastError?.text).toBe('unreachable: no such record');
  fails = false;
  await expect.poll(() => run.seen, { timeout: 10_000 }).toEqual(['s0@1']);
  expect(driver.meter.running).toBe(0);
});

const GIVES_UP: MappingSettings = {
  ...KINESIS,
  maximumRetries: 0,
  onFailureDestination: { kind: 'sqs', arn: 'arn:aws:sqs:us-east-1:123456789012:dead' },
};

test('a discard is told once, when it is known what became of it, and nothing goes on before the outbox has it', async () => {
  const source = new HandSource();
  source.shard('s0', ['a', 'b']);
  const run = new HandFunction();
  run.result = FAILED;
  const inner = memoryOutbox();
  let tries = 0;
  const outbox = {
    onResult: inner.onResult.bind(inner),
    accept: async (delivery: Parameters<typeof inner.accept>[0]) => {
      tries += 1;
      if (tries === 1) throw new Error('the outbox is away');
      if (tries === 2) return false;
      return inner.accept(delivery);
    },
  };
  const { driver, options } = started(source, run, { outbox }, GIVES_UP);
  const fates = () => options.lines.filter(({ what }) => what === 'discarded');
  await expect.poll(() => tries, { timeout: 5000 }).toBe(2);
  expect([run.seen, fates()]).toEqual([['s0@1'], []]);
  await expect.poll(() => run.seen, { timeout: 5000 }).toEqual(['s0@1', 's0@2']);
  expect(fates()).toEqual([]);
  const delivered: string[] = [];
  const worker = inner.serve(async ({ id }) => void delivered.push(id), { concurrency: 1 });
  await expect.poll(() => fates().map(({ records }) => records)).toEqual([['s0@1'], ['s0@2']]);
  expect(delivered.length).toBe(2);
  expect(driver.meter.counts).toMatchObject({ OnFailureDestinationDeliveredEventCount: 2, DroppedEventCount: 0 });
  await worker.close(0);
});

test('a batch that is given up without a destination is dropped and counted', async () => {
  const source = new HandSource();
  source.shard('s0', ['a']);
  const run = new HandFunction();
  run.result = FAILED;
  const { driver, options } = started(source, run, {}, { ...KINESIS, maximumRetries: 0 });
  await expect.poll(() => driver.meter.counts.DroppedEventCount).toBe(1);
  expect(options.lines.filter(({ what }) => what === 'discarded').map(({ data }) => data?.delivered)).toEqual([false]);
});

test('the lag is looked at again after a mapping was disabled and enabled', async () => {
  const clock = new HandClock();
  const source = new HandTopic();
  source.shard('poller-0', []);
  const { driver } = started(source, new HandFunction(), { clock }, KAFKA);
  await settled();
  await clock.advance(20_000);
  await driver.stop();
  driver.start();
  await settled();
  for (let minute = 0; minute < 3; minute += 1) await clock.advance(60_000);
  expect(source.looked).toBeGreaterThanOrEqual(2);
});
