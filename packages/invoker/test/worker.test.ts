/** What is special about worker threads: they share a process with the host, which must survive them. */
import { expect, test } from 'vitest';
import { workerInvoker } from '../src/index.ts';
import { definitionOf, eventually, fixture, invocationOf, open } from './support.ts';

const file = fixture('handlers.cjs');

test.each(['a list of itself', 'texts', 'objects', 'lists of 40 MB'])(
  'a thread that allocates %s is ended, and the host stays as small as before',
  async (how) => {
    const invoker = open(workerInvoker(definitionOf({ memoryMb: 128 }), { handler: { file, export: 'allocate' } }));
    const first = await invoker.invoke(invocationOf({ how }));
    expect(first.answer).toEqual({ kind: 'out-of-memory' });
    const again = await invoker.invoke(invocationOf({ how }));
    expect(again).toMatchObject({ cold: true, answer: { kind: 'out-of-memory' } });
    await eventually('its memory is given back', () => process.memoryUsage().rss < 700_000_000);
  },
);

test('garbage does not count as memory', async () => {
  const invoker = open(workerInvoker(definitionOf({ memoryMb: 64 }), { handler: { file, export: 'churn' } }));
  const { answer } = await invoker.invoke(invocationOf({ rounds: 4_000 }));
  expect(answer).toEqual({ kind: 'returned', value: 400_000_000 });
});

test('an idle thread is stopped after a while, and starts cold again', async () => {
  const handler = { file, export: 'sync' };
  const invoker = open(workerInvoker(definitionOf(), { handler, idleMs: 100 }));
  await invoker.invoke(invocationOf({}));
  await eventually('it is stopped', () => invoker.environments().running === 0);
  expect((await invoker.invoke(invocationOf({}))).cold).toBe(true);
});

test('ten thousand answers of one thread leave the host as it was', async () => {
  const invoker = open(workerInvoker(definitionOf(), { handler: { file, export: 'sync' }, maxEnvironments: 1 }));
  const event = { value: 'x'.repeat(1_000) };
  for (let time = 0; time < 2_000; time += 1) await invoker.invoke(invocationOf(event));
  const beforeBytes = process.memoryUsage().rss;
  for (let time = 0; time < 10_000; time += 1) await invoker.invoke(invocationOf(event));
  expect((process.memoryUsage().rss - beforeBytes) / 1e6).toBeLessThan(100);
});
