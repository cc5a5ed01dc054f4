/** What anyone could write: an `eachBatch` loop of kafkajs that builds the Lambda event of every so many records. */
import { kafkajs } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { brokers, topic, groupId, batch: size } = settings;
const { Kafka, logLevel } = kafkajs();
const kafka = new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId });
const bootstrapServers = brokers.join(',');
const nothing = async (_event) => {};
let done = 0;

const entryOf = (partition, { offset, timestamp, key, value, headers }) => ({
  topic,
  partition,
  offset: Number(offset),
  timestamp: Number(timestamp),
  timestampType: 'CREATE_TIME',
  key: key.toString('base64'),
  value: value.toString('base64'),
  headers: Object.entries(headers).map(([name, text]) => ({ [name]: [...text] })),
});

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachBatch: async ({ batch: { partition, messages } }) => {
    for (let from = 0; from < messages.length; from += size) {
      const some = messages.slice(from, from + size);
      const entries = some.map((message) => entryOf(partition, message));
      const records = { [`${topic}-${partition}`]: entries };
      await nothing({ eventSource: 'SelfManagedKafka', bootstrapServers, records });
      done += some.length;
    }
  },
});
report(() => done);
