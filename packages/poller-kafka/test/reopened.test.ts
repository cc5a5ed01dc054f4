/** A poller that is opened anew while its last opening is still waiting for the brokers; what it tells of its checkpoints. */
import type { PollerOpening } from '@millrace/runtime';
import { systemClock } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { positionOf } from '../src/position.ts';
import { topicSource } from '../src/topicSource.ts';
import { type FakeMember, FakeTopic } from './support/fake.ts';
import { eventually, HandPoller, later, NOTHING_READ } from './support/poller.ts';

/** Longer than a seat that nobody reads at is kept. */
const LINGERS_MS = 2500;

function opening(signal: AbortSignal): PollerOpening {
  const nothing = () => {};
  const events = {
    tell: nothing,
    waits: nothing,
    troubled: nothing,
    recovered: nothing,
    regrouped: nothing,
    missed: nothing,
    deadLettered: nothing,
  };
  return { from: 'start', progress: NOTHING_READ, factor: 1, signal, events };
}

test('an opening that nobody waits for any more takes nothing from the one that came after it', async () => {
  const topic = new FakeTopic([[0, 10]]);
  const source = await topicSource({
    client: topic,
    kind: 'self-managed-kafka',
    bootstrapServers: [],
    startingPosition: 'TRIM_HORIZON',
    clock: systemClock,
  });
  const offsets = topic.offsets.bind(topic);
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  topic.offsets = async () => {
    await answered;
    return offsets();
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const before = Promise.resolve(source.open('poller-0', opening(first.signal))).catch(() => 'not wanted');
  topic.members[0]?.assign([0]);
  await later(10);
  first.abort();
  topic.offsets = offsets;
  const place = await source.open('poller-0', opening(second.signal));
  expect(topic.members[0]?.taker).toBeDefined();
  answer();
  expect(await before).toBe('not wanted');
  await later(LINGERS_MS);
  expect(topic.members.map(({ hasLeft, taker }) => [hasLeft, taker !== undefined])).toEqual([[false, true]]);
  await place.close();
  await source.close?.();
});

test('a group that takes no commits is told of, once, until it does', async () => {
  const topic = new FakeTopic([[0, 10]]);
  const client = topic;
  const kind = 'self-managed-kafka';
  const options = { client, kind, bootstrapServers: [], startingPosition: 'TRIM_HORIZON', clock: systemClock } as const;
  const source = await topicSource(options);
  const poller = new HandPoller(source);
  const opened = poller.open({ fetches: false });
  const member = topic.members[0] as FakeMember;
  member.assign([0]);
  await opened;
  member.outcomes = ['down', 'down'];
  await poller.place.commit?.([{ lane: 't-0', checkpoint: positionOf(0, 5), completed: [] }]);
  await eventually('it is committed', () => topic.group.get(0)?.offset === 6);
  expect([poller.problems, poller.recoveries]).toEqual([['the brokers are away'], 1]);
  await poller.stop();
  await source.close?.();
});

test('a checkpoint is told as the group commits it: by the next record to read, with how many that is more', async () => {
  const topic = new FakeTopic([[3, 10]]);
  const client = topic;
  const kind = 'self-managed-kafka';
  const options = { client, kind, bootstrapServers: [], startingPosition: 'TRIM_HORIZON', clock: systemClock } as const;
  const source = await topicSource(options);
  const opened = source.open('poller-0', opening(new AbortController().signal));
  topic.members[0]?.assign([0]);
  const place = await opened;
  const told: unknown[] = [];
  for (const offset of [5, 9]) {
    const checkpoint = positionOf(0, offset);
    told.push(place.checkpoint?.('t-0', checkpoint));
    expect(place.checkpoint?.('t-0', checkpoint)).toEqual(told.at(-1));
    await place.commit?.([{ lane: 't-0', checkpoint, completed: [] }]);
  }
  expect(told).toEqual([
    { lane: 't-0', position: 6, committed: 3 },
    { lane: 't-0', position: 10, committed: 4 },
  ]);
  await place.close();
  await source.close?.();
});
