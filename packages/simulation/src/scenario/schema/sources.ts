/** Schema of the sources. */
import { duration, flag, label, mapOf, objectOf, type SchemaNode, text, whole } from './node.ts';

/** Known to the format, but only where sources are live. */
export const liveSourceFields: Readonly<Record<string, SchemaNode>> = {
  endpoint: text('Live only: endpoint of the service.'),
  brokers: { description: 'Live only: Kafka brokers.' },
  url: text('Live only: address of the queue or service.'),
};

const common = (nameIs: string): Record<string, SchemaNode> => ({
  name: text(nameIs, { default: 'source' }),
  arn: text('Overrides the ARN that is derived from type, region, account and name.'),
  ...liveSourceFields,
});

const type = (...types: readonly string[]): SchemaNode => ({
  enum: types,
  description: 'What kind of source this is.',
});

const redrive = objectOf(
  'a redrive policy',
  {
    maxReceiveCount: whole('After so many receives a message goes to the dead-letter queue.', 1),
    deadLetterQueue: text('Name of the dead-letter queue; it then exists.'),
  },
  ['maxReceiveCount', 'deadLetterQueue'],
);

export const queueSource = objectOf(
  'an SQS source',
  {
    type: type('sqs', 'sqs-fifo'),
    ...common('Name of the queue.'),
    visibilityTimeout: duration('How long a received message stays hidden.', '30s'),
    retention: duration('How long a message is kept.', '4d'),
    delay: duration('How long a message is hidden after it was sent.', '0s'),
    redrive: { ...redrive, description: 'Redrive policy: when messages go to a dead-letter queue.' },
    contentBasedDeduplication: flag('FIFO: deduplicate by a hash of the body.', false),
  },
  ['type'],
);

export const kinesisSource = objectOf(
  'a Kinesis source',
  {
    type: type('kinesis'),
    ...common('Name of the stream.'),
    shards: whole('Number of shards at the start.', 1, { maximum: 100_000, default: 1 }),
    retention: duration('How long a record is kept.', '24h'),
    consumer: text('Name of an enhanced fan-out consumer that the mapping reads through.'),
  },
  ['type'],
);

export const dynamodbSource = objectOf(
  'a DynamoDB source',
  {
    type: type('dynamodb'),
    ...common('Name of the table.'),
    shards: whole('Number of shards at the start.', 1, { maximum: 100_000, default: 1 }),
    retention: duration('How long a record is kept; 24h on AWS.', '24h'),
    viewType: {
      enum: ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'],
      default: 'NEW_AND_OLD_IMAGES',
      description: 'Which images the stream holds.',
    },
  },
  ['type'],
);

export const kafkaSource = objectOf(
  'a Kafka source',
  {
    type: type('msk', 'self-managed-kafka'),
    ...common('The topic.'),
    partitions: whole('Number of partitions at the start.', 1, { maximum: 100_000, default: 1 }),
    retention: duration('How long a record is kept.', '7d'),
    committed: mapOf(
      'Offsets that the consumer group had committed before the run, such as { "orders-0": 5 }.',
      whole('An offset.', 0),
    ),
    bootstrapServers: {
      type: ['string', 'array'],
      items: text('host:port'),
      minItems: 1,
      minLength: 1,
      description: 'host:port of the brokers, as they stand in the event: a list, or text with commas.',
      errorMessage: 'must be a list of host:port',
    },
  },
  ['type'],
);

export const recordFields: Readonly<Record<string, SchemaNode>> = {
  id: label('What the record is called in the result; default r1, r2, …'),
  at: duration('When it arrives.', '0s'),
  repeat: whole('So many of them, called id.1, id.2, …', 1, { default: 1 }),
  every: duration('Time from one repetition to the next.', '0ms'),
  source: text('Plural form: the name of its source.'),
};
