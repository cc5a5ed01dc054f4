import { describe, expect, expectTypeOf, it } from 'vitest';
import { stringify } from 'yaml';
import { scenario } from '../src/scenario/builder.ts';
import type { ItemRecord, QueueRecord } from '../src/scenario/document.ts';
import { normaliseScenario, readScenario } from '../src/scenario/read.ts';

const poison = scenario('poison')
  .with({ seed: 7, until: '1h' })
  .kinesis({ name: 'orders', shards: 2 })
  .mapping({ StartingPosition: 'TRIM_HORIZON', BatchSize: 3 })
  .function({ name: 'consumer', behavior: [{ match: { data: { bad: [true] } }, do: 'throw' }] })
  .records([{ id: 'ok', key: 'a', data: { bad: false }, repeat: 5 }])
  .record({ id: 'bad', key: 'a', data: { bad: true } })
  .events([{ at: '5s', do: 'split-shard' }])
  .expect({ fates: { bad: 'discarded' } });

describe('the typed builder', () => {
  it('builds the document that a file would hold: both read the same', () => {
    const fromFile = readScenario(stringify(poison.document()), { file: 'x.yaml' });
    const fromCode = normaliseScenario(poison);
    expect(fromCode.ok && fromFile.ok).toBe(true);
    expect(JSON.stringify(fromCode)).toBe(JSON.stringify(fromFile));
    expect(JSON.parse(JSON.stringify(poison))).toEqual(poison.document());
  });

  it('never changes a builder that others share', () => {
    const before = JSON.stringify(poison);
    poison.mapping({ BatchSize: 1 }).record({ id: 'more' }).with({ seed: 8 });
    expect(JSON.stringify(poison)).toBe(before);
    expect(poison.mapping({ BatchSize: 1 }).document().mapping).toEqual({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1,
    });
  });

  it('types records by source', () => {
    expectTypeOf(scenario('x').sqs().record).parameter(0).toEqualTypeOf<QueueRecord>();
    expectTypeOf(scenario('x').dynamodb().record).parameter(0).toEqualTypeOf<ItemRecord>();
    // @ts-expect-error a Kinesis record has no body
    const wrong = scenario('x').kinesis().record({ body: 'x' });
    expect(normaliseScenario(wrong)).toMatchObject({ ok: false, problems: [{ field: 'records[0].body' }] });
  });

  it('takes handlers as functions', () => {
    const handler = async () => ({ batchItemFailures: [] });
    for (const built of [
      scenario('x').sqs().function(handler),
      scenario('x').sqs().function({ handler, timeout: '1s' }),
    ]) {
      const answer = normaliseScenario(built);
      expect(answer.ok && answer.plan.functions[0]?.handler).toBe(handler);
    }
  });

  it('has every source, and the plural form', () => {
    const kinds = [
      scenario('x').sqs(),
      scenario('x').fifo(),
      scenario('x').kinesis(),
      scenario('x').dynamodb(),
      scenario('x').msk(),
      scenario('x').selfManagedKafka(),
    ].map((one) => one.document().source?.type);
    expect(kinds).toEqual(['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka']);
    const handlers = [() => 1, () => 2];
    const several = scenario('x').several({
      sources: [{ type: 'sqs', name: 'a' }],
      functions: handlers.map((handler, index) => ({ name: `f${index}`, handler })),
      mappings: handlers.map((_, index) => ({ name: `m${index}`, source: 'a', function: `f${index}` })),
    });
    const answer = normaliseScenario(several);
    expect(answer.ok && answer.plan.functions.map((one) => one.handler)).toEqual(handlers);
    expect(answer.ok && answer.plan.mappings.map((one) => one.function)).toEqual([0, 1]);
  });
});
