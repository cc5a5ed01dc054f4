import { type Invocation, type InvocationResult, type Invoker, spillingInvoker } from '@millrace/runtime';
import { expect, test } from 'vitest';

/** An invoker whose invocations end when the test says so. */
class HeldInvoker implements Invoker {
  readonly waiting: ((result: InvocationResult) => void)[] = [];
  closed = false;

  invoke(): Promise<InvocationResult> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  environments() {
    return { running: this.waiting.length, idle: 0 };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const INVOCATION: Invocation = { attemptId: 'a', requestId: 'r', event: {} };
const DONE: InvocationResult = { answer: { kind: 'returned', value: null }, cold: false, startMs: 0, endMs: 0 };

test('what finds no room here goes elsewhere, and room comes back when an invocation ends, however it ends', async () => {
  const [here, elsewhere] = [new HeldInvoker(), new HeldInvoker()];
  const both = spillingInvoker({ here, elsewhere, room: 2 });
  const running = [both.invoke(INVOCATION), both.invoke(INVOCATION), both.invoke(INVOCATION)];
  expect([here.waiting.length, elsewhere.waiting.length]).toEqual([2, 1]);
  here.waiting[0]?.(DONE);
  await running[0];
  void both.invoke(INVOCATION);
  expect([here.waiting.length, elsewhere.waiting.length]).toEqual([3, 1]);
  await both.close(0);
  expect([here.closed, elsewhere.closed]).toEqual([true, true]);
});
