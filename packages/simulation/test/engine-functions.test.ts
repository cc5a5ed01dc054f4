/** Functions in virtual time: what they have in use, what they refuse, and how real code is called. */
import { describe, expect, it } from 'vitest';
import { Account, FunctionCounts, RecentTimes } from '../src/engine/functions/account.ts';
import { FunctionRun } from '../src/engine/functions/functionRun.ts';
import { callHandler, type LambdaContext, type Patience } from '../src/engine/functions/handler.ts';
import type { ScriptedBatch } from '../src/engine/functions/script.ts';
import { Random } from '../src/engine/random.ts';
import type { FunctionPlan, HandlerFunction } from '../src/scenario/plan.ts';
import { simulate } from '../src/simulate.ts';

function plan(different: Partial<FunctionPlan> = {}): FunctionPlan {
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:consumer';
  const duration = { kind: 'fixed', ms: 10 } as const;
  return { name: 'consumer', arn, timeoutMs: 3000, coldStartMs: 0, duration, behavior: [], ...different };
}

function functionOf(
  different: Partial<FunctionPlan> = {},
  account = new Account(1000),
  patience?: Patience,
): FunctionRun {
  return new FunctionRun(plan(different), account, new Random(1), 'us-east-1', patience);
}

const batch: ScriptedBatch = {
  kind: 'sqs',
  size: 4,
  timeoutMs: 3000,
  decoded: () => ({}),
  identifier: () => 'id',
  delivery: () => 1,
  offer: () => 1,
};
const begin = (run: FunctionRun, nowMs = 0, cold = true) =>
  run.start(cold, batch, () => ({ Records: [] }), 'id', nowMs);

describe('an account', () => {
  it('a reservation is taken out of the pool of the others', () => {
    const account = new Account(100);
    const shared = new FunctionCounts(undefined);
    const reserved = new FunctionCounts(30);
    account.functions.push(shared, reserved);
    expect(account.limits(shared)).toEqual({ unreservedPool: 70 });
    expect(account.limits(reserved)).toEqual({ unreservedPool: 70, reservedConcurrency: 30 });
    reserved.reserved = 130;
    expect(account.limits(shared)).toEqual({ unreservedPool: 0 });
  });

  it('functions without a reservation share what is in use', () => {
    const account = new Account(2);
    const [one, other] = [functionOf({}, account), functionOf({ name: 'other' }, account)];
    begin(one);
    begin(other);
    expect(one.admit(0)).toMatchObject({ admitted: false, reason: 'ConcurrentInvocationLimitExceeded' });
  });

  it('a reservation that changes while an invocation runs leaves the counts right', () => {
    const account = new Account(10);
    const run = functionOf({}, account);
    const started = begin(run);
    run.counts.reserved = 5;
    run.end(started, { kind: 'returned', value: null });
    expect(account.runningUnreserved).toBe(0);
    const later = begin(run, 10, false);
    run.counts.reserved = undefined;
    run.end(later, { kind: 'returned', value: null });
    expect(account).toMatchObject({ running: 0, runningUnreserved: 0 });
  });

  it('counts what lies in a span that moves', () => {
    const recent = new RecentTimes(1000);
    for (let ms = 0; ms < 20_000; ms += 1) recent.add(ms);
    expect(recent.count(19_999)).toBe(1000);
    expect(recent.count(20_998)).toBe(1);
    expect(recent.count(20_999)).toBe(0);
  });
});

describe('a function', () => {
  it('starts cold, is reused warm, and loses its environment when it is torn down', () => {
    const run = functionOf({ coldStartMs: 200 });
    const first = begin(run);
    expect(first).toMatchObject({ cold: true, durationMs: 210 });
    run.end(first, { kind: 'returned', value: null });
    expect(run.admit(10)).toMatchObject({ admitted: true, cold: false });
    const second = begin(run, 10, false);
    expect(second.durationMs).toBe(10);
    run.end(second, { kind: 'threw', errorType: 'Error', errorMessage: '' });
    expect(run.counts.idleEnvironments).toBe(1);
    for (const kind of ['timed-out', 'exited', 'out-of-memory'] as const) {
      run.end(begin(run, 20, false), { kind, timeoutMs: 1, exitCode: 1 } as never);
      expect(run.counts.idleEnvironments).toBe(0);
      run.end(begin(run, 20), { kind: 'returned', value: null });
    }
  });

  it.each([
    [{ kind: 'fixed', ms: 70 } as const, 70],
    [{ kind: 'linear', baseMs: 10, perRecordMs: 5 } as const, 30],
  ])('takes %j', (duration, ms) => {
    expect(begin(functionOf({ duration })).durationMs).toBe(ms);
  });

  it('a duration from a range is drawn from the seed, and stays within it', () => {
    const duration = { kind: 'uniform', minMs: 5, maxMs: 9 } as const;
    const draw = () => {
      const run = functionOf({ duration });
      return Array.from({ length: 200 }, () => begin(run).durationMs);
    };
    expect(draw()).toEqual(draw());
    expect(new Set(draw())).toEqual(new Set([5, 6, 7, 8, 9]));
  });

  it('one that takes longer than its timeout times out then', async () => {
    const started = begin(functionOf({ duration: { kind: 'fixed', ms: 5000 }, coldStartMs: 100 }));
    expect(started).toMatchObject({ durationMs: 3100, answer: { kind: 'timed-out', timeoutMs: 3000 } });
    const exactly = begin(functionOf({ duration: { kind: 'fixed', ms: 3000 } }));
    expect(exactly.answer).toMatchObject({ kind: 'returned' });
  });

  it('is throttled as long as the fault lasts', async () => {
    const { result } = await simulate({
      source: { type: 'sqs' },
      mapping: {},
      records: [{ id: 'a', at: '10ms', body: 'x' }],
      events: [{ at: '0s', do: 'throttle-function', for: '500ms' }],
    });
    expect(result.metrics.Throttles).toBe(3);
    expect(result.invocations.map(({ outcome }) => outcome)).toEqual([
      'throttled',
      'throttled',
      'throttled',
      'success',
    ]);
    expect(result.invocations.at(-1)?.startMs).toBe(710);
  });

  it.each([
    [{ reservedConcurrency: 2 }, 2, 'ReservedFunctionConcurrentInvocationLimitExceeded'],
    [{}, 1000, 'ConcurrentInvocationLimitExceeded'],
  ])('%j takes %i at once', (different, count, reason) => {
    const run = functionOf(different);
    for (let running = 0; running < count; running += 1) {
      expect(run.admit(running * 20).admitted).toBe(true);
      begin(run, running * 20);
    }
    expect(run.admit(count * 20)).toMatchObject({ admitted: false, reason });
  });
});

describe('real code', () => {
  const context = { awsRequestId: 'r-1' } as LambdaContext;
  const call = (handler: HandlerFunction, patience?: Patience) =>
    callHandler(handler, { a: 1 }, context, 3000, patience);

  it.each<[string, HandlerFunction, unknown]>([
    ['returns', (event) => event, { a: 1 }],
    ['resolves', async (event) => event, { a: 1 }],
    ['resolves late', (event) => new Promise((resolve) => setTimeout(() => resolve(event), 5)), { a: 1 }],
    ['calls back', (event, _, callback) => callback(null, event), { a: 1 }],
    ['calls back late', (event, _, callback) => void setTimeout(() => callback(null, event), 5), { a: 1 }],
    ['gets its context', (_, given) => given.awsRequestId, 'r-1'],
    ['with a callback that it does not use', async (event, _, _callback) => event, { a: 1 }],
  ])('%s', async (_, handler, value) => {
    expect(await call(handler)).toEqual({ kind: 'returned', value });
  });

  it.each<[string, HandlerFunction]>([
    [
      'throws',
      () => {
        throw new RangeError('no');
      },
    ],
    [
      'rejects',
      async () => {
        throw new RangeError('no');
      },
    ],
    ['calls back with an error', (_event, _context, callback) => callback(new RangeError('no'))],
    [
      'throws although it has a callback',
      (_event, _context, _callback) => {
        throw new RangeError('no');
      },
    ],
  ])('%s', async (_, handler) => {
    expect(await call(handler)).toMatchObject({ kind: 'threw', errorType: 'RangeError', errorMessage: 'no' });
  });

  it.each<[string, unknown]>([
    ['a string', 'no'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { code: 7 }],
  ])('throws %s that is no error', async (_, thrown) => {
    const answer = await call(() => {
      throw thrown;
    });
    expect(answer.kind).toBe('threw');
  });

  it.each<[string, () => unknown]>([
    ['a number without bounds', () => 10n],
    [
      'a circle',
      () => {
        const circle: Record<string, unknown> = {};
        circle.self = circle;
        return circle;
      },
    ],
  ])('answers %s, which is no JSON', async (_, make) => {
    expect((await call(make)).kind).not.toBe('returned');
  });

  it('that never answers has timed out once patience is over; quick code needs none', async () => {
    let asked = 0;
    const patience: Patience = (answer, late) => {
      asked += 1;
      return Promise.race([answer, new Promise<typeof late>((resolve) => setTimeout(() => resolve(late), 20))]);
    };
    expect(await call(() => new Promise(() => undefined), patience)).toEqual({ kind: 'timed-out', timeoutMs: 3000 });
    expect(asked).toBe(1);
    expect(await call(async () => 'quick', patience)).toEqual({ kind: 'returned', value: 'quick' });
    expect(asked).toBe(1);
  });

  it('is told who calls', () => {
    let seen: LambdaContext | undefined;
    const handler: HandlerFunction = (_event, given) => {
      seen = given;
    };
    begin(functionOf({ handler }));
    expect(seen).toMatchObject({ functionName: 'consumer', functionVersion: '$LATEST', awsRequestId: 'id' });
    expect(seen?.getRemainingTimeInMillis()).toBe(3000);
  });
});
