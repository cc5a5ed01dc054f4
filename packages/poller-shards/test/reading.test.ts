/** Fetches of a shard's poller, over a source that answers as the test says and a clock that the test moves. */
import { ShardProblem } from '@millrace/poller-shards';
import type { PolledRecord, PollerFact } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';
import { settle } from '../../poller-sqs/test/support/handClock.ts';
import { pollerStory, SHARD } from './support/fakeShards.ts';

const unreachable = () => new ShardProblem('unreachable', 'GetRecords failed: ECONNREFUSED');

describe('a record that the poller has finished', () => {
  test('lets go of its body, and keeps its name until a checkpoint passes it', async () => {
    const fetched: PolledRecord[] = [];
    const take = (fact: PollerFact) => fact.what === 'fetched' && fetched.push(...fact.records);
    const { poller, reader, fetch } = await pollerStory({}, { tell: take });
    await fetch(1);
    await reader.latest.answer(['1', '2', '3']);
    for (const record of fetched.slice(1)) record.finished = true;
    expect(fetched.map(({ finished }) => finished)).toEqual([false, true, true]);
    expect(poller.event(['1'], undefined)).toMatchObject({ Records: [{ kinesis: { data: 'AAEC' } }] });
    expect(() => poller.event(['2'], undefined)).toThrow('record 2 was finished by its poller');
    expect([poller.names(['2', '3']), poller.failure(['2', '3'], () => 0)]).toMatchObject([
      ['2', '3'],
      { startSequenceNumber: '2', endSequenceNumber: '3', lastArrivalMs: 1_000_000 },
    ]);
  });
});

describe('a fetch', () => {
  test('is answered with what a read brings', async () => {
    const { reader, told, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.answer(['1', '2']);
    expect(told).toEqual(['fetched 1: 1 2']);
  });

  test('says when it was asked, however long the answer took', async () => {
    const { clock, reader, asked, fetch } = await pollerStory();
    const beganMs = clock.now();
    await fetch(1);
    await clock.forward(700);
    await reader.latest.answer(['1']);
    expect(asked.map((atMs) => (atMs ?? 0) - beganMs)).toEqual([0]);
  });

  test('reads nothing before its time', async () => {
    const { clock, reader, fetch } = await pollerStory();
    await fetch(1, { afterMs: 700 });
    await clock.forward(699);
    expect(reader.reads).toEqual([]);
    await clock.forward(1);
    expect(reader.reads).toHaveLength(1);
  });

  test('looks again at its times while there is nothing', async () => {
    const { clock, reader, told, fetch } = await pollerStory();
    const beganMs = clock.now();
    await fetch(1, { everyMs: 250 });
    await reader.latest.answer([]);
    await clock.forward(260);
    await clock.forward(130);
    await reader.latest.answer([]);
    await clock.forward(400);
    await reader.latest.answer(['7']);
    expect(reader.reads.map(({ atMs }) => atMs - beganMs)).toEqual([0, 250, 500]);
    expect(told).toEqual(['waits', 'waits', 'fetched 1: 7']);
  });

  test('is answered with nothing when its time is up', async () => {
    const { clock, reader, told, fetch } = await pollerStory();
    await fetch(1, { everyMs: 250, inMs: 400 });
    await reader.latest.answer([]);
    await clock.forward(250);
    await reader.latest.answer([]);
    await clock.forward(150);
    await reader.latest.answer([]);
    expect(told.filter((text) => text !== 'waits')).toEqual(['fetched 1:']);
  });

  test('never reads without a pause, whatever its order says', async () => {
    const { clock, reader, fetch } = await pollerStory();
    await fetch(1, { everyMs: 0 });
    await reader.latest.answer([]);
    await clock.forward(99);
    expect(reader.reads).toHaveLength(1);
    await clock.forward(1);
    expect(reader.reads).toHaveLength(2);
  });

  test('gets no more than it asked for; the rest is kept', async () => {
    const { reader, told, fetch } = await pollerStory();
    await fetch(1, { maxRecords: 2 });
    await reader.latest.answer(['1', '2', '3']);
    await fetch(2, { maxRecords: 2 });
    expect(reader.reads).toHaveLength(1);
    expect(told).toEqual(['fetched 1: 1 2', 'fetched 2: 3']);
  });

  test('goes on while pages are full', async () => {
    const { reader, told, fetch } = await pollerStory();
    await fetch(1, { maxRecords: 4 });
    await reader.latest.answer(['1', '2'], { more: true });
    expect(reader.latest.maxRecords).toBe(2);
    await reader.latest.answer(['3'], { more: true });
    await reader.latest.answer([]);
    expect(told).toEqual(['fetched 1: 1 2 3']);
  });

  test('that is withdrawn is not answered: what its read brings is kept for the next', async () => {
    const { poller, reader, told, fetch } = await pollerStory();
    await fetch(1);
    poller.withdraw(1);
    await reader.latest.answer(['1']);
    expect(told).toEqual([]);
    await fetch(2);
    expect(told).toEqual(['fetched 2: 1']);
    expect(reader.reads).toHaveLength(1);
  });

  test('that follows a withdrawn one waits for the read that is on its way', async () => {
    const { poller, reader, told, fetch } = await pollerStory();
    await fetch(1);
    poller.withdraw(1);
    await fetch(2);
    expect(reader.reads).toHaveLength(1);
    await reader.latest.answer(['1']);
    expect(told).toEqual(['fetched 2: 1']);
  });
});

describe('a source that tells when there is something', () => {
  test('is not asked before, and is read at the times of the order', async () => {
    const { clock, reader, told, fetch } = await pollerStory({ tells: true });
    const beganMs = clock.now();
    await fetch(1, { everyMs: 1000 });
    await reader.latest.answer([]);
    await clock.forward(5400);
    expect(reader.reads).toHaveLength(1);
    reader.tellReady();
    await clock.forward(600);
    await reader.latest.answer(['1', '2']);
    expect(reader.reads.map(({ atMs }) => atMs - beganMs)).toEqual([0, 6000]);
    expect(told).toEqual(['waits', 'fetched 1: 1 2']);
  });

  test('is not waited for once nobody wants it', async () => {
    const { poller, reader, fetch } = await pollerStory({ tells: true });
    await fetch(1);
    await reader.latest.answer([]);
    expect(reader.waiting).toBe(1);
    poller.withdraw(1);
    await settle();
    expect(reader.waiting).toBe(0);
  });
});

describe('a source that cannot be read', () => {
  test('is told once, asked with growing pauses, and told again when it can be read', async () => {
    const { clock, reader, told, fetch } = await pollerStory();
    const beganMs = clock.now();
    await fetch(1, { everyMs: 0 });
    for (let time = 0; time < 4; time += 1) {
      await reader.latest.fail(unreachable());
      await clock.forward(250 * 2 ** time);
    }
    expect(reader.reads.map(({ atMs }) => atMs - beganMs)).toEqual([0, 250, 750, 1750, 3750]);
    await reader.latest.answer(['1']);
    expect(told).toEqual(['troubled: GetRecords failed: ECONNREFUSED', 'recovered', 'fetched 1: 1']);
  });

  test('is told of until the last of its shards can be read, or is not wanted any more', async () => {
    const story = await pollerStory();
    const { clock, client, reader, told, poller, fetch } = story;
    const other = await story.open({}, 'shardId-000000000001');
    const [, otherReader] = client.readers;
    await fetch(1, { everyMs: 0 });
    await reader.latest.fail(unreachable());
    other.fetch({ do: 'fetch', id: 9, maxRecords: 1, notBefore: 0, everyMs: 0, rule: 'stream.polls-at-a-base-rate' });
    await settle();
    await otherReader?.latest.answer([]);
    await clock.forward(250);
    await reader.latest.fail(unreachable());
    await otherReader?.latest.fail(unreachable());
    expect(told).toEqual(['troubled: GetRecords failed: ECONNREFUSED', 'waits']);
    await poller.close();
    expect(told).toHaveLength(2);
    await clock.forward(500);
    await otherReader?.latest.answer(['7']);
    expect(told.slice(2)).toEqual(['recovered', 'fetched 9: 7']);
  });

  test('does not keep back what was read before', async () => {
    const { clock, reader, told, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.answer(['1'], { more: true });
    await reader.latest.fail(unreachable());
    expect(told).toEqual(['fetched 1: 1']);
    await fetch(2, { afterMs: 10 });
    await clock.forward(10);
    await reader.latest.answer(['2']);
    expect(told).toEqual(['fetched 1: 1', 'fetched 2: 2']);
  });

  test('does not stop reading when its poller cannot take what was read: that is told', async () => {
    const told: string[] = [];
    const story = await pollerStory(undefined, {
      tell: (fact) => {
        if (fact.what === 'fetched' && fact.id === 1) throw new Error('the poller is broken');
        told.push(fact.what);
      },
    });
    await story.fetch(1);
    await story.reader.latest.answer(['1']);
    expect(story.told).toEqual(['troubled: the poller is broken']);
    await story.fetch(2);
    await story.clock.forward(250);
    await story.reader.latest.answer(['2']);
    expect([told, story.told.at(-1)]).toEqual([['fetched'], 'recovered']);
  });

  test('refuses a fetch when it has too much to do: the core decides when to ask again', async () => {
    const { reader, told, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.fail(new ShardProblem('throttled', 'too much'));
    expect(told).toEqual(['fetchFailed 1: throttled']);
  });

  test('says what retention took', async () => {
    const { reader, told, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.answer(['9'], { missed: 8 });
    expect(told).toEqual(['missed 8', 'fetched 1: 9']);
  });
});

describe('a shard', () => {
  test('ends once, after its last records', async () => {
    const { reader, told, fetch } = await pollerStory();
    await fetch(1, { maxRecords: 1 });
    await reader.latest.answer(['1', '2'], { ended: true });
    expect(told).toEqual(['fetched 1: 1']);
    await fetch(2);
    expect(told).toEqual(['fetched 1: 1', 'fetched 2: 2', 'endOfShard']);
    expect(reader.reads).toHaveLength(1);
  });

  test('that is gone although others are listed has ended', async () => {
    const { client, reader, told, fetch } = await pollerStory();
    await fetch(1);
    client.listed = [{ id: 'shardId-000000000001', parents: [SHARD], closed: false }];
    await reader.latest.fail(new ShardProblem('gone', 'no such shard'));
    expect(told).toEqual(['missed unknown', 'fetched 1:', 'endOfShard']);
  });

  test.each([
    ['is listed', [{ id: SHARD, parents: [], closed: false }]],
    ['is one of none', []],
  ])('that seems gone but %s is asked again', async (_title, listed) => {
    const { client, clock, reader, told, fetch } = await pollerStory();
    client.listed = listed;
    await fetch(1, { everyMs: 0 });
    await reader.latest.fail(new ShardProblem('gone', 'no such shard'));
    await clock.forward(250);
    await reader.latest.answer(['1']);
    expect(told).toEqual(['troubled: no such shard', 'recovered', 'fetched 1: 1']);
  });
});

describe('closing', () => {
  test('ends what waits, and leaves no timer', async () => {
    const { clock, poller, reader, told, fetch } = await pollerStory();
    await fetch(1);
    await reader.latest.answer([]);
    await poller.close();
    await clock.forward(10_000);
    expect(reader.closed).toBe(true);
    expect(reader.reads).toHaveLength(1);
    expect(told).toEqual(['waits']);
    expect(clock.timers).toBe(0);
  });

  test('does not wait for ever for a source that does not answer', async () => {
    const { clock, poller, fetch } = await pollerStory();
    await fetch(1);
    let isClosed = false;
    void poller.close().then(() => {
      isClosed = true;
    });
    await clock.forward(999);
    expect(isClosed).toBe(false);
    await clock.forward(1);
    expect(isClosed).toBe(true);
  });
});
