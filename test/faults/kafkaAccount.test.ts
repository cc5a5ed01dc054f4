/** The checkers of the account of topics can fail: each is shown what it must find, and what it must let pass. */
import { describe, expect, test } from 'vitest';
import {
  againWithoutFault,
  begunOutOfOrder,
  committedAhead,
  committedBack,
  handledOutOfOrder,
  hidden,
  invented,
  lost,
  misplaced,
  notCommitted,
  overlapping,
  repeated,
  topicAccount,
} from './support/kafkaAccount.ts';
import {
  type Given,
  type LogEnd,
  readTopicCalls,
  type TopicCall,
  type TopicEvidence,
} from './support/kafkaEvidence.ts';

let calls = 0;

/** `'0 1 b:4'`: the offsets 0 and 1 of the lane a, and 4 of the lane b. */
function records(text: string): Given[] {
  return text.split(' ').map((each) => {
    const [offset = '', lane = 'a'] = each.split(':').reverse();
    return { lane, offset: Number(offset), id: `${lane}${offset}` };
  });
}

function call(startedMs: number, seenMs: number, some: string, about: Partial<TopicCall> = {}): TopicCall {
  calls += 1;
  const ended = { ended: true, ok: true, failed: new Set<string>() };
  const from = { id: `c${calls}`, request: `r${calls}`, pid: 1, ppid: 0 };
  return { ...from, startedMs, seenMs, records: records(some), ...ended, ...about };
}

const log = (latest: number, earliest = 0): ReadonlyMap<string, LogEnd> => new Map([['a', { earliest, latest }]]);
const givenUp = (first: number, last: number, batchSize = last - first + 1) => {
  return { batchSize, isAged: false, runs: [{ lane: 'a', first, last }] };
};
const commit = (offset: number, atMs: number) => ({ lane: 'a', offset, atMs });
const killed = (pid: number, fromMs: number) => ({ pid, fromMs, untilMs: Number.POSITIVE_INFINITY });
const FAILED = { ok: false };
const reporting = (...names: string[]) => ({ failed: new Set(names) });

function evidence(about: Partial<TopicEvidence>): TopicEvidence {
  return { sent: [], logs: new Map(), calls: [], halts: [], givenUp: [], commits: [], timeoutMs: 1000, ...about };
}

describe('the account of a topic', () => {
  test('finds a record that nobody handled', () => {
    const of = (about: Partial<TopicEvidence>) => lost(evidence({ logs: log(1), ...about }));
    expect(of({})).toHaveLength(1);
    expect(of({ calls: [call(0, 1, '0', FAILED)] })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, '0', reporting('a@0'))] })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, '0')] })).toEqual([]);
    expect(of({ calls: [call(0, 1, '0', FAILED)], givenUp: [givenUp(0, 0)] })).toEqual([]);
    expect(of({ logs: log(1, 1) })).toEqual([]);
  });

  test('finds a record that the brokers lost, or gave another place', () => {
    const of = (about: Partial<TopicEvidence>) => misplaced(evidence({ sent: records('0'), logs: log(1), ...about }));
    expect(of({ logs: log(0) })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, '0', { records: [{ lane: 'a', offset: 0, id: 'other' }] })] })).toHaveLength(1);
    expect(of({ calls: [call(0, 1, '0')] })).toEqual([]);
  });

  test('finds a record that is not in the log', () => {
    const of = (some: string) => invented(evidence({ logs: log(2), calls: [call(0, 1, some)] }));
    expect(of('2')).toEqual(['a@2 is not in the log']);
    expect(of('b:0')).toHaveLength(1);
    expect(of('0 1')).toEqual([]);
  });

  test('finds more missing than a failure record counts', () => {
    const of = (batchSize: number) =>
      hidden(evidence({ logs: log(4), calls: [call(0, 1, '1')], givenUp: [givenUp(0, 3, batchSize)] }));
    expect(of(2)).toHaveLength(1);
    expect(of(3)).toEqual([]);
  });

  test('finds a record that was begun before an earlier one', () => {
    const of = (...some: TopicCall[]) => begunOutOfOrder(evidence({ logs: log(9), calls: some }));
    expect(of(call(0, 1, '1'), call(2, 3, '0'))).toHaveLength(1);
    expect(of(call(0, 1, '1 0'))).toHaveLength(2);
    expect(of(call(0, 1, '1', FAILED), call(2, 3, '0'))).toHaveLength(1);
    expect(of(call(0, 1, '0 b:1'), call(2, 3, '1 b:2'), call(4, 5, '0 1'))).toEqual([]);
  });

  test('finds a record that was handled before an earlier one was finished', () => {
    const of = (some: TopicCall[], about: Partial<TopicEvidence> = {}) =>
      handledOutOfOrder(evidence({ logs: log(4), calls: some, ...about }));
    expect(of([call(0, 9, '0'), call(2, 3, '1')])).toHaveLength(1);
    expect(of([call(0, 1, '0', FAILED), call(2, 3, '1'), call(4, 5, '0')])).toHaveLength(1);
    expect(of([call(0, 1, '0'), call(2, 3, '2'), call(4, 5, '1')])).toHaveLength(1);
    expect(of([call(0, 1, '0 2'), call(4, 5, '1')])).toHaveLength(1);
    expect(of([call(0, 1, '0'), call(1, 2, '1'), call(3, 4, '0')])).toEqual([]);
    // What the same call has answered as failed is attempted again, and what comes after waits for it.
    const partial = call(0, 1, '0 1', reporting('a@0'));
    expect(of([partial, call(2, 3, '0'), call(4, 5, '2')])).toEqual([]);
    expect(of([partial, call(2, 3, '2'), call(4, 5, '0')])).toHaveLength(1);
    // What is given up is finished with its last failure.
    const failed = call(0, 5, '0', FAILED);
    expect(of([failed, call(6, 7, '1')], { givenUp: [givenUp(0, 0)] })).toEqual([]);
    expect(of([failed, call(4, 7, '1')], { givenUp: [givenUp(0, 0)] })).toHaveLength(1);
  });

  test('finds two calls with records of one partition at once', () => {
    const of = (some: TopicCall[], halts: TopicEvidence['halts'] = []) => overlapping(evidence({ calls: some, halts }));
    expect(of([call(0, 10, '0'), call(9, 12, '1')])).toHaveLength(1);
    expect(of([call(0, 10, '0'), call(1, 2, 'b:0'), call(9, 12, '1')])).toHaveLength(1);
    expect(of([call(0, 10, '0'), call(10, 12, '1')])).toEqual([]);
    expect(of([call(0, 10, '0'), call(9, 12, '0')], [{ fromMs: 5, untilMs: 6 }])).toEqual([]);
    const open = call(0, 0, '0', { ended: false, ok: false });
    expect(of([open, call(5, 6, '0')], [killed(1, 4)])).toEqual([]);
    expect(of([open, call(5, 6, '0')], [killed(1, 8)])).toHaveLength(1);
  });

  test('finds an attempt that was made twice', () => {
    const of = (some: string, halts: TopicEvidence['halts'] = []) =>
      repeated(evidence({ calls: [call(0, 1, '0', { request: 'r' }), call(3, 4, some, { request: 'r' })], halts }));
    expect(of('0')).toHaveLength(1);
    expect(of('0', [killed(1, 2)])).toEqual([]);
    expect(of('1', [killed(1, 2)])).toEqual([expect.stringContaining('one id and other records')]);
  });

  test('finds a record that came again without a fault', () => {
    const some = [call(0, 1, '0'), call(20, 30, '0')];
    const of = (halts: TopicEvidence['halts']) => againWithoutFault(evidence({ calls: some, halts }));
    expect(of([])).toHaveLength(1);
    expect(of([killed(1, 21)])).toHaveLength(1);
    // A kill explains what was begun before it, and nothing of later.
    expect(of([killed(1, -1)])).toHaveLength(1);
    expect(of([killed(1, 10)])).toEqual([]);
    expect(of([{ fromMs: -9, untilMs: 0 }])).toEqual([]);
    expect(againWithoutFault(evidence({ calls: [call(0, 1, '0', FAILED), call(2, 3, '0')] }))).toEqual([]);
    expect(againWithoutFault(evidence({ calls: [call(0, 1, '0', reporting('a@0')), call(2, 3, '0')] }))).toEqual([]);
  });

  test('finds a commit ahead of what is finished, one that goes back, and one that is missing', () => {
    const some = [call(0, 1, '0'), call(2, 9, '1')];
    const ahead = (...commits: TopicEvidence['commits']) =>
      committedAhead(evidence({ logs: log(2), calls: some, commits }));
    expect(ahead(commit(1, 0.5))).toHaveLength(1);
    expect(ahead(commit(2, 8))).toHaveLength(1);
    expect(ahead(commit(3, 20))).toHaveLength(1);
    expect(ahead(commit(0, 0), commit(1, 1), commit(2, 9))).toEqual([]);
    expect(committedBack(evidence({ commits: [commit(2, 0), commit(1, 1)] }))).toHaveLength(1);
    expect(committedBack(evidence({ commits: [commit(1, 0), commit(2, 1)] }))).toEqual([]);
    expect(notCommitted(evidence({ logs: log(2), commits: [commit(1, 0)] }))).toHaveLength(1);
    expect(notCommitted(evidence({ logs: log(2) }))).toEqual(['a ends at 2 and is committed to nothing']);
    expect(notCommitted(evidence({ logs: log(2), commits: [commit(1, 0), commit(2, 9)] }))).toEqual([]);
  });

  test('a record that was given up without having failed was not finished', () => {
    const of = (some: TopicCall[]) =>
      committedAhead(evidence({ logs: log(1), calls: some, givenUp: [givenUp(0, 0)], commits: [commit(1, 50)] }));
    expect(of([])).toHaveLength(1);
    expect(of([call(0, 1, '0', FAILED)])).toEqual([]);
    expect(of([call(0, 60, '0', FAILED)])).toHaveLength(1);
    const aged = [{ ...givenUp(0, 0), isAged: true }];
    expect(committedAhead(evidence({ logs: log(1), givenUp: aged, commits: [commit(1, 50)] }))).toEqual([]);
  });

  test('adds up', () => {
    const all = evidence({
      logs: log(4, 1),
      calls: [call(0, 1, '1'), call(2, 3, '1'), call(4, 5, '2', FAILED)],
      givenUp: [givenUp(2, 2)],
      commits: [commit(3, 6)],
    });
    const { summary, violations, duplicates } = topicAccount(all);
    expect(summary).toMatch(/^4 in the log = 1 handled, 1 given up, 1 expired; 3 calls, 1 duplicates/);
    expect(violations).toEqual([
      'a@3 is in the log, and was neither handled nor given up',
      expect.stringContaining('came again'),
      'a ends at 4 and is committed to 3',
    ]);
    expect(duplicates).toBe(1);
  });
});

test('the log of the function is read, calls that never ended included', () => {
  const about = { request: 'r', pid: 1, ppid: 2, records: [] };
  const lines = [
    { what: 'started', atMs: 1, ...about, call: 'x' },
    { what: 'started', atMs: 0, ...about, call: 'y' },
    { what: 'ended', atMs: 4, call: 'y', ok: true, failed: ['a@1'] },
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  expect(readTopicCalls(text)).toMatchObject([
    { id: 'y', startedMs: 0, seenMs: 4, ended: true, ok: true, failed: new Set(['a@1']) },
    { id: 'x', startedMs: 1, seenMs: 1, ended: false, ok: false },
  ]);
  expect(() => readTopicCalls('{"what":"ended","call":"z","atMs":1,"ok":true}\n')).toThrow('never started');
});
