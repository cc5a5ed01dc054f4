/** Events as AWS was seen to send them: cases S03, S12, D02 to D17, and the samples of the Lambda Developer Guide. */

import nodeCrypto from 'node:crypto';
import type { AttributeMap, ChangeRecord, ReceivedMessage, SentMessage, TopicRecord } from '@millrace/semantics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBase64,
  decodedLength,
  dynamodbEntry,
  dynamodbEventContext,
  eventRules,
  kafkaEntry,
  kafkaEvent,
  kafkaEventContext,
  kinesisEntry,
  kinesisEventContext,
  md5Hex,
  md5HexOfBytes,
  md5OfMessageAttributes,
  numberSizeBytes,
  recordsEvent,
  type StreamViewType,
  sqsEntry,
  sqsEventContext,
  streamRecordSizeBytes,
  windowEvent,
} from '../src/index.ts';
import { btoaOf, text } from './arbitraries.ts';

const region = 'us-east-1';
const queueArn = 'arn:aws:sqs:us-east-1:123456789012:orders';

function received(sent: SentMessage, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    sent,
    sentAtMs: 1_545_082_649_183,
    receiveCount: 1,
    firstReceivedAtMs: 1_545_082_649_185,
    visibleAtMs: 1_545_082_679_185,
    ...more,
  };
}

function queueContext(batchWindowMs: number) {
  return sqsEventContext({ region, eventSourceArn: queueArn, batchWindowMs, senderId: 'AIDAIENQZJOLO23YVJ4VO' });
}

describe('SQS', () => {
  it('shows an ordinary message in the recorded order of keys', () => {
    expect(JSON.stringify(sqsEntry(received({ body: 'text' }), queueContext(0)))).toBe(
      '{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",' +
        '"body":"text","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1545082649183",' +
        '"SenderId":"AIDAIENQZJOLO23YVJ4VO","ApproximateFirstReceiveTimestamp":"1545082649185"},"messageAttributes":{},' +
        '"md5OfBody":"1cb251ec0d568de6a929b520c4aed8d1","eventSource":"aws:sqs",' +
        '"eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:orders","awsRegion":"us-east-1"}',
    );
  });

  it('shows the digest of no attributes as null with a window, and not at all without one (S12, S02)', () => {
    const withWindow = sqsEntry(received({ body: '{"foo":"bar"}', attributes: {} }), queueContext(1000));
    const without = sqsEntry(received({ body: '{"foo":"bar"}', attributes: {} }), queueContext(0));
    expect(withWindow.md5OfMessageAttributes).toBeNull();
    expect(Object.hasOwn(without, 'md5OfMessageAttributes')).toBe(false);
    expect(eventRules(recordsEvent([withWindow]))).toEqual(['event.attributes-digest-null-with-window']);
    expect(eventRules(recordsEvent([without]))).toEqual([]);
  });

  const s03 = {
    Title: { dataType: 'String', stringValue: 'The Whistler' },
    Author: { dataType: 'String', stringValue: 'John Grisham' },
    WeeksOn: { dataType: 'Number', stringValue: '6' },
  };

  it.each([0, 1000])('shows attributes and their digest as in S03 (window %i ms)', (batchWindowMs) => {
    const entry = sqsEntry(received({ body: '{"fail_attempts": 0}', attributes: s03 }), queueContext(batchWindowMs));
    expect(entry.body).toBe('{"fail_attempts": 0}');
    expect(entry.md5OfMessageAttributes).toBe('d25a6aea97eb8f585bfa92d314504a92');
    expect(JSON.stringify(entry.messageAttributes.WeeksOn)).toBe(
      '{"stringValue":"6","stringListValues":[],"binaryListValues":[],"dataType":"Number"}',
    );
    expect(Object.keys(entry).slice(4, 7)).toEqual(['messageAttributes', 'md5OfMessageAttributes', 'md5OfBody']);
  });

  it('digests attributes by name, whatever the order in which they were sent', () => {
    const shuffled = { WeeksOn: s03.WeeksOn, Author: s03.Author, Title: s03.Title };
    expect(md5OfMessageAttributes(shuffled)).toBe(md5OfMessageAttributes(s03));
  });

  it('digests binary values as their bytes, with their own kind', () => {
    const binary = { a: { dataType: 'Binary', binaryValue: btoaOf(Uint8Array.of(0, 255)) } };
    const prefixed = (bytes: readonly number[]) => [0, 0, 0, bytes.length, ...bytes];
    const ascii = (name: string) => prefixed([...Buffer.from(name)]);
    const bytes = [...ascii('a'), ...ascii('Binary'), 2, ...prefixed([0, 255])];
    const expected = createMd5(Uint8Array.from(bytes));
    expect(md5OfMessageAttributes(binary)).toBe(expected);
    expect(sqsEntry(received({ body: '', attributes: binary }), queueContext(0)).messageAttributes.a).toEqual({
      binaryValue: 'AP8=',
      stringListValues: [],
      binaryListValues: [],
      dataType: 'Binary',
    });
  });

  it('adds what FIFO queues, dead-letter queues and tracing add', () => {
    const sent = { body: 'b', groupId: 'g', dedupId: 'd', traceHeader: 'Root=1-5e1b4151', senderId: 'me' };
    const more = { sequenceNumber: '18849496460467696128', deadLetterSourceArn: `${queueArn}-source`, receiveCount: 3 };
    expect(Object.entries(sqsEntry(received(sent, more), queueContext(0)).attributes)).toEqual([
      ['ApproximateReceiveCount', '3'],
      ['AWSTraceHeader', 'Root=1-5e1b4151'],
      ['SentTimestamp', '1545082649183'],
      ['SequenceNumber', '18849496460467696128'],
      ['MessageGroupId', 'g'],
      ['SenderId', 'me'],
      ['MessageDeduplicationId', 'd'],
      ['ApproximateFirstReceiveTimestamp', '1545082649185'],
      ['DeadLetterQueueSourceArn', `${queueArn}-source`],
    ]);
  });

  it('shows the SHA-256 of the body as deduplication id when the queue made it', () => {
    const message = received({ body: 'abc', groupId: 'g' }, { sequenceNumber: '18849496460467696128' });
    expect(sqsEntry(message, queueContext(0)).attributes.MessageDeduplicationId).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('shows the group of a fair standard queue without FIFO attributes', () => {
    const { attributes } = sqsEntry(received({ body: 'b', groupId: 'tenant' }), queueContext(0));
    expect(attributes.MessageGroupId).toBe('tenant');
    expect(attributes).not.toHaveProperty('MessageDeduplicationId');
  });

  it('keeps an attribute that is called __proto__', () => {
    const attributes = JSON.parse('{"__proto__":{"dataType":"String","stringValue":"x"}}');
    const entry = sqsEntry(received({ body: 'b', attributes }), queueContext(0));
    expect(Object.keys(entry.messageAttributes)).toEqual(['__proto__']);
  });
});

function createMd5(bytes: Uint8Array): string {
  return nodeCrypto.createHash('md5').update(bytes).digest('hex');
}

describe('Kinesis', () => {
  const context = kinesisEventContext({
    region,
    eventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/consumer',
  });

  it('shows a record in the recorded order of keys, its arrival in seconds with milliseconds', () => {
    const placed = { index: 0, arrivalMs: 1_545_084_650_987, record: { partitionKey: '1', data: 'SGVsbG8=' } };
    expect(JSON.stringify(kinesisEntry(placed, '4959033', 'shardId-000000000006', context))).toBe(
      '{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"4959033","data":"SGVsbG8=",' +
        '"approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","eventVersion":"1.0",' +
        '"eventID":"shardId-000000000006:4959033","eventName":"aws:kinesis:record",' +
        '"invokeIdentityArn":"arn:aws:iam::123456789012:role/consumer","awsRegion":"us-east-1",' +
        '"eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders"}',
    );
  });

  it('wraps a final window around no records at all', () => {
    const event = windowEvent([], {
      startMs: Date.parse('2020-07-30T17:00:00Z'),
      endMs: Date.parse('2020-07-30T17:05:00Z'),
      state: { 1: 282 },
      shardId: 'shardId-000000000006',
      eventSourceArn: context.eventSourceArn,
      isFinal: true,
      isTerminatedEarly: false,
    });
    expect(JSON.stringify(event)).toBe(
      '{"Records":[],"window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},"state":{"1":282},' +
        '"shardId":"shardId-000000000006","eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders",' +
        '"isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}',
    );
    expect(eventRules(event)).toEqual(['event.final-window-without-records']);
  });
});

describe('DynamoDB', () => {
  const streamArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2025-02-22T03:03:25.490';
  const contextOf = (viewType: StreamViewType) => dynamodbEventContext({ region, eventSourceArn: streamArn, viewType });
  const at = (record: ChangeRecord) => ({ index: 0, arrivalMs: 1_764_088_519_999, record });
  const keys: AttributeMap = { id: { S: 'a' } };
  const change: ChangeRecord = { op: 'MODIFY', keys, newImage: { ...keys, n: { N: '2' } }, oldImage: keys };

  it('shows a record in the recorded order of keys, its creation in whole seconds (D02)', () => {
    const item: AttributeMap = { my_partition_key: { S: 'hello world' }, binary_key: { B: 'Zm9vYmFy' } };
    const record: ChangeRecord = { op: 'INSERT', keys: { my_partition_key: { S: 'hello world' } }, newImage: item };
    const entry = dynamodbEntry(at(record), '111', contextOf('NEW_IMAGE'));
    expect(entry.eventID).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify({ ...entry, eventID: '' })).toBe(
      '{"eventID":"","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",' +
        '"dynamodb":{"ApproximateCreationDateTime":1764088519,"Keys":{"my_partition_key":{"S":"hello world"}},' +
        '"NewImage":{"my_partition_key":{"S":"hello world"},"binary_key":{"B":"Zm9vYmFy"}},"SequenceNumber":"111",' +
        `"SizeBytes":70,"StreamViewType":"NEW_IMAGE"},"eventSourceARN":"${streamArn}"}`,
    );
  });

  it.each<[StreamViewType, boolean, boolean, number]>([
    ['KEYS_ONLY', false, false, 3],
    ['NEW_IMAGE', true, false, 9],
    ['OLD_IMAGE', false, true, 6],
    ['NEW_AND_OLD_IMAGES', true, true, 12],
  ])('%s: new image %s, old image %s, SizeBytes %i', (viewType, hasNew, hasOld, sizeBytes) => {
    const { dynamodb } = dynamodbEntry(at(change), '1', contextOf(viewType));
    expect(Object.hasOwn(dynamodb, 'NewImage')).toBe(hasNew);
    expect(Object.hasOwn(dynamodb, 'OldImage')).toBe(hasOld);
    expect(dynamodb.SizeBytes).toBe(sizeBytes);
  });

  it('gives the same record the same id, and another record another', () => {
    const id = (sequenceNumber: string) => dynamodbEntry(at(change), sequenceNumber, contextOf('KEYS_ONLY')).eventID;
    expect(id('1')).toBe(id('1'));
    expect(id('1')).not.toBe(id('2'));
  });

  it('says who deleted an expired item, before the ARN', () => {
    const entry = dynamodbEntry(at({ op: 'REMOVE', keys, oldImage: keys, ttl: true }), '1', contextOf('KEYS_ONLY'));
    expect(entry.userIdentity).toEqual({ type: 'Service', principalId: 'dynamodb.amazonaws.com' });
    expect(Object.keys(entry).slice(-2)).toEqual(['userIdentity', 'eventSourceARN']);
    expect(eventRules(recordsEvent([entry]))).toEqual([
      'event.ttl-delete-has-user-identity',
      'event.view-type-decides-images',
    ]);
  });

  it('hands out copies, so that a function cannot change the stream', () => {
    const entry = dynamodbEntry(at(change), '1', contextOf('NEW_IMAGE'));
    expect(entry.dynamodb.NewImage).toEqual(change.newImage);
    Object.assign(entry.dynamodb.NewImage?.n ?? {}, { N: '3' });
    expect(change.newImage?.n).toEqual({ N: '2' });
  });

  const id = (value: string) => ({ id: { S: value } });
  it.each<[string, number, AttributeMap, AttributeMap]>([
    ['D08', 54, { my_partition_key: { S: 'hello world' } }, {}],
    ['D09', 32, id('id_value'), { id2: { S: 'id2_value' } }],
    ['D11', 20, id('id_value'), {}],
    ['D12', 46, id('id_value_1'), { presentKey: { S: 'presentValue' } }],
    ['D15', 39, id('id_value_1'), { numericFilter: { N: '42' } }],
    ['D16', 47, id('id_value_1'), { prefix: { S: 'us-1-other-suffix' } }],
    ['D17', 24, id('id_value_1'), {}],
  ])('%s: SizeBytes %i', (_id, sizeBytes, itemKeys, rest) => {
    const record: ChangeRecord = { op: 'INSERT', keys: itemKeys, newImage: { ...itemKeys, ...rest } };
    expect(streamRecordSizeBytes(record, 'NEW_AND_OLD_IMAGES')).toBe(sizeBytes);
  });

  it.each<[string, number, AttributeMap]>([
    ['one byte for truth and null', 4, { a: { BOOL: false }, b: { NULL: true } }],
    ['a list: three, and one more per element', 1 + 3 + 1 + 2 + 1 + 1, { l: { L: [{ S: 'xy' }, { NULL: true }] } }],
    ['a map: three, and one more per entry', 1 + 3 + 1 + 1 + 2, { m: { M: { k: { S: 'é' } } } }],
    [
      'sets: the sum of their elements',
      2 + 3 + 2 + 4 + 2 + 2,
      { ss: { SS: ['a', 'bc'] }, ns: { NS: ['1', '2'] }, bs: { BS: ['AP8='] } },
    ],
  ])('counts %s', (_name, sizeBytes, item) => {
    expect(streamRecordSizeBytes({ op: 'INSERT', keys: item }, 'KEYS_ONLY')).toBe(sizeBytes);
  });

  it.each([
    ['0', 1],
    ['0.00', 1],
    ['-0', 1],
    ['1', 2],
    ['42', 2],
    ['-42', 3],
    ['101', 3],
    ['100', 2],
    ['1000', 2],
    ['10001', 4],
    ['0.5', 2],
    ['0.005', 2],
    ['12.34', 3],
    ['1.5e3', 2],
    ['1E-130', 2],
    ['12345678901234567890123456789012345678', 20],
    ['-1234567890123456789012345678901234567.8', 21],
  ])('a number %s takes %i bytes', (number, bytes) => {
    expect(numberSizeBytes(number)).toBe(bytes);
  });
});

describe('Kafka', () => {
  const bootstrapServers = ['b-1.demo:9092', 'b-2.demo:9092'];
  const eventSourceArn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/1';
  const msk = kafkaEventContext({ kind: 'msk', topic: 'mytopic', eventSourceArn, bootstrapServers });
  const at = (index: number, record: Partial<TopicRecord> = {}) => ({
    index,
    arrivalMs: 1_545_084_650_987,
    record: { key: 'a2V5', value: 'dmFsdWU=', headers: [], ...record },
  });

  it('shows a batch of two partitions as lists by topic-partition', () => {
    const headers = [{ key: 'headerKey', value: btoaOf(Uint8Array.of(104, 128, 255, 0)) }];
    const entries = [kafkaEntry(at(15, { headers }), 0, msk), kafkaEntry(at(7), 10, msk), kafkaEntry(at(16), 0, msk)];
    const entry = (partition: number, offset: number, shownHeaders: string) =>
      `{"topic":"mytopic","partition":${partition},"offset":${offset},"timestamp":1545084650987,` +
      `"timestampType":"CREATE_TIME","key":"a2V5","value":"dmFsdWU=","headers":[${shownHeaders}]}`;
    const event = kafkaEvent(entries, msk);
    expect(JSON.stringify(event)).toBe(
      `{"eventSource":"aws:kafka","eventSourceArn":"${eventSourceArn}",` +
        '"bootstrapServers":"b-1.demo:9092,b-2.demo:9092","records":{' +
        `"mytopic-0":[${entry(0, 15, '{"headerKey":[104,-128,-1,0]}')},${entry(0, 16, '')}],` +
        `"mytopic-10":[${entry(10, 7, '')}]}}`,
    );
    expect(eventRules(event)).toEqual(['event.kafka-headers-as-signed-bytes']);
  });

  it('has no ARN on a cluster of one’s own', () => {
    const own = kafkaEventContext({ kind: 'self-managed-kafka', topic: 't', eventSourceArn, bootstrapServers });
    expect(kafkaEvent([], own)).toEqual({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: 'b-1.demo:9092,b-2.demo:9092',
      records: {},
    });
  });

  it('leaves out a missing key and the value of a tombstone', () => {
    const entry = kafkaEntry(at(1, { key: null, value: null }), 0, msk);
    expect(Object.keys(entry)).toEqual(['topic', 'partition', 'offset', 'timestamp', 'timestampType', 'headers']);
    expect(eventRules(kafkaEvent([entry], msk))).toEqual(['event.kafka-null-is-absent']);
    expect(kafkaEntry(at(1, { key: '', value: '' }), 0, msk)).toMatchObject({ key: '', value: '' });
  });

  it('shows the producer’s time, or the broker’s where the topic says so', () => {
    const broker = kafkaEventContext({ kind: 'msk', topic: 't', bootstrapServers, timestampType: 'LOG_APPEND_TIME' });
    const record = at(1, { timestampMs: 5 });
    expect(kafkaEntry(record, 0, msk)).toMatchObject({ timestamp: 5, timestampType: 'CREATE_TIME' });
    expect(kafkaEntry(record, 0, broker)).toMatchObject({
      timestamp: 1_545_084_650_987,
      timestampType: 'LOG_APPEND_TIME',
    });
  });
});

it('base64 becomes the bytes it stands for', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect([...decodeBase64(btoaOf(bytes))]).toEqual([...bytes]);
      expect(decodedLength(btoaOf(bytes))).toBe(bytes.length);
    }),
  );
});

describe('MD5', () => {
  it('of nothing is known', () => {
    expect(md5Hex('')).toBe('d41d8cd98f00b204e9800998ecf8427e');
  });

  it('of a text is that of its UTF-8 bytes, at every length around a block', () => {
    for (let length = 0; length < 300; length++) {
      const plain = 'a\u007f'.repeat(length).slice(0, length);
      expect(md5Hex(plain)).toBe(createMd5(Buffer.from(plain)));
      expect(md5Hex(`é${plain}😀`)).toBe(createMd5(Buffer.from(`é${plain}😀`)));
    }
  });

  it('of any bytes, long after short and short after long', () => {
    const sizes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 2000, maxLength: 5000 }));
    fc.assert(fc.property(sizes, (bytes) => void expect(md5HexOfBytes(bytes)).toBe(createMd5(bytes))));
    fc.assert(fc.property(text, (value) => void expect(md5Hex(value)).toBe(createMd5(Buffer.from(value)))));
  });
});
