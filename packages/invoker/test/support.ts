import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FunctionDefinition, Invocation, Invoker } from '@millrace/runtime';
import { afterEach } from 'vitest';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

export function definitionOf(changes: Partial<FunctionDefinition> = {}): FunctionDefinition {
  const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders';
  return { name: 'orders', arn, timeoutMs: 10_000, memoryMb: 256, env: {}, ...changes };
}

/** The interpreter itself: what is on the path may be a script of a version manager, which sets variables of its own. */
export function python(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

let count = 0;

export function invocationOf(event: unknown, changes: Partial<Invocation> = {}): Invocation {
  count += 1;
  const requestId = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
  return { attemptId: `attempt-${count}`, requestId, event, ...changes };
}

const opened: Invoker[] = [];

/** An invoker that is closed after the test. */
export function open<T extends Invoker>(invoker: T): T {
  opened.push(invoker);
  return invoker;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((invoker) => invoker.close(0)));
});

/** Polls until it holds, or fails after some seconds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
