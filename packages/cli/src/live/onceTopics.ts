/** Topics of a run that is played. */
import { topicPartition } from '@millrace/aws-shapes';
import type { Topics } from '@millrace/runtime';
import type { Plan, TopicArrival, TopicSourcePlan } from '@millrace/simulation';
import { kafkaFor } from './kafkaClients.ts';
import { messageOf } from './kafkaMessage.ts';
import type { Arrived, PlayedSource } from './oncePlayed.ts';
import { isElsewhere } from './sources.ts';

export async function playedTopic(source: TopicSourcePlan, plan: Plan, topics: Topics): Promise<PlayedSource> {
  return isElsewhere(source) ? topicBehind(source, plan) : ownTopic(source, topics);
}

function arrivedAt({ topic }: TopicSourcePlan, partition: number, offset: number): Arrived {
  const place = topicPartition(topic, partition);
  return { name: recordName(place, offset), key: place, place, deduplicated: false };
}

/** As the poller calls it. */
function recordName(place: string, offset: number): string {
  return `${place}@${offset}`;
}

function ownTopic(source: TopicSourcePlan, topics: Topics): PlayedSource {
  const topic = topics.open(source.topic);
  return {
    source,
    isOurs: true,
    async send(payloads) {
      const records = (payloads as readonly TopicArrival[]).map(({ partition, ...record }) => ({ record, partition }));
      const produced = await topic.produce(records);
      return produced.map(({ partition, offset }) => arrivedAt(source, partition, offset));
    },
    addPartitions: (count) => topic.addPartitions(count),
    close: () => {},
  };
}

/** Each record by itself, so that its place is known; a run that is played is no load. */
async function topicBehind(source: TopicSourcePlan, plan: Plan): Promise<PlayedSource> {
  const kafka = await kafkaFor(source, plan);
  const producer = kafka.producer();
  await producer.connect();
  return {
    source,
    isOurs: false,
    async send(payloads) {
      const arrived: Arrived[] = [];
      for (const { partition, timestampMs, ...record } of payloads as readonly TopicArrival[]) {
        const message = {
          ...messageOf(record),
          ...(partition !== undefined && { partition }),
          ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
        };
        const [written] = await producer.send({ topic: source.topic, messages: [message] });
        arrived.push(arrivedAt(source, written?.partition ?? 0, Number(written?.baseOffset ?? -1)));
      }
      return arrived;
    },
    async addPartitions(count) {
      const admin = kafka.admin();
      await admin.connect();
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [source.topic] });
        const total = (topics[0]?.partitions.length ?? 0) + count;
        await admin.createPartitions({ topicPartitions: [{ topic: source.topic, count: total }] });
      } finally {
        await admin.disconnect();
      }
    },
    close: () => void producer.disconnect(),
  };
}
