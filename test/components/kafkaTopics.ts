/** Topics of real brokers for tests. */
import type { Admin, ITopicConfig } from 'kafkajs';
import { untilTrue } from './processes.ts';

let made: Promise<unknown> = Promise.resolve();

/**
 * Makes a topic and waits until each of its partitions has a leader that answers. kafkajs's own wait gives up where a broker
 * does not know the topic yet, as each does for some milliseconds; and it makes none while it asks for another one that is
 * not there yet, so that they are made one after the other.
 */
export function makeTopic(admin: Admin, topic: ITopicConfig): Promise<void> {
  const making = made.then(() => make(admin, topic));
  made = making.catch(() => {});
  return making;
}

async function make(admin: Admin, topic: ITopicConfig): Promise<void> {
  await admin.createTopics({ topics: [topic], waitForLeaders: false });
  const answers = () =>
    admin.fetchTopicOffsets(topic.topic).then(
      () => true,
      () => false,
    );
  await untilTrue(`the topic ${topic.topic} is there`, answers, 20_000);
}
