/** Failure records of topics, as they lie at their destinations. */
import { redisQueues } from '@millrace/redis';
import type { Brokers } from '../../../packages/poller-kafka/test/support/kafka.ts';
import type { GivenUp } from './kafkaEvidence.ts';

interface FailureHead {
  readonly requestContext: { readonly condition: string };
}

interface BatchRecord extends FailureHead {
  readonly KafkaBatchInfo: {
    readonly batchSize: number;
    readonly recordsInfo: Readonly<
      Record<string, { readonly firstRecordOffset: string; readonly lastRecordOffset: string }>
    >;
  };
}

interface TopicRecord extends FailureHead {
  readonly payload: { readonly records: Readonly<Record<string, readonly { readonly offset: number }[]>> };
}

function isAged({ requestContext: { condition } }: FailureHead): boolean {
  return condition === 'RecordAgeExceeded';
}

/** Of a queue of the substrate. */
export async function failuresInQueue(redis: string, queue: string): Promise<GivenUp[]> {
  const queues = redisQueues({ redis });
  try {
    const messages = await queues.open(queue).peek(100_000);
    return messages.map(({ sent }) => {
      const record = JSON.parse(sent.body) as BatchRecord;
      const { batchSize, recordsInfo } = record.KafkaBatchInfo;
      const runs = Object.entries(recordsInfo).map(([lane, { firstRecordOffset, lastRecordOffset }]) => {
        return { lane, first: Number(firstRecordOffset), last: Number(lastRecordOffset) };
      });
      return { batchSize, isAged: isAged(record), runs };
    });
  } finally {
    await queues.close();
  }
}

/** Of a topic with one partition: all that is there now. A message is about one record. */
export async function failuresInTopic(brokers: Brokers, topic: string): Promise<GivenUp[]> {
  const [end] = await brokers.admin.fetchTopicOffsets(topic);
  const last = Number(end?.high ?? 0) - 1;
  if (last < 0) return [];
  const consumer = brokers.kafka.consumer({ groupId: `reads-${topic}-${last}`, maxWaitTimeInMs: 100 });
  const found: GivenUp[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const isRead = new Promise<void>((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachMessage: async ({ message: { value, offset } }) => {
        const record = JSON.parse(String(value)) as TopicRecord;
        for (const [lane, [one]] of Object.entries(record.payload.records)) {
          const at = one?.offset ?? -1;
          found.push({ batchSize: 1, isAged: isAged(record), runs: [{ lane, first: at, last: at }] });
        }
        if (Number(offset) >= last) resolve();
      },
    });
  });
  await isRead;
  await consumer.disconnect();
  return found;
}
