/** An answer that was given in time counts, though this process was too busy to read it before the deadline's timer was due. */
import { expect, test } from 'vitest';
import { isolatedInvoker, nodeRuntime, workerInvoker } from '../src/index.ts';
import { definitionOf, fixture, invocationOf, open } from './support.ts';

const definition = definitionOf({ timeoutMs: 400 });
const handler = { file: fixture('conformance.mjs') };

test.each([
  ['a thread', () => workerInvoker(definition, { handler })],
  ['a process', () => isolatedInvoker(definition, nodeRuntime(definition, handler))],
])('of %s', async (_what, make) => {
  const invoker = open(make());
  await invoker.invoke(invocationOf({ do: 'nothing' }));
  const running = invoker.invoke(invocationOf({ do: 'sleep', ms: 20 }));
  await new Promise((resolve) => setImmediate(resolve));
  // What is due after this comes in the order of Node: timers, then what was sent.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
  expect((await running).answer).toEqual({ kind: 'returned', value: 'slept' });
});
