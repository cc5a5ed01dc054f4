/** Where shards are opened, and what a poller knows of the records it holds. */
import { type Place, ShardProblem } from '@millrace/poller-shards';
import type { Progress } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { settle } from '../../poller-sqs/test/support/handClock.ts';
import { ARN, NOTHING, pollerStory, SHARD, shardsStory } from './support/fakeShards.ts';

const progress = (changes: Partial<Progress>): Progress => ({ ...NOTHING, ...changes });
const discover = { do: 'discover', notBefore: 0 } as const;
const never = new AbortController().signal;

async function openedFrom(
  ...[changes, options]: [Parameters<Awaited<ReturnType<typeof shardsStory>>['open']>[0], object?]
) {
  const { client, open } = await shardsStory(options);
  client.begins = async (_shard, position) => ({ kind: 'iterator', iterator: JSON.stringify(position), madeMs: 5 });
  const poller = await open(changes);
  return { from: client.readers[0]?.from, starts: poller.starts };
}

describe('a shard is opened', () => {
  test('after its checkpoint, which nothing wins over', async () => {
    const { from, starts } = await openedFrom({
      progress: progress({ checkpoints: new Map([['', '77']]), starts: new Map([['', 'at:1']]) }),
    });
    expect(from).toEqual({ kind: 'after', position: '77' });
    expect(starts).toBeUndefined();
  });

  test.each<[string, Place]>([
    ['horizon', { kind: 'horizon' }],
    ['horizon:7', { kind: 'horizon', sinceMs: 7 }],
    ['at:1700000000123', { kind: 'at', atMs: 1_700_000_000_123 }],
    ['index:12', { kind: 'index', index: 12 }],
    ['after:12', { kind: 'after', position: 12 }],
    ['after:"12"', { kind: 'after', position: '12' }],
    ['iterator:99:arn:with:colons', { kind: 'iterator', iterator: 'arn:with:colons', madeMs: 99 }],
  ])('where it began before, at %s', async (word, place) => {
    const { from, starts } = await openedFrom({ progress: progress({ starts: new Map([['', word]]) }) });
    expect(from).toEqual(place);
    expect(starts).toEqual(new Map([['', word]]));
  });

  test('at its beginning when it is a child', async () => {
    const { from } = await openedFrom({ from: 'horizon' }, { startingPosition: 'LATEST' });
    expect(from).toEqual({ kind: 'horizon' });
  });

  test('at the starting position, which is kept in words', async () => {
    const { starts } = await openedFrom({}, { startingPosition: 'LATEST' });
    expect(starts).toEqual(new Map([['', 'iterator:5:"LATEST"']]));
  });

  test('with LATEST where it ended at the first listing, however late it is opened', async () => {
    const { client, source, open } = await shardsStory({ startingPosition: 'LATEST' });
    client.listed = [{ id: SHARD, parents: [], closed: false, latest: { kind: 'index', index: 3 } }];
    await source.look?.(discover, never);
    client.listed = [{ id: SHARD, parents: [], closed: false, latest: { kind: 'index', index: 9 } }];
    await source.look?.(discover, never);
    await open();
    expect(client.readers[0]?.from).toEqual({ kind: 'index', index: 3 });
  });

  test('with LATEST where the stream says at the first listing that it ends, if the listing does not', async () => {
    const { client, source, open } = await shardsStory({ startingPosition: 'LATEST' });
    let asked = 0;
    client.begins = async () => ({ kind: 'iterator', iterator: String(++asked), madeMs: 0 });
    await source.look?.(discover, never);
    await source.look?.(discover, never);
    await open();
    expect(client.readers[0]?.from).toEqual({ kind: 'iterator', iterator: '1', madeMs: 0 });
    expect(asked).toBe(1);
  });

  test('once the stream can say where that is', async () => {
    const { client, clock, told, open } = await shardsStory({ startingPosition: 'LATEST' });
    let tries = 0;
    client.begins = async () => {
      tries += 1;
      if (tries < 3) throw new ShardProblem('unreachable', 'nobody is there');
      return { kind: 'at', atMs: 1 };
    };
    const opening = open();
    await clock.forward(2000);
    await opening;
    expect(client.readers[0]?.from).toEqual({ kind: 'at', atMs: 1 });
    expect(told).toEqual(['troubled: nobody is there', 'recovered']);
  });

  test('no more once nobody waits for it', async () => {
    const { client, open } = await shardsStory({ startingPosition: 'LATEST' });
    const abort = new AbortController();
    client.begins = () => Promise.reject(new ShardProblem('unreachable', 'nobody is there'));
    const opening = Promise.resolve(open({ signal: abort.signal }));
    await settle();
    abort.abort();
    await expect(opening).rejects.toThrow('nobody is there');
  });
});

describe('a look', () => {
  test('says how long records are kept now, once it was asked again', async () => {
    const { client, source } = await shardsStory();
    client.retentionMs = 604_800_000;
    await source.refresh?.();
    expect(source.surroundings).toMatchObject({ envelopeBytes: 14, retentionMs: 604_800_000 });
  });

  test('names the shards and their parents', async () => {
    const { client, source } = await shardsStory();
    client.listed = [
      { id: 'a', parents: [], closed: true },
      { id: 'b', parents: ['a'], closed: false },
    ];
    const shards = [
      { id: 'a', parents: [] },
      { id: 'b', parents: ['a'] },
    ];
    expect(await source.look?.(discover, never)).toEqual({ what: 'discovered', shards });
  });
});

describe('a poller', () => {
  test('makes the event of records, again and again, until the checkpoint has passed them', async () => {
    const { poller, reader, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.answer(['8', '9', '10', '11']);
    const entries = (positions: readonly string[]) => {
      const { Records } = poller.event(positions, undefined) as { Records: { eventID: string }[] };
      return Records.map(({ eventID }) => eventID);
    };
    expect(entries(['9', '10'])).toEqual([`${SHARD}:9`, `${SHARD}:10`]);
    expect(entries(['8', '11'])).toEqual([`${SHARD}:8`, `${SHARD}:11`]);
    poller.passed?.([{ lane: '', checkpoint: '10', completed: [] }]);
    expect(entries(['11'])).toEqual([`${SHARD}:11`]);
    expect(() => entries(['9'])).toThrow('record 9 is not held');
  });

  test('counts the bytes of each entry exactly', async () => {
    const { source, open, client, clock } = await shardsStory();
    const sizes: number[] = [];
    const poller = await open({
      events: {
        ...silent,
        tell: (fact) => {
          if (fact.what === 'fetched') for (const { encodedBytes } of fact.records) sizes.push(encodedBytes);
        },
      },
    });
    poller.fetch({
      do: 'fetch',
      id: 1,
      maxRecords: 9,
      notBefore: clock.now(),
      everyMs: 0,
      rule: 'stream.polls-at-a-base-rate',
    });
    await settle();
    const positions = ['8', '100', '4711'];
    await client.readers[0]?.latest.answer(positions);
    const { Records } = poller.event(positions, undefined) as { Records: unknown[] };
    expect(sizes).toEqual(Records.map((entry) => Buffer.byteLength(JSON.stringify(entry))));
    expect(source.surroundings).toMatchObject({ envelopeBytes: 14, retentionMs: 86_400_000, fanOut: false });
  });

  test('knows its records by their sequence numbers', async () => {
    const { poller, reader, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.answer(['8', '9']);
    expect(poller.identifiers(['8', '9'])).toEqual(['8', '9']);
    expect(poller.laneName('0')).toBe(SHARD);
    expect(poller.checkpoint?.('', '9')).toEqual({ lane: SHARD, position: '9' });
    expect(poller.lastArrivalMs?.(['8', '9'])).toBe(1_000_000);
    expect(poller.failure(['8', '9'], () => 0)).toEqual({
      kind: 'kinesis',
      shardId: SHARD,
      streamArn: ARN,
      startSequenceNumber: '8',
      endSequenceNumber: '9',
      firstArrivalMs: 1_000_000,
      lastArrivalMs: 1_000_000,
      batchSize: 2,
    });
    expect(poller.failure([], () => 0)).toBeUndefined();
  });

  test('makes the event of a window without records', async () => {
    const { poller, source } = await pollerStory({ tumblingWindowMs: 1000 });
    const event = poller.event([], { startMs: 0, endMs: 1000, state: {}, final: true, terminatedEarly: false });
    expect(event).toMatchObject({ Records: [], shardId: SHARD, eventSourceARN: ARN, isFinalInvokeForWindow: true });
    expect(source.surroundings.envelopeBytes).toBe(Buffer.byteLength(JSON.stringify(event)) + 1);
  });
});

const silent = {
  waits: () => {},
  troubled: () => {},
  recovered: () => {},
  regrouped: () => {},
  missed: () => {},
  deadLettered: () => {},
};
