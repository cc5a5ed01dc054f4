/** Threads that start at the same moment do not take from each other what belongs to the process. */
import { expect, test } from 'vitest';
import { workerInvoker } from '../src/index.ts';
import { definitionOf, fixture, invocationOf, open } from './support.ts';

test('thirty threads that start at once all answer', async () => {
  const invoker = open(
    workerInvoker(definitionOf(), { handler: { file: fixture('conformance.mjs') }, maxEnvironments: 30 }),
  );
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => invoker.invoke(invocationOf({ do: 'sleep', ms: 100 }))),
  );
  expect(new Set(answers.map(({ answer }) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ kind: 'returned', value: 'slept' })]),
  );
});
