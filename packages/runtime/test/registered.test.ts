/** Attempts that are made elsewhere: when they are in the register, for how long, and what keeps them from being made. */
import {
  type Begun,
  type Clock,
  FunctionGate,
  type Invocation,
  type InvocationResult,
  type Invoker,
  memoryPermits,
  type Register,
  registeredInvoker,
  spillingInvoker,
} from '@millrace/runtime';
import { expect, test } from 'vitest';

const OWNER = { name: 'm/slot-0', epoch: 3 };
const INVOCATION: Invocation = { attemptId: 'a', requestId: 'r', event: {}, owner: OWNER, startBy: 5000 };
const DONE: InvocationResult = { answer: { kind: 'returned', value: null }, cold: false, startMs: 0, endMs: 0 };
const NOW = 1000;

function clockAt(now: () => number): Clock {
  return { now, at: () => ({ cancel: () => {} }), until: async () => {} };
}

/** Writes down what happens, in order. */
function world(begun: Begun | Error = { kind: 'begun' }) {
  const happened: string[] = [];
  let made: Invocation | undefined;
  let answer: (result: InvocationResult) => void = () => {};
  const elsewhere: Invoker = {
    invoke(invocation) {
      made = invocation;
      happened.push('made');
      return new Promise((resolve) => (answer = resolve));
    },
    environments: () => ({ running: 0, idle: 0 }),
    close: async () => {},
  };
  const register: Register = {
    async begin(_owner, { attemptId, lanes, deadlineMs }) {
      if (begun instanceof Error) throw begun;
      happened.push(`begun ${attemptId} in ${lanes} until ${deadlineMs}`);
      return begun;
    },
    async end(_owner, { attemptId, lanes }) {
      happened.push(`ended ${attemptId} in ${lanes}`);
      return 'ended';
    },
    open: async () => [],
  };
  const invoker = registeredInvoker({ elsewhere, register, timeoutMs: 3000, clock: clockAt(() => NOW) });
  return { invoker, happened, made: () => made, answer: (result: InvocationResult) => answer(result) };
}

const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

test('an attempt is in the register from before it is made until it is answered', async () => {
  const { invoker, happened, answer } = world();
  const result = invoker.invoke(INVOCATION);
  await turnOfTheLoop();
  expect(happened).toEqual(['begun a in a until 18000', 'made']);
  answer(DONE);
  expect(await result).toEqual(DONE);
  expect(happened.at(-1)).toBe('ended a in a');
});

test('one with lanes is there in all of them; what nobody owns is not there at all', async () => {
  const ordered = world();
  void ordered.invoker.invoke({ ...INVOCATION, lanes: ['x', 'y'] });
  const alone = world();
  void alone.invoker.invoke({ attemptId: 'b', requestId: 'r', event: {} });
  await turnOfTheLoop();
  expect(ordered.happened[0]).toBe('begun a in x,y until 18000');
  expect(alone.happened).toEqual(['made']);
  expect(alone.made()?.startBy).toBe(NOW + 60_000);
});

test.each([
  ['a deposed owner', { kind: 'deposed' }, { kind: 'lost', because: 'deposed' }],
  ['a lane that is busy', { kind: 'busy', by: { lane: 'x', attemptId: 'o', epoch: 1, deadlineMs: 0 } }, 'unreachable'],
  ['a register that does not answer', new Error('gone'), 'unreachable'],
] as const)('%s makes nothing', async (_what, begun, answer) => {
  const { invoker, made } = world(begun as Begun | Error);
  const result = await invoker.invoke(INVOCATION);
  expect(made()).toBeUndefined();
  expect(result.answer).toMatchObject(answer === 'unreachable' ? { kind: answer } : answer);
});

const DEFINITION = { name: 'f', arn: 'arn', timeoutMs: 3000, memoryMb: 128, env: {} };
const late = (attemptId: string): Invocation => ({ ...INVOCATION, attemptId, startBy: 50_000 });

test('an attempt that may begin late has its permit for that long', async () => {
  let now = NOW;
  const clock = clockAt(() => now);
  const { invoker, answer } = world();
  const limits = { unreservedPool: 100, reservedConcurrency: 1 };
  const gate = new FunctionGate({ definition: DEFINITION, invoker, permits: memoryPermits(clock), limits, clock });
  const gated = await gate.offer(late('a'));
  await turnOfTheLoop();
  expect(gated.admitted).toBe(true);
  now = 45_000;
  expect(await gate.offer(late('b'))).toMatchObject({ admitted: false });
  answer(DONE);
  await turnOfTheLoop();
  expect(await gate.offer(late('c'))).toMatchObject({ admitted: true });
});

test('one that was to run here, and goes elsewhere because room was taken meanwhile, keeps its permit for longer', async () => {
  let now = NOW;
  const clock = clockAt(() => now);
  const [here, { invoker: elsewhere, made }] = [world().invoker, world()];
  const invoker = spillingInvoker({ here: { ...here, permitUntilMs: () => 0 }, elsewhere, room: 1 });
  const limits = { unreservedPool: 100, reservedConcurrency: 2 };
  const gate = new FunctionGate({ definition: DEFINITION, invoker, permits: memoryPermits(clock), limits, clock });
  await Promise.all([gate.offer(late('a')), gate.offer(late('b'))]);
  await turnOfTheLoop();
  expect(made()?.attemptId).toBe('b');
  now = 45_000;
  // The permit of the one here has run out; the one elsewhere may still begin.
  expect(await gate.offer(late('c'))).toMatchObject({ admitted: true });
  expect(await gate.offer(late('d'))).toMatchObject({ admitted: false });
});

test('what may be another owner’s by now is not started, and gives its permit back', async () => {
  const clock = clockAt(() => NOW);
  const { invoker, made } = world();
  const limits = { unreservedPool: 100, reservedConcurrency: 1 };
  const gate = new FunctionGate({ definition: DEFINITION, invoker, permits: memoryPermits(clock), limits, clock });
  const refused = await gate.offer(INVOCATION, { mayStart: () => false });
  expect(refused).toMatchObject({ admitted: false, outcome: { kind: 'unreachable' } });
  expect(made()).toBeUndefined();
  expect(await gate.offer(INVOCATION, { mayStart: () => true })).toMatchObject({ admitted: true });
});
