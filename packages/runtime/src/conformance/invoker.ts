/**
 * What every invoker must do. Each case is a promise that rejects when it does not hold.
 *
 * The subject opens invokers of one function, which each language brings as a handler for this suite. It obeys `do` of
 * its event:
 *
 * - `echo` answers `{ event, calls, requestId, arn, name, memoryMb, remainingMs, variables, given }`: `calls` counts the
 *   events of its environment, `variables` are the names of its environment variables, `given` is the value of GIVEN;
 * - `nothing` answers null, `throw` throws an error of the type `Broken` with the message `as told`;
 * - `sleep` answers 'slept' after `ms` milliseconds; `spin` computes, and `allocate` allocates, without end;
 * - `exit` ends its process with `code`; `write` writes `text` to stdout, `times` times, and answers null;
 * - `large` answers a text of `length` letters; `circular` answers what is no JSON.
 */
import assert from 'node:assert/strict';
import { RESPONSE_LIMIT_BYTES } from '@millrace/aws-shapes';
import { newId, systemClock } from '../clock.ts';
import type { FunctionDefinition, Invocation, InvocationResult, Invoker } from '../ports/invoker.ts';

export interface InvokerSubject {
  open(definition: FunctionDefinition, maxEnvironments: number): Invoker;
}

/** What some invoker may be unable to do, and says so. */
export type InvokerAbility = 'interrupts' | 'outlives' | 'variables' | 'logs' | 'measures-requests';

export interface InvokerCase {
  readonly name: string;
  readonly needs?: InvokerAbility;
  run(subject: InvokerSubject): Promise<void>;
}

const DEFINITION: FunctionDefinition = {
  name: 'conformance',
  arn: 'arn:aws:lambda:eu-central-1:123456789012:function:conformance',
  timeoutMs: 10_000,
  memoryMb: 256,
  env: { GIVEN: 'by its definition' },
};

type Use = (invoke: (event: unknown, startBy?: number) => Promise<InvocationResult>, invoker: Invoker) => Promise<void>;

/** Opens an invoker for one case, and closes it whatever happens. */
async function using(
  subject: InvokerSubject,
  changes: Partial<FunctionDefinition> & { readonly maxEnvironments?: number },
  use: Use,
): Promise<void> {
  const { maxEnvironments = 2, ...definition } = changes;
  const invoker = subject.open({ ...DEFINITION, ...definition }, maxEnvironments);
  try {
    await use((event, startBy) => invoker.invoke(invocationOf(event, startBy)), invoker);
  } finally {
    await invoker.close(0);
  }
  assert.deepEqual(invoker.environments(), { running: 0, idle: 0 }, 'nothing runs after close');
}

function invocationOf(event: unknown, startBy?: number): Invocation {
  return { attemptId: newId(), requestId: newId(), event, ...(startBy !== undefined && { startBy }) };
}

/** The value of an answer that must be one. */
function answered({ answer, logs }: InvocationResult): unknown {
  if (answer.kind !== 'returned') assert.fail(`${JSON.stringify(answer)} instead of a value; logs: ${logs}`);
  return answer.value;
}

interface Echo {
  readonly event: unknown;
  readonly calls: number;
  readonly requestId: string;
  readonly arn: string;
  readonly name: string;
  readonly memoryMb: string;
  readonly remainingMs: number;
  readonly variables: readonly string[];
  readonly given: string;
}

const echoOf = (result: InvocationResult) => answered(result) as Echo;

async function answersEvents(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (_invoke, invoker) => {
    const event = { do: 'echo', Records: [{ body: 'ünïcödé 🎈\n\u2028', numbers: [0, -1.5, 1e21], nothing: null }] };
    const invocation = invocationOf(event);
    const beforeMs = systemClock.now();
    const result = await invoker.invoke(invocation);
    const echo = echoOf(result);
    assert.deepEqual(echo.event, event);
    assert.equal(echo.requestId, invocation.requestId);
    assert.equal(echo.arn, DEFINITION.arn);
    assert.equal(echo.name, DEFINITION.name);
    assert.equal(String(echo.memoryMb), '256');
    assert.ok(echo.remainingMs > 5_000 && echo.remainingMs <= 10_000, `${echo.remainingMs} ms remain of 10,000`);
    assert.ok(beforeMs <= result.startMs && result.startMs <= result.endMs && result.endMs <= systemClock.now());
  });
}

async function answersNothing(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke) => {
    assert.equal(answered(await invoke({ do: 'nothing' })), null);
  });
}

async function tellsErrors(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke) => {
    const { calls } = echoOf(await invoke({ do: 'echo' }));
    const { answer } = await invoke({ do: 'throw' });
    assert.equal(answer.kind, 'threw');
    assert.equal('errorType' in answer && answer.errorType, 'Broken');
    assert.equal('errorMessage' in answer && answer.errorMessage, 'as told');
    assert.equal(echoOf(await invoke({ do: 'echo' })).calls, calls + 2, 'an error does not end the environment');
  });
}

async function reusesEnvironments(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke, invoker) => {
    const first = await invoke({ do: 'echo' });
    assert.equal(first.cold, true);
    assert.deepEqual(invoker.environments(), { running: 1, idle: 1 });
    const second = await invoke({ do: 'echo' });
    assert.equal(second.cold, false);
    assert.equal(echoOf(second).calls, echoOf(first).calls + 1);
    assert.deepEqual(invoker.environments(), { running: 1, idle: 1 });
  });
}

async function runsOneAtATime(subject: InvokerSubject): Promise<void> {
  await using(subject, { maxEnvironments: 3 }, async (invoke, invoker) => {
    const sleeping = [1, 2, 3].map(() => invoke({ do: 'sleep', ms: 600 }));
    const full = await invoke({ do: 'echo' });
    assert.deepEqual(full.answer, { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' });
    assert.equal(invoker.environments().running, 3);
    for (const result of await Promise.all(sleeping)) assert.equal(answered(result), 'slept');
    assert.deepEqual(invoker.environments(), { running: 3, idle: 3 });
    answered(await invoke({ do: 'echo' }));
  });
}

async function startsNothingLate(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke, invoker) => {
    const late = await invoke({ do: 'echo' }, systemClock.now() - 1);
    assert.deepEqual(late.answer, { kind: 'lost' });
    assert.equal(invoker.environments().running, 0);
    answered(await invoke({ do: 'echo' }, systemClock.now() + 60_000));
  });
}

async function timesOut(subject: InvokerSubject, how: string): Promise<void> {
  await using(subject, { timeoutMs: 400, maxEnvironments: 1 }, async (invoke) => {
    await invoke({ do: 'nothing' });
    const result = await invoke({ do: how, ms: 600_000 });
    assert.deepEqual(result.answer, { kind: 'timed-out', timeoutMs: 400 });
    const tookMs = result.endMs - result.startMs;
    assert.ok(tookMs >= 400 && tookMs < 2_500, `it was ended after ${tookMs} ms`);
    answered(await invoke({ do: 'echo' }));
  });
}

async function replacesWhatExits(subject: InvokerSubject): Promise<void> {
  await using(subject, { maxEnvironments: 1 }, async (invoke) => {
    for (const code of [7, 0]) {
      await invoke({ do: 'nothing' });
      assert.deepEqual((await invoke({ do: 'exit', code })).answer, { kind: 'exited', exitCode: code });
    }
    const next = await invoke({ do: 'echo' });
    assert.equal(echoOf(next).calls, 1);
    assert.equal(next.cold, true);
  });
}

async function boundsMemory(subject: InvokerSubject): Promise<void> {
  await using(subject, { maxEnvironments: 1, timeoutMs: 30_000 }, async (invoke) => {
    await invoke({ do: 'nothing' });
    assert.deepEqual((await invoke({ do: 'allocate' })).answer, { kind: 'out-of-memory' });
    assert.equal(echoOf(await invoke({ do: 'echo' })).calls, 1);
  });
}

async function hidesOurVariables(subject: InvokerSubject): Promise<void> {
  process.env.MILLRACE_CONFORMANCE_SECRET = 'ours';
  try {
    await using(subject, {}, async (invoke) => {
      const { variables, given } = echoOf(await invoke({ do: 'echo' }));
      assert.equal(given, 'by its definition');
      assert.ok(variables.includes('AWS_LAMBDA_FUNCTION_NAME') && variables.includes('AWS_REGION'));
      const ours = new Set(Object.keys(process.env));
      const shared = variables.filter(
        (name) => ours.has(name) && !/^(PATH|PWD|OLDPWD|LANG|TZ|LC_CTYPE|SHLVL|_)$/.test(name),
      );
      assert.deepEqual(shared, []);
    });
  } finally {
    delete process.env.MILLRACE_CONFORMANCE_SECRET;
  }
}

async function capturesOutput(subject: InvokerSubject): Promise<void> {
  await using(subject, { maxEnvironments: 1 }, async (invoke) => {
    await invoke({ do: 'nothing' });
    assert.match((await invoke({ do: 'write', text: 'one\n', times: 1 })).logs ?? '', /one\n$/);
    const flood = (await invoke({ do: 'write', text: `${'x'.repeat(99)}\n`, times: 20_000 })).logs ?? '';
    assert.ok(flood.length >= 1_000 && flood.length <= 10_000, `${flood.length} characters of two million are kept`);
    assert.match((await invoke({ do: 'write', text: 'two\n', times: 1 })).logs ?? '', /^[^x]*two\n$/);
    assert.equal((await invoke({ do: 'nothing' })).logs ?? '', '');
  });
}

async function measuresAnswers(subject: InvokerSubject): Promise<void> {
  await using(subject, { maxEnvironments: 1, memoryMb: 512 }, async (invoke) => {
    const longest = RESPONSE_LIMIT_BYTES - 2;
    assert.equal((answered(await invoke({ do: 'large', length: longest })) as string).length, longest);
    assert.deepEqual((await invoke({ do: 'large', length: longest + 1 })).answer, { kind: 'too-large' });
    assert.deepEqual((await invoke({ do: 'large', length: 50_000_000 })).answer, { kind: 'too-large' });
    answered(await invoke({ do: 'echo' }));
  });
}

async function measuresRequests(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke, invoker) => {
    const { answer } = await invoke({ do: 'echo', padding: 'x'.repeat(6_291_456) });
    assert.equal(answer.kind, 'unreachable');
    assert.equal(invoker.environments().running, 0);
    assert.equal(answered(await invoke({ do: 'nothing', padding: 'x'.repeat(6_291_000) })), null);
  });
}

async function takesGarbage(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke) => {
    assert.equal((await invoke({ do: 'circular' })).answer.kind, 'threw');
    answered(await invoke({ do: 'echo' }));
  });
}

async function closesGently(subject: InvokerSubject): Promise<void> {
  await using(subject, {}, async (invoke, invoker) => {
    await invoke({ do: 'nothing' });
    const running = invoke({ do: 'sleep', ms: 300 });
    await invoker.close(5_000);
    assert.equal(answered(await running), 'slept');
    assert.deepEqual((await invoke({ do: 'echo' })).answer, { kind: 'lost' });
  });
}

async function closesInTheEnd(subject: InvokerSubject): Promise<void> {
  await using(subject, { timeoutMs: 600_000 }, async (invoke, invoker) => {
    await invoke({ do: 'nothing' });
    const running = invoke({ do: 'sleep', ms: 500_000 });
    const fromMs = systemClock.now();
    await invoker.close(100);
    assert.deepEqual((await running).answer, { kind: 'lost' });
    assert.ok(systemClock.now() - fromMs < 5_000);
  });
}

export const invokerCases: readonly InvokerCase[] = [
  { name: 'an event and its context arrive, and the answer comes back', run: answersEvents },
  { name: 'no answer is null', run: answersNothing },
  { name: 'an error has its type and message', run: tellsErrors },
  { name: 'an environment is reused warm', run: reusesEnvironments },
  { name: 'one event at a time in each environment, and no queue before them', run: runsOneAtATime },
  { name: 'what comes after startBy is lost and does not run', run: startsNothingLate },
  { name: 'a handler that waits too long times out', run: (subject) => timesOut(subject, 'sleep') },
  {
    name: 'a handler that computes too long times out',
    needs: 'interrupts',
    run: (subject) => timesOut(subject, 'spin'),
  },
  { name: 'a handler that exits is replaced', needs: 'outlives', run: replacesWhatExits },
  { name: 'a handler that allocates without end is ended', needs: 'outlives', run: boundsMemory },
  { name: 'a function finds its own variables and none of ours', needs: 'variables', run: hidesOurVariables },
  { name: 'output is captured per invocation, and bounded', needs: 'logs', run: capturesOutput },
  { name: 'an answer over 6 MB is too large', run: measuresAnswers },
  { name: 'an event over 6 MB is refused', needs: 'measures-requests', run: measuresRequests },
  { name: 'an answer that is no JSON is an error', run: takesGarbage },
  { name: 'close lets running invocations finish', run: closesGently },
  { name: 'close ends what does not finish in time', run: closesInTheEnd },
];
