/** Failure records, byte for byte as AWS was seen to write them: cases K08, K09, K16, K25, D07, D08, and the guide. */
import type { Outcome } from '@millrace/semantics';
import { describe, expect, it } from 'vitest';
import {
  type FailureFacts,
  failureObject,
  failureObjectKey,
  failureRecord,
  failureRules,
  kafkaEntry,
  kafkaEventContext,
  notification,
  type ShardBatch,
  type TopicBatch,
  topicMessages,
} from '../src/index.ts';

const functionArn = 'arn:aws:lambda:us-east-1:111111111111:function:f';
const facts: FailureFacts = {
  requestId: 'r-1',
  functionArn,
  condition: 'RetryAttemptsExhausted',
  approximateInvokeCount: 2,
  timestampMs: Date.parse('2025-11-25T16:35:32.123Z'),
  lastOutcome: { kind: 'error', errorType: 'Error' },
};
const shard: ShardBatch = {
  kind: 'kinesis',
  shardId: 'shardId-000000000000',
  streamArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/s',
  startSequenceNumber: '1',
  endSequenceNumber: '3',
  firstArrivalMs: Date.parse('2025-11-25T16:35:20.123Z'),
  lastArrivalMs: Date.parse('2025-11-25T16:35:21.999Z'),
  batchSize: 3,
};
const head =
  `{"requestContext":{"requestId":"r-1","functionArn":"${functionArn}","condition":"RetryAttemptsExhausted",` +
  '"approximateInvokeCount":2},"responseContext":{"statusCode":200,"executedVersion":"$LATEST",' +
  '"functionError":"Unhandled"},"version":"1.0","timestamp":"2025-11-25T16:35:32.123Z",';

describe('of a shard', () => {
  it('Kinesis: arrivals in milliseconds (K08)', () => {
    expect(JSON.stringify(failureRecord(facts, shard))).toBe(
      `${head}"KinesisBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"1","endSequenceNumber":"3",` +
        '"approximateArrivalOfFirstRecord":"2025-11-25T16:35:20.123Z",' +
        '"approximateArrivalOfLastRecord":"2025-11-25T16:35:21.999Z","batchSize":3,' +
        '"streamArn":"arn:aws:kinesis:us-east-1:111111111111:stream/s"}}',
    );
  });

  it('DynamoDB: arrivals in seconds, cut off (D07)', () => {
    const text = JSON.stringify(failureRecord(facts, { ...shard, kind: 'dynamodb' }));
    expect(text.startsWith(`${head}"DDBStreamBatchInfo":{"shardId":`)).toBe(true);
    expect(text).toContain('"approximateArrivalOfFirstRecord":"2025-11-25T16:35:20Z",');
    expect(text).toContain('"approximateArrivalOfLastRecord":"2025-11-25T16:35:21Z",');
  });

  it.each<[string, Outcome, 'Unhandled' | null]>([
    ['an error', { kind: 'error', errorType: 'Error' }, 'Unhandled'],
    ['a timeout', { kind: 'timeout' }, 'Unhandled'],
    ['a report (K09)', { kind: 'partial', failed: [0] }, null],
    ['a useless report (K10)', { kind: 'invalid-response', rule: 'answer.not-json-fails-batch', reason: '' }, null],
  ])('after %s, functionError is %j', (_name, lastOutcome, functionError) => {
    expect(failureRecord({ ...facts, lastOutcome }, shard).responseContext).toEqual({
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError,
    });
  });

  it('has no responseContext when records grew too old, even after failed invocations (K25)', () => {
    const record = failureRecord({ ...facts, condition: 'RecordAgeExceeded', approximateInvokeCount: 8 }, shard);
    expect(Object.keys(record)).toEqual(['requestContext', 'version', 'timestamp', 'KinesisBatchInfo']);
    expect(record.requestContext).toMatchObject({ condition: 'RecordAgeExceeded', approximateInvokeCount: 8 });
  });

  it.each([
    [functionArn, '$LATEST'],
    [`${functionArn}:7`, '7'],
    [`${functionArn}:live`, '$LATEST'],
  ])('of %s, the executed version is %s', (arn, version) => {
    expect(failureRecord({ ...facts, functionArn: arn }, shard).responseContext?.executedVersion).toBe(version);
  });
});

const context = kafkaEventContext({
  kind: 'msk',
  topic: 'orders',
  eventSourceArn: 'arn:aws:kafka:us-east-1:111111111111:cluster/c/1',
  bootstrapServers: ['b-1:9092', 'b-2:9092'],
});
const topic: TopicBatch = {
  kind: 'msk',
  eventSourceArn: 'arn:aws:kafka:us-east-1:111111111111:cluster/c/1',
  bootstrapServers: context.bootstrapServers,
  payloadBytes: 1162,
  batchSize: 3,
  partitions: [
    { topicPartition: 'orders-0', firstOffset: 49, lastOffset: 50, firstTimestampMs: 1000, lastTimestampMs: 2500 },
    { topicPartition: 'orders-10', firstOffset: 7, lastOffset: 7, firstTimestampMs: 0, lastTimestampMs: 0 },
  ],
};

describe('of a topic', () => {
  it('says which offsets of which partitions', () => {
    expect(JSON.stringify(failureRecord(facts, topic))).toBe(
      `${head}"KafkaBatchInfo":{"batchSize":3,"eventSourceArn":"arn:aws:kafka:us-east-1:111111111111:cluster/c/1",` +
        '"bootstrapServers":"b-1:9092,b-2:9092","payloadSize":1162,"recordsInfo":{' +
        '"orders-0":{"firstRecordOffset":"49","lastRecordOffset":"50","firstRecordTimestamp":"1970-01-01T00:00:01.000Z",' +
        '"lastRecordTimestamp":"1970-01-01T00:00:02.500Z"},' +
        '"orders-10":{"firstRecordOffset":"7","lastRecordOffset":"7","firstRecordTimestamp":"1970-01-01T00:00:00.000Z",' +
        '"lastRecordTimestamp":"1970-01-01T00:00:00.000Z"}}}}',
    );
  });

  it('has a null responseContext when a record fits no event', () => {
    const record = failureRecord({ ...facts, condition: 'MaximumPayloadSizeExceeded' }, topic);
    expect(record.responseContext).toBeNull();
    expect(Object.hasOwn(record, 'responseContext')).toBe(true);
  });

  const record = (key: string | null) => ({ key, value: 'djE=', headers: [] });
  const entries = [
    kafkaEntry({ index: 49, arrivalMs: 1000, record: record('azE=') }, 0, context),
    kafkaEntry({ index: 50, arrivalMs: 2500, record: record(null) }, 0, context),
  ];

  it('is one message per record for a topic, under the record’s key', () => {
    const messages = topicMessages(facts, entries, context);
    expect(messages.map(({ key }) => key)).toEqual(['azE=', null]);
    const payload =
      '{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:us-east-1:111111111111:cluster/c/1",' +
      '"bootstrapServers":"b-1:9092,b-2:9092","records":{"orders-0":[{"topic":"orders","partition":0,"offset":49,' +
      '"timestamp":1000,"timestampType":"CREATE_TIME","key":"azE=","value":"djE=","headers":[]}]}}';
    expect(JSON.stringify(messages[0]?.value)).toBe(
      `{"requestContext":{"requestId":"r-1","functionArn":"${functionArn}:$LATEST","condition":"RetriesExhausted",` +
        '"approximateInvokeCount":2},"responseContext":{"statusCode":200,"executedVersion":"$LATEST",' +
        '"functionError":"Unhandled"},"version":"1.0","timestamp":"2025-11-25T16:35:32.123Z",' +
        '"KafkaBatchInfo":{"batchSize":1,"eventSourceArn":"arn:aws:kafka:us-east-1:111111111111:cluster/c/1",' +
        `"bootstrapServers":"b-1:9092,b-2:9092","payloadSize":${payload.length},` +
        `"recordInfo":{"offset":"49","timestamp":"1970-01-01T00:00:01.000Z"}},"payload":${payload}}`,
    );
  });

  it('keeps the other conditions, and a qualifier that is there', () => {
    const aged: FailureFacts = { ...facts, condition: 'RecordAgeExceeded', functionArn: `${functionArn}:7` };
    const [message] = topicMessages(aged, entries, context);
    expect(message?.value.requestContext).toMatchObject({
      condition: 'RecordAgeExceeded',
      functionArn: `${functionArn}:7`,
    });
    expect(message?.value).not.toHaveProperty('responseContext');
  });
});

describe('at its destination', () => {
  it('S3: under a path of its time, with the event as text (D08)', () => {
    const uuid = 'b5a5d2c8-0000-4000-8000-000000000000';
    const at = Date.parse('2026-01-02T03:04:05.678Z');
    expect(failureObjectKey(uuid, shard, at, 'u-1')).toBe(
      `aws/lambda/${uuid}/shardId-000000000000/2026/01/02/2026-01-02T03.04.05-u-1`,
    );
    expect(failureObjectKey(uuid, topic, at, 'u-1')).toBe(
      `aws/lambda/${uuid}/orders-0/2026/01/02/2026-01-02T03.04.05-u-1`,
    );
    const object = failureObject(failureRecord(facts, shard), { Records: [{ body: '"' }] });
    expect(object.payload).toBe('{"Records":[{"body":"\\""}]}');
    expect(Object.keys(object).slice(-2)).toEqual(['KinesisBatchInfo', 'payload']);
  });

  it('SNS: as the Message of a notification (K16)', () => {
    const record = failureRecord(facts, shard);
    const envelope = notification('arn:aws:sns:us-east-1:111111111111:t', 'm-1', record, facts.timestampMs);
    expect(envelope).toMatchObject({ Type: 'Notification', Timestamp: '2025-11-25T16:35:32.123Z' });
    expect(JSON.parse(envelope.Message)).toEqual(record);
  });
});

describe('rules', () => {
  const after = (lastOutcome: Outcome) => ({ condition: 'RetryAttemptsExhausted', lastOutcome }) as const;

  it.each([
    ['failure-record.unhandled-after-function-error', after({ kind: 'timeout' }), 'sqs'],
    ['failure-record.no-function-error-after-report', after({ kind: 'partial', failed: [0] }), 'sns'],
    ['failure-record.no-response-context-on-age', { condition: 'RecordAgeExceeded' }, 'sqs'],
    ['failure-record.null-response-context-on-oversized', { condition: 'MaximumPayloadSizeExceeded' }, 'sqs'],
    ['failure-record.object-holds-event', after({ kind: 'timeout' }), 's3'],
    ['failure-record.topic-message-per-record', after({ kind: 'timeout' }), 'kafka'],
  ] as const)('%s', (rule, what, destination) => {
    expect(failureRules(what, destination)[0]).toBe(rule);
  });

  it('of what is in the record follow those of the destination', () => {
    expect(failureRules({ condition: 'RecordAgeExceeded' }, 's3')).toEqual([
      'failure-record.object-holds-event',
      'failure-record.no-response-context-on-age',
    ]);
  });
});
