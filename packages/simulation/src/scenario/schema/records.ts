/** Schema of the records, by type of source, and of fixtures. */
import { anything, duration, flag, label, mapOf, objectOf, type SchemaNode, speed, text, whole } from './node.ts';
import { recordFields } from './sources.ts';

const attribute = objectOf(
  'a message attribute',
  {
    type: text('String, Number or Binary, also with a custom label such as Number.int.', {
      pattern: '^(String|Number|Binary)(\\..+)?$',
      errorMessage: 'must be String, Number or Binary (also with a label, such as Number.int)',
    }),
    value: anything('Text or a number; for Binary: base64.'),
  },
  ['type', 'value'],
);

const queueFields: Record<string, SchemaNode> = {
  body: anything('Text is sent as it is, anything else as JSON.'),
  group: label('Message group.'),
  dedup: label('Deduplication id (FIFO).'),
  delay: duration("Instead of the queue's; standard queues only."),
  attributes: mapOf('Message attributes: { Title: { type: String, value: x } }.', attribute),
};

const kinesisFields: Record<string, SchemaNode> = {
  key: label('Partition key; default: the id of the record.'),
  data: anything('Text as it is, { base64 } as bytes, anything else as JSON.'),
  explicitHashKey: label('Decimal number of 128 bits that decides the shard instead of the key.'),
};

const item = (description: string): SchemaNode => mapOf(`${description} Plain JSON or DynamoDB JSON.`);

const dynamodbFields: Record<string, SchemaNode> = {
  op: { enum: ['INSERT', 'MODIFY', 'REMOVE'], description: 'What happened; default by the images that are given.' },
  keys: item('The primary key.'),
  new: item('The item afterwards.'),
  old: item('The item before.'),
  ttl: flag('Deleted by time to live.', false),
};

const kafkaFields: Record<string, SchemaNode> = {
  partition: whole('Partition; without it the hash of the key decides, without a key round robin.', 0),
  key: anything('Text as it is, { base64 } as bytes, null for none, anything else as JSON.'),
  value: anything('Text as it is, { base64 } as bytes, null for a tombstone, anything else as JSON.'),
  headers: { type: 'array', items: mapOf('{ name: value }'), description: 'In order; names may repeat.' },
  timestamp: { type: ['string', 'number'], description: "The producer's: ISO date, or milliseconds since the epoch." },
};

export const queueRecord = objectOf('an SQS record', { ...recordFields, ...queueFields });
export const kinesisRecord = objectOf('a Kinesis record', { ...recordFields, ...kinesisFields });
export const dynamodbRecord = objectOf('a DynamoDB record', { ...recordFields, ...dynamodbFields }, ['keys']);
export const kafkaRecord = objectOf('a Kafka record', { ...recordFields, ...kafkaFields });

/** Plural form: what is allowed depends on the record's source, so all that any source knows is. */
export const anyRecord = objectOf('a record', {
  ...recordFields,
  ...queueFields,
  ...kinesisFields,
  ...dynamodbFields,
  ...kafkaFields,
});

/** Field names of a record in each group of source types, for the plural form and for fixtures. */
export const payloadFields = {
  queue: Object.keys(queueFields),
  kinesis: Object.keys(kinesisFields),
  dynamodb: Object.keys(dynamodbFields),
  kafka: Object.keys(kafkaFields),
} as const;

export const fixtureEntry = objectOf(
  'a fixture',
  {
    file: text('Path of the fixture, relative to this file.'),
    source: text('Plural form: the name of its source.'),
    speed: speed('How many times faster than recorded.'),
    key: text('Table fixtures: the column that holds the key.'),
    time: text('Table fixtures: the column that holds the time.'),
    data: text('Table fixtures: the column that holds the data; default: the whole row as JSON.'),
  },
  ['file'],
);

export const fixtureField: SchemaNode = {
  ...fixtureEntry,
  type: ['string', 'object'],
  minLength: 1,
  description: 'A file of recorded records; or { file, speed, key, time, data }.',
  errorMessage: 'must be the path of a fixture, or { file, speed, key, time, data }',
};
