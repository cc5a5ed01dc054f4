/** The ordered suite on the topics of one process, and what only a group of the substrate does. */
import { substrateTopicClient, topicSource } from '@millrace/poller-kafka';
import { memoryTopics, systemClock } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import type { StartingPosition } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';
import { eventually, HandPoller, later } from './support/poller.ts';
import { substrateSubject } from './support/substrate.ts';

describe('a topic in memory', () => {
  const subject = substrateSubject(memoryTopics());
  test.concurrent.each(orderedCases)('$name', ({ run }) => run(subject), 60_000);
});

test('two members share a topic; a commit of the generation before is refused, and nothing is lost', async () => {
  const topics = memoryTopics();
  await topics.create({ name: 't', retentionMs: 60_000, createdAtMs: systemClock.now() }, 2);
  const topic = topics.open('t');
  for (const partition of [0, 1]) {
    const record = { key: null, value: Buffer.from(`v${partition}`).toString('base64'), headers: [] };
    await topic.produce([{ record, partition }]);
  }
  const sourceOf = () =>
    topicSource({
      client: substrateTopicClient({ topics, topic: 't', groupId: 'g', clock: systemClock, sessionMs: 60_000 }),
      kind: 'self-managed-kafka',
      bootstrapServers: ['b:1'],
      startingPosition: 'TRIM_HORIZON',
      clock: systemClock,
    });
  const [source, otherSource] = [await sourceOf(), await sourceOf()];
  const one = await new HandPoller(source).open();
  await eventually('all came', () => one.got.length === 2);
  const other = await new HandPoller(otherSource, 'poller-1').open();
  // Nobody has told the first one yet: the next heartbeat is far away. The refusal does.
  await one.commit();
  await eventually('it is told', () => one.regroupings === 1);
  expect(await one.commit()).toBe(false);
  await one.open();
  await eventually('both have theirs', () => one.got.length === 3 && other.got.length === 1);
  expect([...one.lanes(), ...other.lanes()]).toEqual(['t-0', 't-1']);
  expect([one.values.at(-1), ...other.values]).toEqual(['v0', 'v1']);
  expect(await topic.group('g').committed()).toEqual(
    new Map([
      [0, 0],
      [1, 0],
    ]),
  );
  await Promise.all([source.close?.(), otherSource.close?.()]);
});

describe('a topic that is made anew under its name', () => {
  async function lineOf(startingPosition: StartingPosition) {
    const topics = memoryTopics();
    const topic = topics.open('t');
    const make = () => topics.create({ name: 't', retentionMs: 60_000, createdAtMs: systemClock.now() }, 1);
    const put = (values: readonly string[]) =>
      topic.produce(
        values.map((value) => ({ record: { key: null, value: Buffer.from(value).toString('base64'), headers: [] } })),
      );
    await make();
    const client = substrateTopicClient({ topics, topic: 't', groupId: 'g', clock: systemClock, sessionMs: 60_000 });
    const kind = 'self-managed-kafka';
    const source = await topicSource({ client, kind, bootstrapServers: ['b:1'], startingPosition, clock: systemClock });
    const anew = async (values: readonly string[]) => {
      await topics.remove('t');
      await make();
      await put(values);
    };
    return { source, put, anew };
  }

  test.each(['TRIM_HORIZON', 'LATEST'] as const)('is read from its first record, as another (%s)', async (position) => {
    const { source, put, anew } = await lineOf(position);
    const poller = await new HandPoller(source).open();
    const before = source.scopeOf?.('poller-0');
    await put(['old0', 'old1']);
    await eventually('all came', () => poller.got.length === 2);
    await poller.commit();
    // More than what was read of the former one: its offsets are there again.
    await anew(['new0', 'new1', 'new2']);
    await eventually('it is told at once', () => poller.regroupings === 1);
    await poller.stop();
    const again = new HandPoller(source);
    const opening = again.open().catch(() => 'not wanted');
    await eventually('its progress is seen to be of another topic', () => again.regroupings === 1);
    await again.stop();
    await opening;
    const second = await new HandPoller(source).open();
    await eventually('all came', () => second.got.length >= 3);
    expect(poller.values).toEqual(['old0', 'old1']);
    expect(second.values).toEqual(['new0', 'new1', 'new2']);
    expect(await second.commit()).toBe(true);
    expect(source.scopeOf?.('poller-0')).not.toBe(before);
    await source.close?.();
  });

  test('a poller with the progress of the former one does not read it: it has to come again', async () => {
    const { source, anew } = await lineOf('TRIM_HORIZON');
    const poller = new HandPoller(source);
    const scope = source.scopeOf?.('poller-0');
    await anew(['new0']);
    const opening = poller.open({ scope }).catch(() => 'not wanted');
    await eventually('it is told', () => poller.regroupings === 1);
    await later(50);
    expect(poller.got).toEqual([]);
    await poller.stop();
    expect(await opening).toBe('not wanted');
    await source.close?.();
  });
});
