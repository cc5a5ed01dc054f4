/** `simulate`: one call from any form of a scenario to its run; what cannot be run is refused in one sentence. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  expectRun,
  InputError,
  normaliseScenario,
  recordFeed,
  type ScenarioDocument,
  scenario,
  simulate,
} from '../src/index.ts';
import { loadDocument } from '../src/node/index.ts';

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));

const orders = scenario('orders')
  .kinesis({ name: 'orders' })
  .mapping({ StartingPosition: 'TRIM_HORIZON', MaximumRetryAttempts: 1 })
  .records([{ id: 'one', at: '0s', key: 'a', data: { x: 1 } }]);

describe('simulate', () => {
  it('runs a builder, its document, what was read and a plan with its feed, all alike', async () => {
    const { result } = await simulate(orders);
    expect(result.records).toEqual([{ id: 'one', deliveries: 1, fate: 'succeeded' }]);
    expect((await simulate(orders.document())).result).toEqual(result);
    const read = normaliseScenario(orders);
    if (!read.ok) throw new Error('it is a good scenario');
    expect((await simulate(read)).result).toEqual(result);
    expect((await simulate(read.plan, { feed: recordFeed(read.arrivals) })).result).toEqual(result);
    expect((await simulate(read.plan)).result.records).toEqual([]);
    expect((await simulate(await loadDocument(orders.document()))).result).toEqual(result);
  });

  it('can be run twice: a builder and what was read hand out their records anew', async () => {
    const read = normaliseScenario(orders);
    if (!read.ok) throw new Error('it is a good scenario');
    const runs = [await simulate(orders), await simulate(orders), await simulate(read), await simulate(read)];
    for (const run of runs) expectRun(run).toSucceed('one');
  });

  it('calls handlers that are functions, with the event and the context', async () => {
    const seen: unknown[] = [];
    const handler = (event: { Records: unknown[] }, context: { functionName: string }) => {
      seen.push([event.Records.length, context.functionName]);
      throw new TypeError('no');
    };
    const run = await simulate(orders.function({ handler, name: 'consumer' }));
    expect(seen).toEqual([
      [1, 'consumer'],
      [1, 'consumer'],
    ]);
    expectRun(run).toDeliver('one', 2).toDiscard('one');
  });

  it('hands options on: seed, until, events, the trace', async () => {
    let lines = 0;
    const run = await simulate(orders, { seed: 9, untilMs: 0, events: true, onLine: () => (lines += 1) });
    expect([run.result.seed, run.result.virtualMs, lines > 0]).toEqual([9, 0, true]);
  });

  it('runs what is in files once it was loaded', async () => {
    const loaded = await loadDocument(
      {
        scenario: 'flights',
        source: { type: 'kinesis', name: 'flights' },
        mapping: { StartingPosition: 'TRIM_HORIZON' },
        function: { handler: './handlers/good.mjs#handler' },
        fixture: { file: './flights.csv', key: 'origin' },
      },
      fixtures,
    );
    expect((await simulate(loaded)).result.records).toHaveLength(3);
  });
});

describe('a summary', () => {
  it('answers counts, and still holds the run against what is expected', async () => {
    const good = await simulate(
      orders.expect({ invocations: 1, deliveries: { one: 1 }, fates: { one: 'succeeded' } }),
      {
        summary: true,
      },
    );
    expect([good.misses, good.exitCode, good.totals.records, good.totals.invocations]).toEqual([[], 0, 1, 1]);
    expect([good.result.invocations, good.result.records]).toEqual([[], []]);
    const bad = await simulate(orders.expect({ deliveries: { one: 2 } }), { summary: true });
    expect(bad.misses).toEqual([expect.objectContaining({ path: 'expect.deliveries.one', expected: 2, actual: 1 })]);
    expect(bad.exitCode).toBe(1);
  });
});

describe('simulate refuses in one sentence', () => {
  const bad: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /^scenario: /],
    ['text', 'scenario: x', /^scenario: /],
    ['a wrong field', { ...orders.document(), recrods: [] }, /`recrods` is not a field.*`records`/],
    ['a negative number', { ...orders.document(), source: { type: 'kinesis', shards: -1 } }, /`source\.shards` .*-1/],
    ['a fixture in a file', orders.fixture('./flights.jsonl'), /`fixture` names the file \.\/flights\.jsonl; load/],
    [
      'a handler in a file',
      orders.function({ handler: './h.mjs#h', name: 'f' }),
      /the handler of function f is in a file/,
    ],
  ];

  it.each(bad)('%s', async (_what, input, message) => {
    const error = await simulate(input as ScenarioDocument).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    expect((error as InputError).message).toMatch(/^[^\n]+[.?]$/);
  });

  it('but a refused mapping is in the answer', async () => {
    expectRun(await simulate(orders.mapping({ BatchSize: 0 }))).toBeRefused('ValidationException', 'batchSize');
  });
});
