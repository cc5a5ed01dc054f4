/** Shards as lanes of a recording, from a source that answers what the test says. */
import { expect, test } from 'vitest';
import { Concealer } from '../src/live/recordConceal.ts';
import { DynamodbCalls } from '../src/live/recordDynamodb.ts';
import { mergeLanes } from '../src/live/recordMerge.ts';
import { type ShardCalls, type ShardPage, shardLanes } from '../src/live/recordShards.ts';
import type { RecordFrom } from '../src/live/recordSource.ts';

const HOUR_MS = 3_600_000;

interface Story {
  readonly from: RecordFrom;
  readonly once: boolean;
  readonly nowMs?: number;
}

/** Time passes as fast as it is waited for. */
async function recorded(
  calls: ShardCalls,
  { from, once, nowMs = 10 * HOUR_MS }: Story,
  most = 100,
): Promise<unknown[]> {
  let atMs = nowMs;
  const now = () => {
    atMs += 1000;
    return atMs;
  };
  const lanes = await shardLanes({ calls, from, once, now, say: () => {} });
  const out: unknown[] = [];
  for await (const entries of mergeLanes(lanes, new AbortController().signal)) {
    out.push(...entries.map(({ fields }) => fields.op ?? fields.n));
    if (out.length >= most) break;
  }
  return out;
}

test('pages of which everything is left out are not the tip of a shard', async () => {
  const page = (n: number | undefined, after: string | undefined): ShardPage => ({
    entries: n === undefined ? [] : [{ atMs: n, fields: { n } }],
    after,
    iterator: 'i',
    behindMs: undefined,
  });
  const pages = [...Array.from({ length: 5 }, () => page(undefined, 'older')), page(7, 'it')];
  const calls: ShardCalls = {
    shards: async () => [{ id: 's', parents: [], open: true }],
    iterator: async () => 'i',
    records: async () => pages.shift() ?? page(undefined, undefined),
    isExpired: () => false,
    isTrimmed: () => false,
    isThrottled: () => false,
  };
  expect(await recorded(calls, { from: { atMs: 5 }, once: true })).toEqual([7]);
});

test('an iterator at the tip of a table that expired before the first change does not bring older changes', async () => {
  const nowMs = 10 * HOUR_MS;
  const change = (eventName: string, atMs: number) => ({
    eventName,
    dynamodb: { SequenceNumber: eventName, ApproximateCreationDateTime: new Date(atMs) },
  });
  const changes = [change('old', nowMs - 8 * HOUR_MS), change('new', nowMs + HOUR_MS)];
  const asked: (string | undefined)[] = [];
  const client = {
    send: async ({ input }: { input: { ShardIterator?: string; ShardIteratorType?: string } }) => {
      const { ShardIterator, ShardIteratorType } = input;
      if (ShardIteratorType !== undefined) {
        asked.push(ShardIteratorType);
        return { ShardIterator: ShardIteratorType };
      }
      if (ShardIterator === undefined) return { StreamDescription: { Shards: [{ ShardId: 's' }] } };
      if (ShardIterator === 'LATEST') throw Object.assign(new Error(), { name: 'ExpiredIteratorException' });
      return { Records: changes, NextShardIterator: 'next' };
    },
  };
  const conceal = new Concealer([], 'k', false);
  const parts = { conceal, now: () => nowMs };
  const calls = new DynamodbCalls(client as unknown as ConstructorParameters<typeof DynamodbCalls>[0], 'arn', parts);
  expect(await recorded(calls, { from: 'latest', once: false, nowMs }, 1)).toEqual(['new']);
  expect(asked).toEqual(['LATEST', 'TRIM_HORIZON']);
});
