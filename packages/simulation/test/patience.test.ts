/** Handlers that take their time, in real time; virtual time knows only their timeout. */
import { describe, expect, it } from 'vitest';
import { scenario, simulate } from '../src/index.ts';
import { realPatience } from '../src/node/patience.ts';

const jobs = scenario('jobs')
  .sqs({ visibilityTimeout: '30s', redrive: { maxReceiveCount: 1, deadLetterQueue: 'dead' } })
  .mapping({ BatchSize: 1 })
  .records([{ id: 'job', at: '0s', body: 'x' }]);

describe('patience', () => {
  it('makes a handler that never answers time out, at its timeout in virtual time', async () => {
    let late = 0;
    const run = await simulate(jobs.function({ handler: () => new Promise(() => undefined), timeout: '7s' }), {
      patience: realPatience(20, () => {
        late += 1;
      }),
    });
    expect(late).toBe(1);
    const [invocation] = run.result.invocations;
    expect(invocation).toMatchObject({ outcome: 'timeout', startMs: 0, endMs: 7000 });
    expect(run.result.violations).toEqual([]);
  });

  it('counts the cold start before the timeout', async () => {
    const hanging = { handler: () => new Promise(() => undefined), timeout: '3s', coldStart: '500ms' } as const;
    const run = await simulate(jobs.function(hanging), { patience: realPatience(5) });
    expect(run.result.invocations[0]).toMatchObject({ outcome: 'timeout', endMs: 3500 });
  });

  it('takes a slow answer, and a slow rejection, for what they are', async () => {
    const patience = realPatience(5000, () => expect.fail('nobody was late'));
    const answering = () => new Promise((resolve) => setTimeout(resolve, 5, {}));
    const good = await simulate(jobs.function(answering), { patience });
    expect(good.result.records[0]?.fate).toBe('succeeded');
    const rejecting = () => new Promise((_resolve, reject) => setTimeout(reject, 5, new RangeError('no')));
    const bad = await simulate(jobs.function(rejecting), { patience });
    expect(bad.result.invocations[0]).toMatchObject({ outcome: 'error' });
  });

  it('leaves no timer and no listener behind', async () => {
    const before = process.listenerCount('beforeExit');
    await simulate(
      jobs.function(async () => ({})),
      { patience: realPatience(60_000) },
    );
    await simulate(
      jobs.function(() => new Promise((resolve) => setImmediate(resolve))),
      {
        patience: realPatience(60_000),
      },
    );
    expect(process.listenerCount('beforeExit')).toBe(before);
  });
});
