/**
 * The JSON Schema (2020-12) of the scenario file, singular and plural form, as `millrace schema` prints it and editors
 * complete it. What depends on several places at once (names, ids, ranges) is checked when the scenario is read.
 */
import { eventEntry } from './events.ts';
import { expectations } from './expect.ts';
import { functionEntry } from './functions.ts';
import { mappingEntry, parameters } from './mapping.ts';
import { anything, duration, flag, listOf, objectOf, ref, type SchemaNode, speed, text, whole } from './node.ts';
import {
  anyRecord,
  dynamodbRecord,
  fixtureEntry,
  fixtureField,
  kafkaRecord,
  kinesisRecord,
  queueRecord,
} from './records.ts';
import { dynamodbSource, kafkaSource, kinesisSource, queueSource } from './sources.ts';

const head: Record<string, SchemaNode> = {
  scenario: text('Name of the scenario; default: the name of the file.'),
  seed: whole('Seed of all that is random: same file and same seed, same result.', 0, {
    maximum: Number.MAX_SAFE_INTEGER,
    default: 1,
  }),
  start: text('Virtual time zero, ISO 8601.', { default: '2026-01-01T00:00:00Z' }),
  until: duration('Stop at this virtual time; default: run until nothing can happen any more.'),
  region: text('AWS region.', { default: 'us-east-1' }),
  accountId: text('AWS account, 12 digits in quotes.', {
    pattern: '^\\d{12}$',
    default: '123456789012',
    errorMessage: 'must be text of 12 digits (put it in quotes)',
  }),
  account: objectOf('account', {
    concurrency: whole("The region's pool of concurrency.", 0, { default: 1000 }),
  }),
  transitions: duration('How long Creating, Enabling, Disabling, Updating and Deleting last.', '0s'),
  choices: objectOf('choices', {
    sqsScaling: {
      type: ['string', 'integer'],
      pattern: '^(current|2023)$',
      minimum: 2023,
      maximum: 2023,
      default: 'current',
      description: 'Ramp of a standard queue: today +300 a minute up to 1,250; in 2023 +60 a minute up to 1,000.',
      errorMessage: 'must be current or 2023',
    },
    effectiveVisibility: flag('With a batch window, hide messages for window + function timeout + 30 s.', true),
    backoff: objectOf('backoff', {
      base: duration('Wait before the first retry on streams and Kafka; it doubles.', '250ms'),
      cap: duration('The longest wait.', '60s'),
    }),
    strictFilters: flag("Refuse filter operators that are not in Lambda's own table.", false),
  }),
};

const body: Record<string, SchemaNode> = {
  source: ref('source'),
  sources: listOf(ref('source'), 'Plural form.'),
  mapping: ref('parameters'),
  mappings: listOf(ref('mapping'), 'Plural form.'),
  mappingCreatedAt: duration('Virtual time at which the mapping is created.', '0s'),
  function: ref('function'),
  functions: listOf(ref('function'), 'Plural form.'),
  records: listOf({ type: 'object', title: 'a record' }, 'What arrives when.'),
  fixture: fixtureField,
  speed: speed("How many times faster than recorded the fixture's records arrive."),
  fixtures: listOf(ref('fixture'), 'Plural form.'),
  events: listOf(ref('event'), 'What happens, or goes wrong, when.'),
  expect: ref('expect'),
  redis: text('Live only: address of the Redis to use, such as redis://127.0.0.1:6379; REDIS_URL goes before it.'),
  load: anything('Live only.'),
};

function recordsOf(types: readonly string[], definition: string): SchemaNode {
  return {
    if: {
      required: ['source'],
      properties: { source: { type: 'object', required: ['type'], properties: { type: { enum: types } } } },
    },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
    then: { properties: { records: { items: ref(definition) } } },
  };
}

export const scenarioSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://millrace.dev/schema/scenario.json',
  ...objectOf('a scenario', { ...head, ...body }),
  description:
    'A Millrace scenario: sources, mappings, functions, what arrives when, what goes wrong when, what must come out.',
  allOf: [
    recordsOf(['sqs', 'sqs-fifo'], 'queueRecord'),
    recordsOf(['kinesis'], 'kinesisRecord'),
    recordsOf(['dynamodb'], 'dynamodbRecord'),
    recordsOf(['msk', 'self-managed-kafka'], 'kafkaRecord'),
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
    { if: { required: ['sources'] }, then: { properties: { records: { items: ref('anyRecord') } } } },
  ],
  $defs: {
    source: {
      type: 'object',
      title: 'a source',
      required: ['type'],
      discriminator: { propertyName: 'type' },
      oneOf: [queueSource, kinesisSource, dynamodbSource, kafkaSource],
    },
    parameters,
    mapping: mappingEntry,
    function: functionEntry,
    queueRecord,
    kinesisRecord,
    dynamodbRecord,
    kafkaRecord,
    anyRecord,
    fixture: fixtureEntry,
    event: eventEntry,
    expect: expectations,
  },
} as const satisfies SchemaNode;
