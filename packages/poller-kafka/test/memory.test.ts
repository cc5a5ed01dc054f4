/** The ordered suite on the topics of one process, and what only a group of the substrate does. */
import { substrateTopicClient, topicSource } from '@millrace/poller-kafka';
import { memoryTopics, systemClock } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import { describe, expect, test } from 'vitest';
import { eventually, HandPoller } from './support/poller.ts';
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
