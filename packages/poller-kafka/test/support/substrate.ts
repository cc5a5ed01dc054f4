/** Topics of a substrate as the ordered suite wants them. */
import { substrateTopicClient } from '@millrace/poller-kafka';
import { newId, systemClock, type Topics } from '@millrace/runtime';
import type { OrderedSubject } from '@millrace/runtime/conformance';
import { topicUnderTest } from './topics.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

export function substrateSubject(topics: Topics): OrderedSubject {
  return {
    async make(units) {
      const name = `t-${newId()}`;
      await topics.create({ name, retentionMs: 86_400_000, createdAtMs: systemClock.now() }, units);
      const topic = topics.open(name);
      return topicUnderTest({
        client: () => substrateTopicClient({ topics, topic: name, groupId: 'g', clock: systemClock, sessionMs: 3_000 }),
        async put(records) {
          await topic.produce(
            records.map(({ key, value }) => ({ record: { key: base64(key), value: base64(value), headers: [] } })),
          );
        },
      });
    },
  };
}
