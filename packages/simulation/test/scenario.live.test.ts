/** Scenario files for a run against the wall clock: what only that can use is read, and checked as everything else. */
import { readScenario } from '@millrace/simulation';
import { expect, it } from 'vitest';

function read(text: string) {
  const answer = readScenario(text, { file: 'x.yaml', live: true });
  return answer.ok ? answer.plan : answer.problems.map(({ message }) => message);
}

it('reads where sources are and how functions run', () => {
  const plan = read(`source: { type: sqs, name: orders, endpoint: "http://127.0.0.1:9324" }
redis: redis://127.0.0.1:6390
function: { name: f, handler: ./h.mjs#fn, run: isolated, memory: 256, env: { TABLE: t } }
mapping: { BatchSize: 5 }
`);
  expect(plan).toMatchObject({
    live: { redis: 'redis://127.0.0.1:6390' },
    sources: [{ name: 'orders', live: { endpoint: 'http://127.0.0.1:9324' } }],
    functions: [{ live: { run: 'isolated', memoryMb: 256, env: { TABLE: 't' } } }],
  });
});

it.each([
  ['function: { run: http }', 'needs the field `url`, because it says `run: http`'],
  ['function: { run: worker }', 'needs the field `handler`, because it says `run: worker`'],
  ['function: { run: isolated }', 'needs the field `handler` or `command`, because it says `run: isolated`'],
  ['function: { command: python3 f.py }', '`function.command` is only possible with `run: isolated`'],
  ['function: { memory: 64 }', '`function.memory` must be a whole number of at least 128'],
  ['function: { run: docker }', '`function.run`'],
  ['load: [{ rate: 500/s }]', '`load` is not supported yet'],
  ['expect: { throughput: 5 }', '`expect.throughput` is not supported yet'],
])('%s', (line, text) => {
  const problems = read(`source: { type: sqs }\n${line}\n`);
  expect(problems).toEqual([expect.stringContaining(text)]);
  expect(problems).toEqual([expect.stringContaining('x.yaml line 2')]);
});

it('refuses events that only virtual time can do, when its events are to be played', () => {
  const text = `source: { type: self-managed-kafka }
mapping: { StartingPosition: LATEST }
events:
  - { at: 1s, do: add-partitions }
  - { at: 2s, do: rebalance }
`;
  expect(readScenario(text, { file: 'x.yaml', live: true })).toMatchObject({ ok: true });
  expect(readScenario(text, { file: 'x.yaml', live: true, plays: true })).toMatchObject({
    problems: [
      {
        message:
          'x.yaml line 5: `events[1].do` cannot be `rebalance` in a live run: `millrace run` can do it, in virtual time.',
      },
    ],
  });
});
