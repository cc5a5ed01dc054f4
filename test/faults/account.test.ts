/** The checkers of the account can fail: each is shown what it must find, and what it must let pass. */
import { describe, expect, test } from 'vitest';
import {
  accountFor,
  againWithoutFault,
  invented,
  laidTwice,
  lost,
  outOfOrder,
  overlapping,
  repeated,
  tooMany,
} from './support/account.ts';
import { type Call, type Evidence, readCalls, type Sent } from './support/evidence.ts';

let calls = 0;

function call(startedMs: number, seenMs: number, ids: readonly string[], about: Partial<Call> = {}): Call {
  calls += 1;
  const messages = ids.map((id) => ({ id, receives: 1, group: id.includes('/') ? id.split('/')[0] : undefined }));
  const ended = { ended: true, ok: true };
  return {
    id: `c${calls}`,
    request: `r${calls}`,
    function: 'f',
    pid: 1,
    ppid: 0,
    startedMs,
    seenMs,
    messages,
    ...ended,
    ...about,
  };
}

function sent(...ids: readonly string[]): Sent[] {
  return ids.map((id) => ({ id, queue: 'q', confirmed: true, group: id.includes('/') ? id.split('/')[0] : undefined }));
}

function evidence(about: Partial<Evidence>): Evidence {
  const functions = new Map([['f', { timeoutMs: 1000, most: 1 }]]);
  return { sent: [], calls: [], halts: [], dead: [], left: [], functions, ...about };
}

const killed = (pid: number, fromMs: number) => ({ pid, fromMs, untilMs: Number.POSITIVE_INFINITY });

describe('the account', () => {
  test('finds a message that is nowhere', () => {
    const of = (about: Partial<Evidence>) => lost(evidence({ sent: sent('a'), ...about }));
    expect(of({})).toHaveLength(1);
    expect(of({ calls: [call(0, 1, ['a'], { ok: false })] })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, ['a'])] })).toEqual([]);
    expect(of({ dead: ['a'] })).toEqual([]);
    expect(of({ left: ['a'] })).toEqual([]);
    expect(of({ sent: [{ id: 'a', queue: 'q', confirmed: false }] })).toEqual([]);
  });

  test('finds a message that nobody sent', () => {
    const of = (about: Partial<Evidence>) => invented(evidence({ sent: sent('a'), ...about }));
    expect(of({ calls: [call(0, 1, ['a', 'b'])] })).toEqual(['b was never sent']);
    expect(of({ dead: ['b'] })).toHaveLength(1);
    expect(of({ left: ['b'] })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, ['a'])] })).toEqual([]);
  });

  test('finds a message that lies in two places', () => {
    expect(laidTwice(evidence({ dead: ['a', 'a'] }))).toHaveLength(1);
    expect(laidTwice(evidence({ dead: ['a'], left: ['a'] }))).toHaveLength(1);
    expect(laidTwice(evidence({ dead: ['a'], left: ['b'] }))).toEqual([]);
  });

  test('finds a group that was handled in another order', () => {
    const of = (...some: Call[]) => outOfOrder(evidence({ sent: sent('g/1', 'h/1', 'g/2'), calls: some }));
    expect(of(call(0, 1, ['g/2']), call(2, 3, ['g/1']))).toHaveLength(1);
    expect(of(call(0, 1, ['g/2', 'g/1']))).toHaveLength(1);
    expect(of(call(0, 9, ['g/1']), call(1, 2, ['g/2']))).toHaveLength(1);
    expect(of(call(0, 1, ['g/1']), call(2, 3, ['g/2']), call(4, 5, ['g/1']), call(6, 7, ['h/1']))).toEqual([]);
    expect(of(call(0, 1, ['g/2'], { ok: false }), call(2, 3, ['g/1']))).toEqual([]);
  });

  test('finds two calls with messages of one group at once', () => {
    const of = (some: Call[], halts = [] as Evidence['halts']) => overlapping(evidence({ calls: some, halts }));
    expect(of([call(0, 10, ['g/1']), call(9, 12, ['g/2'])])).toHaveLength(1);
    expect(of([call(0, 10, ['g/1']), call(1, 2, ['h/1']), call(9, 12, ['g/2'])])).toHaveLength(1);
    expect(of([call(0, 10, ['g/1']), call(10, 12, ['g/2'])])).toEqual([]);
    const open = call(0, 0, ['g/1'], { ended: false, ok: false });
    expect(of([open, call(5, 6, ['g/2'])], [killed(1, 8)])).toHaveLength(1);
    expect(of([open, call(5, 6, ['g/2'])], [killed(1, 5)])).toEqual([]);
    // What is paused inside the function may end after its deadline.
    expect(of([call(0, 1500, ['g/1']), call(999, 1100, ['g/2'])])).toHaveLength(1);
    expect(of([call(0, 1500, ['g/1']), call(1001, 1100, ['g/2'])])).toEqual([]);
  });

  test('finds more calls at once than are allowed', () => {
    const of = (...some: Call[]) => tooMany(evidence({ calls: some, halts: [killed(7, 50)] }));
    expect(of(call(0, 10, ['a']), call(9, 12, ['b']))).toEqual(['2 calls of f at once at 9.0 ms; 1 are allowed']);
    expect(of(call(0, 10, ['a']), call(10, 12, ['b']), call(12, 13, ['c'], { function: 'g' }))).toEqual([]);
    expect(of(call(10, 20, ['a']), call(11, 20, ['b'], { function: 'other' }))).toEqual([]);
    // One that was killed ran until then, also when it ran in a child of what was killed.
    const open = { ended: false, ok: false, ppid: 7 };
    expect(of(call(0, 0, ['a'], open), call(40, 41, ['b']))).toHaveLength(1);
    expect(of(call(0, 0, ['a'], open), call(51, 52, ['b']))).toEqual([]);
  });

  test('finds an attempt that was made twice', () => {
    expect(
      repeated(evidence({ calls: [call(0, 1, ['a'], { request: 'r' }), call(2, 3, ['a'], { request: 'r' })] })),
    ).toHaveLength(1);
    expect(repeated(evidence({ calls: [call(0, 1, ['a']), call(2, 3, ['a'])] }))).toEqual([]);
  });

  test('finds a message that came again without a fault', () => {
    const some = [call(0, 1, ['a']), call(20, 30, ['a'])];
    const of = (halts: Evidence['halts']) => againWithoutFault(evidence({ calls: some, halts }));
    expect(of([])).toHaveLength(1);
    expect(of([killed(1, 21)])).toHaveLength(1);
    expect(of([killed(1, 10)])).toEqual([]);
    expect(of([{ fromMs: -10, untilMs: -5 }])).toHaveLength(1);
    expect(of([{ fromMs: -10, untilMs: 0 }])).toEqual([]);
    const failed = [call(0, 1, ['a'], { ok: false }), call(20, 30, ['a'])];
    expect(againWithoutFault(evidence({ calls: failed }))).toEqual([]);
  });

  test('adds up', () => {
    const all = { sent: sent('a', 'b', 'c'), calls: [call(0, 1, ['a']), call(2, 3, ['a'])], dead: ['b'], left: ['c'] };
    const account = accountFor(evidence(all));
    expect(account.summary).toBe('3 sent (and perhaps 0) = 1 handled, 1 dead-lettered, 1 left; 2 calls, 1 duplicates');
    expect(account.violations).toHaveLength(1);
  });
});

test('the log of the functions is read, calls that never ended included', () => {
  const about = { call: 'x', request: 'r', function: 'f', pid: 1, ppid: 2, messages: [] };
  const lines = [
    { what: 'started', atMs: 1, ...about },
    { what: 'started', atMs: 0, ...about, call: 'y' },
    { what: 'alive', atMs: 3, call: 'x' },
    { what: 'ended', atMs: 4, call: 'y', ok: true },
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  expect(readCalls(text)).toMatchObject([
    { id: 'y', startedMs: 0, seenMs: 4, ended: true, ok: true },
    { id: 'x', startedMs: 1, seenMs: 3, ended: false, ok: false },
  ]);
  expect(() => readCalls('{"what":"ended","call":"z","atMs":1,"ok":true}\n')).toThrow('never started');
});
