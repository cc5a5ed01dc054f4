/** Isolated environments against runtimes that misbehave: the host answers each invocation and goes on. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { FunctionDefinition, Invoker } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { type IsolatedOptions, isolatedInvoker } from '../src/index.ts';
import { definitionOf, eventually, fixture, invocationOf, open } from './support.ts';

const command = [process.execPath, fixture('garbage-runtime.mjs')];

function garbage(changes: Partial<FunctionDefinition> = {}, options: Partial<IsolatedOptions> = {}): Invoker {
  return open(isolatedInvoker(definitionOf(changes), { command, maxEnvironments: 1, ...options }));
}

const invoke = (invoker: Invoker, deed: string) => invoker.invoke(invocationOf({ do: deed }));

/** A zombie does not count: its parent, not we, has to take note of its end. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Starts another host; its own process id comes first, then those of its function. */
function pidsOfHost(): Promise<readonly number[]> {
  const host = spawn(process.execPath, [fixture('host.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    host.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString())));
    host.once('exit', () => reject(new Error('The host ended.')));
  });
}

describe('answers', () => {
  test.each([
    ['not-json', { kind: 'not-json' }],
    ['empty', { kind: 'returned', value: undefined }],
    ['huge', { kind: 'too-large' }],
    ['twice', { kind: 'returned', value: 'first' }],
    ['error-garbage', { kind: 'threw', errorType: 'Custom.Error', errorMessage: 'not { json' }],
    ['streamed', { kind: 'returned', value: { streamed: true } }],
    ['stream-breaks', { kind: 'threw', errorType: 'Broken.Stream', errorMessage: 'in the middle' }],
    ['signal', { kind: 'exited', exitCode: 143 }],
    ['exit-after-answer', { kind: 'returned', value: 'answered' }],
    [
      'wrong-id',
      { kind: 'returned', value: { status: 400, errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' } },
    ],
  ])('%s', async (deed, answer) => {
    const invoker = garbage();
    expect((await invoke(invoker, deed)).answer).toEqual(answer);
    expect((await invoke(invoker, 'pid')).answer.kind).toBe('returned');
  });

  test('a runtime is told 413 and 403, and stays warm', async () => {
    const invoker = garbage();
    const { logs } = await invoke(invoker, 'huge');
    expect(logs).toBe('status 413\n');
    const second = await invoke(invoker, 'twice');
    expect([second.cold, second.logs]).toEqual([false, 'status 403\n']);
  });

  test('an answer stands even if the runtime then hangs; it is killed at the deadline', async () => {
    const invoker = garbage({ timeoutMs: 300 });
    expect((await invoke(invoker, 'hang-after-answer')).answer).toEqual({ kind: 'returned', value: 'answered' });
    expect((await invoke(invoker, 'pid')).cold).toBe(true);
  });

  test('stable memory: 60 MB of garbage, again and again, leave nothing behind', async () => {
    const invoker = garbage({ memoryMb: 512 });
    await invoke(invoker, 'huge');
    const beforeBytes = process.memoryUsage().rss;
    for (let time = 0; time < 10; time += 1) expect((await invoke(invoker, 'huge')).answer.kind).toBe('too-large');
    expect((process.memoryUsage().rss - beforeBytes) / 1e6).toBeLessThan(100);
  });
});

describe('starting', () => {
  test('an init error is the answer, and the next start waits for the back-off', async () => {
    const invoker = garbage({ env: { INIT: 'error' } });
    const first = await invoke(invoker, 'pid');
    expect(first.answer).toEqual({ kind: 'threw', errorType: 'Init.Failed', errorMessage: 'no table' });
    const times = [first.endMs];
    for (let time = 0; time < 3; time += 1) times.push((await invoke(invoker, 'pid')).endMs);
    const gaps = times.slice(1).map((endMs, index) => endMs - (times[index] ?? 0));
    for (const [index, gapMs] of gaps.entries()) expect(gapMs).toBeGreaterThanOrEqual(100 * 2 ** index);
    expect(invoker.environments()).toEqual({ running: 0, idle: 0 });
  });

  test('an exit before the first event', async () => {
    expect((await invoke(garbage({ env: { INIT: 'exit' } }), 'pid')).answer).toEqual({ kind: 'exited', exitCode: 5 });
  });

  test('a start without end is ended', async () => {
    const invoker = garbage({ env: { INIT: 'hang' }, timeoutMs: 3000 }, { initTimeoutMs: 300 });
    expect((await invoke(invoker, 'pid')).answer).toEqual({ kind: 'timed-out', timeoutMs: 3000 });
  });

  test('a program that is not there', async () => {
    const { answer, logs } = await invoke(garbage({}, { command: ['no-such-program'] }), 'pid');
    expect(answer).toEqual({ kind: 'exited', exitCode: 127 });
    expect(logs).toContain('no-such-program');
  });

  test('a cold start that takes until after startBy: the event is not run, the environment is kept', async () => {
    const invoker = garbage({ env: { INIT: 'slow' } });
    const late = await invoker.invoke(invocationOf({ do: 'exit-after-answer' }, { startBy: Date.now() + 200 }));
    expect(late.answer).toEqual({ kind: 'lost' });
    expect(invoker.environments()).toEqual({ running: 1, idle: 1 });
    expect(await invoke(invoker, 'pid')).toMatchObject({ cold: false, answer: { kind: 'returned' } });
  });

  test('a cold start during which its poller was lost: the event is not run, the environment is kept', async () => {
    const invoker = garbage({ env: { INIT: 'slow' } });
    let mayStart = true;
    const invoking = invoker.invoke(invocationOf({ do: 'exit-after-answer' }, { mayStart: () => mayStart }));
    mayStart = false;
    expect((await invoking).answer).toEqual({ kind: 'lost' });
    expect(invoker.environments()).toEqual({ running: 1, idle: 1 });
    expect(await invoke(invoker, 'pid')).toMatchObject({ cold: false, answer: { kind: 'returned' } });
  });
});

describe('processes', () => {
  test('what a function started is killed with it', async () => {
    const invoker = garbage({ timeoutMs: 1000 });
    const { answer } = await invoke(invoker, 'leave-child');
    const child = answer.kind === 'returned' ? Number(answer.value) : 0;
    expect(isRunning(child)).toBe(true);
    expect((await invoke(invoker, 'hang')).answer.kind).toBe('timed-out');
    await eventually('the child is gone', () => !isRunning(child));
  });

  test('an environment that is idle for long is stopped', async () => {
    const invoker = garbage({}, { idleMs: 200 });
    const { answer } = await invoke(invoker, 'pid');
    const pid = answer.kind === 'returned' ? Number(answer.value) : 0;
    await eventually('it is stopped', () => invoker.environments().running === 0);
    await eventually('its process is gone', () => !isRunning(pid));
    expect((await invoke(invoker, 'pid')).cold).toBe(true);
  });

  test('an idle environment that dies is replaced', async () => {
    const invoker = garbage();
    const { answer } = await invoke(invoker, 'pid');
    process.kill(answer.kind === 'returned' ? Number(answer.value) : 0, 'SIGKILL');
    await eventually('its end is noticed', () => invoker.environments().running === 0);
    expect(await invoke(invoker, 'pid')).toMatchObject({ cold: true, answer: { kind: 'returned' } });
  });

  test('no process outlives a host that was killed', async () => {
    const pids = await pidsOfHost();
    expect(pids.every(isRunning)).toBe(true);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await eventually('all are gone', () => !pids.some(isRunning));
  });
});
