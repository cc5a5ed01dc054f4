/** Counted sizes are the sizes of the JSON itself, whatever a record holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dynamodbEntry,
  dynamodbEntryBytes,
  dynamodbEventContext,
  eventBytes,
  integerBytes,
  jsonBytes,
  jsonStringBytes,
  kafkaEntry,
  kafkaEntryBytes,
  kafkaEvent,
  kafkaEventContext,
  kafkaPartitionBytes,
  kinesisEntry,
  kinesisEntryBytes,
  kinesisEventContext,
  REQUEST_LIMIT_BYTES,
  RESPONSE_LIMIT_BYTES,
  recordsEvent,
  sqsEntry,
  sqsEntryBytes,
  sqsEventContext,
  utf8Bytes,
  windowEnvelopeBytes,
  windowEvent,
} from '../src/index.ts';
import { change, kinesisRecord, message, placed, text, topicRecord } from './arbitraries.ts';

/** The measure of all of this: what the platform itself makes of a value. */
function trueBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}

const sequence = fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const SHARD = 'shardId-000000000007';

describe('texts and plain data', () => {
  it.each([
    ['', 2],
    ['plain', 7],
    ['"', 4],
    ['\\', 4],
    ['\n', 4],
    ['\u0001', 8],
    ['\u007f', 3],
    ['é', 4],
    ['€', 5],
    ['😀', 6],
    ['\ud83d', 8],
    ['\ude00', 8],
    ['\u2028', 5],
  ])('%j takes %i bytes as a JSON string', (value, bytes) => {
    expect(jsonStringBytes(value)).toBe(bytes);
    expect(trueBytes(value)).toBe(bytes);
  });

  it('counts any text as JSON and as UTF-8', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(jsonStringBytes(value)).toBe(trueBytes(value));
        expect(utf8Bytes(value)).toBe(Buffer.byteLength(value, 'utf8'));
      }),
      { numRuns: 2000 },
    );
  });

  it('counts whole numbers and any JSON value', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => void expect(integerBytes(value)).toBe(trueBytes(value))));
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(jsonBytes(value)).toBe(trueBytes(value))));
    expect(jsonBytes({ a: undefined, b: Number.NaN })).toBe(trueBytes({ a: undefined, b: Number.NaN }));
    expect([integerBytes(9), integerBytes(10), integerBytes(-128), integerBytes(1e21)]).toEqual([1, 2, 4, 5]);
  });
});

describe('an event is as long as its envelope, its entries and the commas between them', () => {
  it('SQS, with and without a batching window', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.constantFrom(0, 1000),
        text,
        (messages, batchWindowMs, odd) => {
          const context = sqsEventContext({ region: odd, eventSourceArn: `arn:${odd}`, batchWindowMs, senderId: odd });
          const sizes = messages.map((each) => sqsEntryBytes(each, context));
          const entries = messages.map((each) => sqsEntry(each, context));
          expect(sizes).toEqual(entries.map(trueBytes));
          const counted = eventBytes(context.envelopeBytes, sum(sizes), sizes.length);
          expect(counted).toBe(trueBytes(recordsEvent(entries)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('Kinesis', () => {
    fc.assert(
      fc.property(fc.array(placed(kinesisRecord), { maxLength: 4 }), text, sequence, (records, odd, sequenceNumber) => {
        const context = kinesisEventContext({ region: odd, eventSourceArn: odd, invokeIdentityArn: `role/${odd}` });
        const sizes = records.map((each) => kinesisEntryBytes(each, sequenceNumber, SHARD, context));
        const entries = records.map((each) => kinesisEntry(each, sequenceNumber, SHARD, context));
        expect(sizes).toEqual(entries.map(trueBytes));
        const counted = eventBytes(context.envelopeBytes, sum(sizes), sizes.length);
        expect(counted).toBe(trueBytes(recordsEvent(entries)));
      }),
      { numRuns: 500 },
    );
  });

  it('DynamoDB, in each view type', () => {
    const viewTypes = fc.constantFrom('NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY');
    fc.assert(
      fc.property(fc.array(placed(change), { maxLength: 3 }), viewTypes, text, (changes, viewType, odd) => {
        const context = dynamodbEventContext({ region: odd, eventSourceArn: odd, viewType });
        const sizes = changes.map((each) => dynamodbEntryBytes(each, odd, context));
        const entries = changes.map((each) => dynamodbEntry(each, odd, context));
        expect(sizes).toEqual(entries.map(trueBytes));
        const counted = eventBytes(context.envelopeBytes, sum(sizes), sizes.length);
        expect(counted).toBe(trueBytes(recordsEvent(entries)));
      }),
      { numRuns: 500 },
    );
  });

  it('Kafka, whose partitions each add their key once', () => {
    const kinds = fc.constantFrom('msk', 'self-managed-kafka');
    const parted = fc.array(fc.tuple(placed(topicRecord), fc.integer({ min: 0, max: 12 })), { maxLength: 6 });
    const timestampTypes = fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME');
    fc.assert(
      fc.property(parted, kinds, text, timestampTypes, (records, kind, odd, timestampType) => {
        const options = { kind, topic: `t-${odd}`, bootstrapServers: [odd, 'b-2:9092'], timestampType } as const;
        const context = kafkaEventContext({ ...options, eventSourceArn: odd });
        const sizes = records.map(([record, partition]) => kafkaEntryBytes(record, partition, context));
        const entries = records.map(([record, partition]) => kafkaEntry(record, partition, context));
        expect(sizes).toEqual(entries.map(trueBytes));
        const partitions = [...new Set(records.map(([, partition]) => partition))];
        const partitionBytes = sum(partitions.map((partition) => kafkaPartitionBytes(partition, context)));
        const counted = eventBytes(context.envelopeBytes, sum(sizes) + partitionBytes, sizes.length);
        expect(counted).toBe(trueBytes(kafkaEvent(entries, context)));
      }),
      { numRuns: 500 },
    );
  });

  it('a tumbling window, whose envelope grows with its state', () => {
    const states = fc.jsonValue();
    fc.assert(
      fc.property(states, fc.boolean(), fc.boolean(), text, (state, isFinal, isTerminatedEarly, odd) => {
        const place = { startMs: 1_596_124_800_000, endMs: 1_596_125_100_000, shardId: odd, eventSourceArn: odd };
        const window = { ...place, state, isFinal, isTerminatedEarly };
        expect(windowEnvelopeBytes(window)).toBe(trueBytes(windowEvent([], window)));
      }),
    );
  });
});

it('limits are those of AWS: 6 MiB for a request, a hundred bytes more for a response', () => {
  expect(REQUEST_LIMIT_BYTES).toBe(6 * 1024 * 1024);
  expect(RESPONSE_LIMIT_BYTES - REQUEST_LIMIT_BYTES).toBe(100);
});
