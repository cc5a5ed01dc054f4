/** What tests of jobs and turns share: processes that can be killed, waiting for a condition, functions that count. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Invocation, InvocationResult, Invoker } from '@millrace/runtime';

/** Starts a fixture and resolves when it says that it is ready. */
export async function startProcess(file: URL, args: readonly string[]): Promise<ChildProcess> {
  // The test runner's own arguments would have it load sources.
  const child = fork(file, args, { execArgv: [] });
  const gone = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file.pathname} ended with ${code ?? signal} before it was ready.`);
  });
  await Promise.race([once(child, 'message'), gone]);
  gone.catch(() => undefined);
  return child;
}

/** kill -9, and it is gone when this resolves. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Asks until the condition holds; how long that took. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > withinMs) throw new Error(`did not come true within ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - began;
}

/** An invoker that keeps what it was asked, and answers what it is told to. */
export class CountingInvoker implements Invoker {
  readonly ran: Invocation[] = [];
  readonly #answer: (invocation: Invocation) => Promise<unknown>;

  constructor(answer: (invocation: Invocation) => Promise<unknown> = async () => null) {
    this.#answer = answer;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    this.ran.push(invocation);
    const value = await this.#answer(invocation);
    return { answer: { kind: 'returned', value }, cold: false, startMs: 1, endMs: 2 };
  }

  environments(): { running: number; idle: number } {
    return { running: 0, idle: 1 };
  }

  async close(): Promise<void> {}
}
