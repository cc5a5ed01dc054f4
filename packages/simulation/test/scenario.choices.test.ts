/** What a scenario may choose where AWS is silent: read, refused by name, and what it changes in a run. */
import { describe, expect, it } from 'vitest';
import { runPlan } from '../src/engine/run.ts';
import type { RunResult } from '../src/result/result.ts';
import { readScenario } from '../src/scenario/read.ts';

function read(text: string) {
  return readScenario(text, { file: 'orders.yaml' });
}

async function run(text: string): Promise<RunResult> {
  const scenario = read(text);
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('\n'));
  return (await runPlan(scenario.plan, scenario.feed())).result;
}

describe('reading choices', () => {
  it.each([
    ['{ sqsScaling: 2023 }', { sqsScaling: '2023' }],
    ['{ sqsScaling: "2023" }', { sqsScaling: '2023' }],
    ['{ sqsScaling: current }', { sqsScaling: 'current' }],
    ['{ effectiveVisibility: false }', { effectiveVisibility: false }],
    ['{ backoff: { base: 1s } }', { backoff: { baseMs: 1000, capMs: 60_000 } }],
    ['{ backoff: { base: 2m } }', { backoff: { baseMs: 120_000, capMs: 120_000 } }],
    ['{ backoff: { cap: 5s } }', { backoff: { baseMs: 250, capMs: 5000 } }],
    ['{ strictFilters: true }', { strictFilters: true }],
  ])('%s', (choices, expected) => {
    const scenario = read(`source: { type: sqs, name: orders }\nchoices: ${choices}`);
    expect(scenario.ok && scenario.plan.choices).toMatchObject(expected);
  });

  it.each([
    ['{ sqsScaling: 2024 }', '`choices.sqsScaling` must be current or 2023'],
    ['{ sqsScaling: fast }', '`choices.sqsScaling` must be current or 2023'],
    ['{ effectiveVisibility: 1 }', '`choices.effectiveVisibility` must be true or false'],
    ['{ backoff: { base: 0 } }', '`choices.backoff.base` must be more than 0'],
    ['{ backoff: { base: 2s, cap: 1s } }', '`choices.backoff.cap` must not be shorter than `base`'],
    ['{ backoff: 5s }', '`choices.backoff`'],
    ['{ jitter: true }', '`choices.jitter` is not a field of choices'],
  ])('%s is refused', (choices, message) => {
    const scenario = read(`source: { type: sqs, name: orders }\nchoices: ${choices}`);
    expect(scenario.ok ? [] : scenario.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });
});

describe('what choices change', () => {
  const poison = (choices: string) => `
source: { type: kinesis, name: orders }
mapping: { StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 4 }
choices: ${choices}
function: { behavior: [{ do: throw }] }
records: [{ id: a, key: a }]
`;

  it.each([
    ['{}', [250, 500, 1000, 2000]],
    ['{ backoff: { base: 1s, cap: 3s } }', [1000, 2000, 3000, 3000]],
  ])('backoff: %s', async (choices, waits) => {
    const { invocations } = await run(poison(choices));
    const starts = invocations?.map(({ startMs, endMs }) => ({ startMs, endMs })) ?? [];
    expect(starts.slice(1).map(({ startMs }, index) => startMs - (starts[index]?.endMs ?? 0))).toEqual(waits);
  });

  /** Received at 0, tried when the window ends, and again in the window that its return falls into (or opens). */
  const windowed = (choices: string) => `
source: { type: sqs, name: orders, visibilityTimeout: 30s }
mapping: { BatchSize: 10, MaximumBatchingWindowInSeconds: 20 }
choices: ${choices}
function: { timeout: 20s, behavior: [{ attempts: 1, do: throw }] }
records: [{ id: a }]
`;

  it.each([
    ['{}', 20_000 + 20_000 + 30_000 + 20_000],
    ['{ effectiveVisibility: false }', 20_010 + 20_000],
  ])('effective visibility: with %s the second try starts at %i ms', async (choices, startMs) => {
    const { invocations } = await run(windowed(choices));
    expect(invocations?.map((invocation) => invocation.startMs)).toEqual([20_000, startMs]);
  });

  const backlog = (choices: string) => `
source: { type: sqs, name: orders, visibilityTimeout: 10m }
mapping: { BatchSize: 1 }
choices: ${choices}
until: 60s
function: { timeout: 100s, duration: 90s }
records: [{ id: a, repeat: 400 }]
`;

  it.each([
    ['{}', 5 + 299],
    ['{ sqsScaling: 2023 }', 5 + 59],
  ])('ramp: with %s a backlog runs %i batches at once after a minute', async (choices, concurrent) => {
    const { metrics } = await run(backlog(choices));
    expect(metrics.ConcurrentExecutionsMax).toBeGreaterThanOrEqual(concurrent);
    expect(metrics.ConcurrentExecutionsMax).toBeLessThanOrEqual(concurrent + 2);
  });

  const filtered = (choices: string) => `
source: { type: sqs, name: orders }
mapping: { FilterCriteria: { Filters: [{ Pattern: '{"body":{"name":[{"wildcard":"a*"}]}}' }] } }
choices: ${choices}
records: []
`;

  it('strict filters refuse an operator that only EventBridge lists', async () => {
    expect((await run(filtered('{}'))).errors).toEqual([]);
    expect((await run(filtered('{ strictFilters: true }'))).errors).toMatchObject([
      { code: 'InvalidParameterValueException', message: 'Invalid filter pattern definition.' },
    ]);
  });
});
