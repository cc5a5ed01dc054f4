/** Scripted functions: which rule fires for a batch, and what the function answers. */
import { describe, expect, it } from 'vitest';
import { Script, type ScriptedBatch } from '../src/engine/functions/script.ts';
import type { BehaviorRule } from '../src/scenario/plan.ts';

interface Given {
  readonly records?: readonly unknown[];
  readonly deliveries?: readonly number[];
  readonly offers?: readonly number[];
  readonly window?: ScriptedBatch['window'];
}

function batch({ records = [], deliveries = [], offers = [], window }: Given): ScriptedBatch {
  return {
    kind: 'kinesis',
    size: records.length,
    timeoutMs: 3000,
    ...(window && { window }),
    decoded: (index) => records[index],
    identifier: (index) => `id-${index}`,
    delivery: (index) => deliveries[index] ?? 1,
    offer: (index) => offers[index] ?? 1,
  };
}

const bad: BehaviorRule['match'] = { data: { bad: [true] } };
const records = [{ data: { bad: false } }, { data: { bad: true } }, { data: { bad: true, worse: true } }];
const run = (rules: readonly BehaviorRule[], given: Given) => new Script(rules).run(batch(given));

describe('answers', () => {
  it.each([
    ['throw', { kind: 'threw', errorType: 'Error' }],
    ['timeout', { kind: 'timed-out', timeoutMs: 3000 }],
    ['exit', { kind: 'exited' }],
    ['out-of-memory', { kind: 'out-of-memory' }],
    ['too-large', { kind: 'too-large' }],
    ['return', { kind: 'returned', value: null }],
  ] as const)('%s', (action, answer) => {
    expect(run([{ do: action }], { records }).answer).toMatchObject(answer);
  });

  it.each([[null], [''], [{ batchItemFailures: [] }], [0], [false]])('return %j as it stands', (value) => {
    expect(run([{ do: 'return', value }], { records }).answer).toEqual({ kind: 'returned', value });
  });

  it('without a rule that fires: success', () => {
    expect(run([], { records })).toEqual({ answer: { kind: 'returned', value: {} } });
    expect(run([{ do: 'throw', match: bad }], { records: records.slice(0, 1) }).answer).toMatchObject({ value: {} });
  });

  it.each(['throttle', 'unreachable'] as const)('%s keeps it from running', (action) => {
    const kinds = { throttle: 'throttled', unreachable: 'unreachable' };
    expect(new Script([{ do: action }]).refusal(batch({ records }))).toMatchObject({ kind: kinds[action] });
    expect(new Script([{ do: 'throw' }, { do: action }]).refusal(batch({ records }))).toBeUndefined();
  });
});

describe('reports', () => {
  it('name each record that matches, and add up', () => {
    const worse: BehaviorRule = { do: 'report', match: { data: { worse: [true] } } };
    expect(run([worse], { records }).answer).toEqual({
      kind: 'returned',
      value: { batchItemFailures: [{ itemIdentifier: 'id-2' }] },
    });
    expect(run([worse, { do: 'report', match: bad }], { records }).answer).toMatchObject({
      value: { batchItemFailures: [{ itemIdentifier: 'id-1' }, { itemIdentifier: 'id-2' }] },
    });
  });

  it('another action in the file decides alone, also when it stands behind them', () => {
    const rules: BehaviorRule[] = [{ do: 'report' }, { do: 'throw', match: bad }, { do: 'exit' }];
    expect(run(rules, { records }).answer).toMatchObject({ kind: 'threw' });
    expect(run(rules, { records: records.slice(0, 1) }).answer).toMatchObject({ kind: 'exited' });
  });

  it('in a window the state goes along', () => {
    const window = { final: false, state: { n: 4 } };
    expect(run([{ do: 'report', match: bad }], { records, window }).answer).toMatchObject({
      value: { state: { n: 4 }, batchItemFailures: [{}, {}] },
    });
  });
});

describe('attempts', () => {
  const rule: BehaviorRule = { do: 'report', attempts: 2 };

  it('only on a record that was delivered that often', () => {
    expect(run([rule], { records, deliveries: [1, 2, 3] }).answer).toMatchObject({
      value: { batchItemFailures: [{ itemIdentifier: 'id-0' }, { itemIdentifier: 'id-1' }] },
    });
    expect(new Script([rule]).counts).toBe(true);
    expect(new Script([{ do: 'report' }]).counts).toBe(false);
  });

  it('of what keeps it from running count tries', () => {
    const script = new Script([{ do: 'throttle', attempts: 2 }]);
    const first = records.slice(0, 1);
    expect(script.refusal(batch({ records: first, deliveries: [1], offers: [2] }))).toBeDefined();
    expect(script.refusal(batch({ records: first, deliveries: [1], offers: [3] }))).toBeUndefined();
  });
});

describe('final windows', () => {
  const final = { window: { final: true, state: { n: 1 } } };

  it('a rule on them fires there only', () => {
    const rules: BehaviorRule[] = [{ do: 'throw', on: 'final-window' }];
    expect(run(rules, final).answer).toMatchObject({ kind: 'threw' });
    expect(run(rules, { records, window: { final: false, state: {} } }).answer).toMatchObject({ kind: 'returned' });
  });

  it('a rule without conditions fires there too; one that asks for records does not', () => {
    expect(run([{ do: 'throw' }], final).answer).toMatchObject({ kind: 'threw' });
    expect(run([{ do: 'throw', match: bad }], final).answer).toMatchObject({ value: { state: { n: 1 } } });
    expect(run([{ do: 'throw', attempts: 1 }], final).answer).toMatchObject({ kind: 'returned' });
  });
});

describe('durations', () => {
  it('of the rule that decides, or of the first report that fires', () => {
    expect(run([{ do: 'throw', durationMs: 70 }], { records }).durationMs).toBe(70);
    const reports: BehaviorRule[] = [
      { do: 'report', match: { data: { none: [true] } }, durationMs: 10 },
      { do: 'report', match: bad, durationMs: 20 },
    ];
    expect(run(reports, { records }).durationMs).toBe(20);
    expect(run(reports, { records: records.slice(0, 1) }).durationMs).toBeUndefined();
  });
});

describe('a pattern that is none', () => {
  it('is refused', () => {
    expect(() => new Script([{ do: 'throw', match: { data: 'x' } }])).toThrow('no event filter pattern');
  });
});
