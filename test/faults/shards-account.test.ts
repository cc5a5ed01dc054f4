/** The checkers of the account of shards can fail: each is shown what it must find, and what it must let pass. */
import { describe, expect, test } from 'vitest';
import {
  againWithoutFault,
  crowded,
  discardedAgain,
  invented,
  lost,
  overlapping,
  shardAccountFor,
  storedTwice,
  unexplained,
} from './support/shardAccount.ts';
import {
  begunBefore,
  type Discarded,
  readShardCalls,
  type ShardCall,
  type ShardEvidence,
  type Stored,
} from './support/shardEvidence.ts';
import { childrenFirst, outOfOrder } from './support/shardOrder.ts';
import { checkpointsGoBack } from './support/shardReasons.ts';
import { wrongStates } from './support/shardWindows.ts';

let calls = 0;

/** Ids are `key-number`; a record's sequence number is its number. */
const keyOf = (id: string) => id.slice(0, id.indexOf('-'));
const seqOf = (id: string) => id.slice(id.indexOf('-') + 1);

function call(startedMs: number, seenMs: number, ids: readonly string[], about: Partial<ShardCall> = {}): ShardCall {
  calls += 1;
  const records = ids.map((id) => ({ id, key: keyOf(id), seq: seqOf(id) }));
  const who = { id: `c${calls}`, request: `r${calls}`, function: 's', pid: 1, ppid: 0, bornMs: 0 };
  return { ...who, startedMs, seenMs, ended: true, done: ids.length, records, ...about };
}

const OPEN = { ended: false, done: 0 };
const FAILED = { done: 0 };

function stored(shard: string, ...ids: readonly string[]): Stored[] {
  return ids.map((id, index) => ({ id, stream: 's', key: keyOf(id), shard, seq: seqOf(id), index }));
}

function discarded(first: string, last = first): Discarded {
  return { stream: 's', shard: 'p', first, last, size: 1, condition: 'RetryAttemptsExhausted' };
}

function evidence(about: Partial<ShardEvidence>): ShardEvidence {
  const parents = new Map([
    ['p', []],
    ['q', []],
    ['child', ['p', 'q']],
  ]);
  const lines = new Map([['s', { factor: 1, timeoutMs: 1000, parents }]]);
  const records = about.stored ?? [];
  const put = records.map(({ id, key }) => ({ id, key, stream: 's', confirmed: true }));
  return { put, stored: [], calls: [], discarded: [], halts: [], reasons: [], lines, ...about };
}

const killed = (pid: number, fromMs: number) => ({ pid, fromMs, untilMs: Number.POSITIVE_INFINITY });

describe('the account of shards', () => {
  test('finds a record that is nowhere', () => {
    const of = (about: Partial<ShardEvidence>) => lost(evidence({ stored: stored('p', 'k-1', 'k-2'), ...about }));
    expect(of({})).toHaveLength(2);
    expect(of({ calls: [call(0, 1, ['k-1', 'k-2'], { done: 1 })] })).toEqual([
      'k-2 of p is neither handled nor discarded',
    ]);
    expect(of({ calls: [call(0, 1, ['k-1'])], discarded: [discarded('2')] })).toEqual([]);
    expect(of({ discarded: [discarded('1', '2')] })).toEqual([]);
    const put = [{ id: 'k-9', key: 'k', stream: 's', confirmed: true }];
    expect(of({ stored: [], put })).toEqual(['k-9 was put and is not in s']);
    expect(of({ stored: [], put: put.map((one) => ({ ...one, confirmed: false })) })).toEqual([]);
  });

  test('finds a record that nobody put, and one that is stored twice', () => {
    const of = (about: Partial<ShardEvidence>) => invented(evidence({ stored: stored('p', 'k-1'), ...about }));
    expect(of({ calls: [call(0, 1, ['k-1', 'k-2'])] })).toHaveLength(1);
    expect(of({ put: [] })).toEqual(['k-1 is stored and was never put']);
    const otherPlace = call(0, 1, ['k-1']);
    expect(of({ calls: [{ ...otherPlace, records: [{ id: 'k-1', key: 'k', seq: '7' }] }] })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, ['k-1'])] })).toEqual([]);
    expect(storedTwice(evidence({ stored: stored('p', 'k-1', 'k-1') }))).toHaveLength(1);
    expect(storedTwice(evidence({ stored: stored('p', 'k-1', 'k-2') }))).toEqual([]);
  });

  test('finds a key that was handled in another order', () => {
    const of = (some: ShardCall[], given: Discarded[] = []) =>
      outOfOrder(evidence({ stored: stored('p', 'k-1', 'h-1', 'k-2', 'k-3'), calls: some, discarded: given }));
    expect(of([call(0, 1, ['k-2']), call(2, 3, ['k-1'])]).length).toBeGreaterThan(0);
    expect(of([call(0, 1, ['k-2', 'k-1'])])[0]).toContain('in another order');
    // The later one begins while the earlier one still runs, or has failed and is not given up.
    expect(of([call(0, 9, ['k-1']), call(1, 2, ['k-2'])])).toHaveLength(1);
    expect(of([call(0, 1, ['k-1'], FAILED), call(2, 3, ['k-2'])])).toHaveLength(1);
    expect(of([call(0, 1, ['k-1'], FAILED), call(2, 3, ['k-2'])], [discarded('1')])).toEqual([]);
    // It comes again behind one that has begun, although both were handled.
    expect(of([call(0, 1, ['k-1']), call(2, 3, ['k-2']), call(4, 5, ['k-1'])])).toHaveLength(1);
    expect(of([call(0, 1, ['k-1']), call(2, 3, ['k-1', 'k-2']), call(2, 9, ['h-1']), call(4, 5, ['k-3'])])).toEqual([]);
    // A batch that fails is taken apart.
    expect(of([call(0, 1, ['k-1', 'k-2'], FAILED), call(2, 3, ['k-1']), call(4, 5, ['k-2'])])).toEqual([]);
    expect(of([call(0, 1, ['k-1', 'k-2'], { done: 1 }), call(4, 5, ['k-2'])])).toEqual([]);
  });

  test('finds a child that was begun before its parents were finished', () => {
    const all = [...stored('p', 'k-1'), ...stored('q', 'h-1'), ...stored('child', 'x-1')];
    const of = (...some: ShardCall[]) => childrenFirst(evidence({ stored: all, calls: some }));
    expect(of(call(0, 1, ['k-1']), call(2, 3, ['x-1']), call(4, 5, ['h-1']))).toHaveLength(1);
    expect(of(call(0, 5, ['k-1']), call(0, 1, ['h-1']), call(2, 3, ['x-1']))).toHaveLength(1);
    expect(of(call(0, 1, ['k-1']), call(0, 1, ['h-1']), call(2, 3, ['x-1']))).toEqual([]);
  });

  test('finds calls with records of one key, or too many of one shard, at once', () => {
    const both =
      (check: typeof overlapping) =>
      (some: ShardCall[], halts: ShardEvidence['halts'] = []) =>
        check(evidence({ stored: stored('p', 'k-1', 'h-1', 'k-2'), calls: some, halts }));
    const of = both(overlapping);
    expect(of([call(0, 10, ['k-1']), call(9, 12, ['k-2'])])).toHaveLength(1);
    expect(of([call(0, 10, ['k-1']), call(1, 2, ['h-1']), call(10, 12, ['k-2'])])).toEqual([]);
    expect(of([call(0, 0, ['k-1'], OPEN), call(5, 6, ['k-1'])], [killed(1, 8)])).toHaveLength(1);
    expect(of([call(0, 0, ['k-1'], OPEN), call(5, 6, ['k-1'])], [killed(1, 5)])).toEqual([]);
    // What is paused inside the function may end after its deadline.
    expect(of([call(0, 1500, ['k-1']), call(999, 1100, ['k-1'])])).toHaveLength(1);
    expect(of([call(0, 1500, ['k-1']), call(1001, 1100, ['k-1'])])).toEqual([]);
    const crowd = both(crowded);
    expect(crowd([call(0, 10, ['k-1']), call(9, 12, ['h-1'])])).toHaveLength(1);
    expect(crowd([call(0, 10, ['k-1']), call(10, 12, ['h-1'])])).toEqual([]);
  });

  test('finds a record that came again without a fault, or without a word of the trace', () => {
    const records = stored('p', 'k-1');
    const some = [call(100, 200, ['k-1']), call(5000, 5100, ['k-1'])];
    const of = (halts: ShardEvidence['halts'], list = some) =>
      againWithoutFault(evidence({ stored: records, calls: list, halts }));
    expect(of([])).toHaveLength(1);
    expect(of([killed(1, 5001)])).toHaveLength(1);
    expect(of([killed(1, 150)])).toEqual([]);
    expect(of([], [call(0, 0, ['k-1'], OPEN), call(2, 3, ['k-1'])])).toHaveLength(1);
    expect(of([], [call(0, 1, ['k-1'], FAILED), call(2, 3, ['k-1'])])).toEqual([]);

    const why = (reasons: ShardEvidence['reasons'], halts: ShardEvidence['halts'] = []) =>
      unexplained(evidence({ stored: records, calls: some, reasons, halts }));
    const opened = { atMs: 4000, stream: 's', shard: 'p', why: 'opened' } as const;
    expect(why([])).toHaveLength(1);
    expect(why([{ ...opened, shard: 'q' }])).toHaveLength(1);
    expect(why([{ ...opened, atMs: 50 }])).toHaveLength(1);
    expect(why([opened])).toEqual([]);
    expect(why([], [killed(1, 4900)])).toHaveLength(1);
    expect(why([], [killed(2, 5050)])).toEqual([]);
    expect(why([], [{ fromMs: 1000, untilMs: 2000 }])).toHaveLength(1);
    expect(why([], [{ fromMs: 1000, untilMs: 4000 }])).toEqual([]);
  });

  test('finds a batch that was discarded twice, and checkpoints that go back', () => {
    const twice = { discarded: [discarded('1'), discarded('1')] };
    expect(discardedAgain(evidence(twice))).toHaveLength(1);
    expect(discardedAgain(evidence({ ...twice, halts: [killed(1, 5)] }))).toEqual([]);
    const of = (...some: number[]) => checkpointsGoBack(some.map((index) => ({ shard: 'p', index })));
    expect(of(5, 7, 6)).toEqual(['the checkpoint of p went back from 7 to 6']);
    expect(of(5, 5, 7)).toEqual([]);
    expect(
      checkpointsGoBack([
        { shard: 'p', index: 5 },
        { shard: 'q', index: 1 },
      ]),
    ).toEqual([]);
  });

  test('finds final states that do not add up', () => {
    const records = stored('p', 'k-1', 'k-2');
    const final = (start: string, seen: readonly string[]) =>
      call(0, 1, [], { window: { shard: 'p', start, final: true, seen } });
    const of = (...some: ShardCall[]) => wrongStates({ stored: records, calls: some });
    expect(of(final('w1', ['k-1']))).toEqual(['k-2 of p stands 0 times in final states']);
    expect(of(final('w1', ['k-1', 'k-2', 'k-1']))).toHaveLength(1);
    expect(of(final('w1', ['k-1']), final('w1', ['k-1', 'k-2']))).toHaveLength(1);
    expect(of(final('w1', ['k-1']), final('w2', ['k-2']), final('w2', ['k-2']))).toEqual([]);
  });

  test('adds up', () => {
    const all = { stored: stored('p', 'k-1', 'k-2'), calls: [call(0, 1, ['k-1'])], discarded: [discarded('2')] };
    const account = shardAccountFor(evidence(all));
    expect(account.summary).toBe('2 put (and perhaps 0) = 2 stored = 1 handled, 1 discarded; 1 calls, 0 came again');
    expect(account.violations).toEqual([]);
  });
});

test('a call that was on its way when its process was stopped was begun then', () => {
  const halt = { pid: 1, fromMs: 100, untilMs: 6100, resumedMs: 5100 };
  const of = (startedMs: number, about: Partial<ShardCall> = {}) =>
    begunBefore([call(startedMs, 5900, ['k-1'], about)], [halt])[0]?.startedMs;
  expect(of(5110)).toBe(100);
  expect(of(5110, { pid: 2 })).toBe(5110);
  expect(of(5110, { bornMs: 101 })).toBe(5110);
  expect(of(5470)).toBe(5470);
  expect(of(50)).toBe(50);
});

test('the log of the functions is read, calls that never ended and a line in the making included', () => {
  const about = { call: 'x', request: 'r', function: 's', pid: 1, ppid: 2, bornMs: 0, records: [] };
  const lines = [
    { what: 'started', atMs: 1, ...about },
    { what: 'started', atMs: 0, ...about, call: 'y' },
    { what: 'ended', atMs: 4, call: 'y', done: 3 },
  ];
  const text = `${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}{"what":"sta`;
  expect(readShardCalls(text)).toMatchObject([
    { id: 'y', startedMs: 0, seenMs: 4, ended: true, done: 3 },
    { id: 'x', startedMs: 1, seenMs: 1, ended: false, done: 0 },
  ]);
  expect(() => readShardCalls('{"what":"ended","call":"z","atMs":1,"done":1}\n')).toThrow('never started');
});
