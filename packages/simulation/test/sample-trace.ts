/** A trace built by hand: a record reported as failed, one in its batch that is not, a lane that is blocked. */
import type { TraceLine } from '@millrace/semantics';
import { destination, shard } from './sample-runs.ts';

type Part = Omit<TraceLine, 'seq'>;

const here = { mapping: 'orders-consumer', poller: 'orders-consumer/0', lanes: [shard] };

function attempt(
  id: number,
  at: number,
  records: readonly string[],
  closedBy: string,
  outcome: string,
  failed: number[] = [],
): Part[] {
  const about = { ...here, records, attempt: `a${id}` };
  return [
    {
      at,
      what: 'invoke',
      ...about,
      why: 'The batch is full.',
      rule: 'x.batch-is-full',
      data: { batch: id, attempt: 1, closedBy },
    },
    {
      at,
      what: 'started-function',
      ...here,
      attempt: `a${id}`,
      data: { invocation: id, cold: id === 1, durationMs: 50 },
    },
    {
      at: at + 50,
      what: 'settled',
      ...about,
      data: {
        invocation: id,
        outcome,
        closedBy,
        attempt: 1,
        startMs: at,
        endMs: at + 50,
        ...(failed.length > 0 ? { failed } : {}),
      },
    },
  ];
}

export function poisonTrace(): TraceLine[] {
  const bad = ['bad'];
  const parts: Part[] = [
    { at: 0, what: 'arrived', records: ['ok.1', 'ok.2', 'bad', 'ok.3'], data: { source: 'orders' } },
    ...attempt(1, 1000, ['ok.1', 'ok.2'], 'size', 'success'),
    { at: 1050, what: 'done', ...here, records: ['ok.1', 'ok.2'], data: { fate: 'succeeded' } },
    ...attempt(2, 1050, ['bad', 'ok.3'], 'window', 'partial', [0]),
    {
      at: 1100,
      what: 'retry',
      ...here,
      records: ['bad', 'ok.3'],
      attempt: 'a2',
      rule: 'x.retry',
      why: 'The whole rest is retried.',
      data: { notBeforeMs: 2100, spent: 1, budget: 2 },
    },
    ...attempt(3, 2100, ['bad', 'ok.3'], 'retry', 'error'),
    {
      at: 2150,
      what: 'split',
      ...here,
      records: ['bad', 'ok.3'],
      attempt: 'a3',
      rule: 'x.split',
      why: 'A failed batch is halved.',
    },
    ...attempt(4, 3150, bad, 'split', 'throttled'),
    ...attempt(5, 4150, bad, 'retry', 'error'),
    { at: 4200, what: 'discard', ...here, records: bad, data: { condition: 'RetryAttemptsExhausted', destination } },
    {
      at: 4210,
      what: 'discarded',
      ...here,
      records: bad,
      rule: 'x.discard',
      why: 'Two retries are spent.',
      data: { condition: 'RetryAttemptsExhausted', destination, delivered: true, approximateInvokeCount: 3 },
    },
    { at: 4210, what: 'done', ...here, records: bad, data: { fate: 'discarded' } },
    ...attempt(6, 4210, ['ok.3'], 'split', 'success'),
    { at: 4260, what: 'done', ...here, records: ['ok.3'], data: { fate: 'succeeded' } },
    { at: 4260, what: 'finished', data: { pending: 0 } },
  ];
  return parts.map((part, seq) => ({ seq: seq + 1, ...part }));
}
