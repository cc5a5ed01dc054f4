/** What a scripted function answers with `do: return`, and for how many tries a rule with `attempts` holds. */
import { describe, expect, it } from 'vitest';
import { scenario } from '../src/scenario/builder.ts';
import type { BehaviorDocument } from '../src/scenario/document.ts';
import { readScenario } from '../src/scenario/read.ts';
import { simulate } from '../src/simulate.ts';

async function outcomes(behavior: readonly BehaviorDocument[]): Promise<readonly string[]> {
  const { result } = await simulate(
    scenario('answers')
      .kinesis({ name: 'orders' })
      .mapping({
        StartingPosition: 'TRIM_HORIZON',
        MaximumRetryAttempts: 0,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      })
      .function({ behavior })
      .record({ id: 'a', key: 'k', data: 'x' }),
  );
  return result.invocations.map(({ outcome }) => outcome);
}

describe('a body as it stands', () => {
  it.each([
    ['no JSON', 'oops {', 'invalid-response'],
    ['JSON without failures', '{"batchItemFailures":[]}', 'success'],
    ['JSON that is no object', '"oops"', 'invalid-response'],
    ['nothing', '', 'success'],
    ['blanks only, which are no JSON', ' ', 'invalid-response'],
  ])('%s', async (_what, raw, outcome) => {
    expect(await outcomes([{ do: 'return', raw }])).toEqual([outcome]);
  });

  it.each([
    ['{ do: return }', 'needs the field `value`, the answer to return'],
    ['{ do: return, value: 1, raw: x }', 'cannot stand beside `value`: the answer is one of them'],
    ['{ do: throw, raw: x }', 'is only possible with `do: return`'],
  ])('%s is refused', (rule, sentence) => {
    const answer = readScenario(`source: { type: sqs }\nfunction: { behavior: [${rule}] }`, { file: 'x.yaml' });
    expect(answer.ok ? '' : answer.problems[0]?.message).toContain(sentence);
  });
});

describe('attempts', () => {
  it.each(['throttle', 'unreachable'] as const)('%s counts tries from the first one', async (action) => {
    const kind = action === 'throttle' ? 'throttled' : 'unreachable';
    expect(await outcomes([{ do: action, attempts: 2 }])).toEqual([kind, kind, 'success']);
  });

  it('the others count deliveries', async () => {
    expect(
      await outcomes([
        { do: 'throttle', attempts: 1 },
        { do: 'throw', attempts: 1 },
      ]),
    ).toEqual(['throttled', 'error']);
  });
});
