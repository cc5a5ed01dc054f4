/** The parts of a Kafka poller, one by one. */
import { jsonBytes, kafkaEntry } from '@millrace/aws-shapes';
import { describe, expect, test } from 'vitest';
import { TopicUnavailable } from '../src/client.ts';
import { runsOf } from '../src/kafka/assigner.ts';
import { problemOf } from '../src/kafka/problems.ts';
import { polledOf } from '../src/kafka/records.ts';
import { Place } from '../src/place.ts';
import { TextPolled, type TopicPolled } from '../src/polled.ts';
import { offsetOf, partitionOf, positionOf, problemOfPlace } from '../src/position.ts';
import { context, lanes, records } from './support/records.ts';

test('a position is partition and offset, as long as the number is exact', () => {
  for (const [partition, offset] of [
    [0, 0],
    [65_535, 2 ** 37 - 1],
    [7, 123_456_789_012],
  ] as const) {
    const position = positionOf(partition, offset);
    expect(Number.isSafeInteger(position)).toBe(true);
    expect([partitionOf(position), offsetOf(position)]).toEqual([partition, offset]);
  }
  expect(problemOfPlace('t', 65_535, 2 ** 37 - 1)).toBeUndefined();
  expect(problemOfPlace('t', 65_536, 0)).toBe(
    'Partition 65536 of topic t cannot be read: Millrace reads the partitions 0 to 65535.',
  );
  expect(problemOfPlace('t', 1, 2 ** 37)).toBe(
    'Offset 137438953472 of t-1 cannot be read: Millrace reads offsets below 137438953472.',
  );
});

test('partitions are divided in runs, the first ones longer', () => {
  expect([...runsOf(['a', 'b', 'c'], [4, 0, 2, 1, 3, 10, 5])]).toEqual([
    ['a', [0, 1, 2]],
    ['b', [3, 4]],
    ['c', [5, 10]],
  ]);
  expect([...runsOf(['a', 'b'], [0])]).toEqual([['a', [0]]]);
});

describe('a record of Kafka', () => {
  const shared = Buffer.from('..keyvalue äö…');
  const key = shared.subarray(2, 5);
  const value = shared.subarray(5);
  const message = (changes: object) =>
    ({ offset: '7', timestamp: '1700000000000', key, value, headers: {}, attributes: 0, ...changes }) as never;

  test.each([
    ['key and value', {}, 'key', 'value äö…'],
    ['no key', { key: null }, null, 'value äö…'],
    ['a tombstone', { value: null }, 'key', null],
    ['neither', { key: null, value: null }, null, null],
    ['an empty value', { value: shared.subarray(5, 5) }, 'key', ''],
    ['memory of its own', { key: Buffer.from('other'), value: Buffer.from('memory') }, 'other', 'memory'],
    ['two pieces of memory', { key: Buffer.from(new TextEncoder().encode('other').buffer) }, 'other', 'value äö…'],
    ['headers', { headers: { h: Buffer.from([1, 200]), twice: [Buffer.from('a'), 'b'] } }, 'key', 'value äö…'],
  ])('with %s is as long as its entry says, also once it has settled', (_title, changes, wantedKey, wantedValue) => {
    const [record] = polledOf([message(changes)], 1, 0, { context, lanes }, 5);
    if (!record) throw new Error('no record');
    const before = kafkaEntry(record, 1, context);
    expect(record.encodedBytes).toBe(jsonBytes(before));
    const text = (base64: string | undefined) =>
      base64 === undefined ? null : Buffer.from(base64, 'base64').toString();
    expect([text(before.key), text(before.value)]).toEqual([wantedKey, wantedValue]);
    record.settle();
    expect(kafkaEntry(record, 1, context)).toEqual(before);
    expect([record.position, record.lane, record.arrivalMs]).toEqual([positionOf(1, 7), 't-1', 1_700_000_000_000]);
  });

  test('that the poller has finished lets go of its body, and keeps its place', () => {
    const [ofBrokers] = polledOf([message({ headers: { h: Buffer.from('a') } })], 1, 0, { context, lanes }, 5);
    for (const record of [ofBrokers, ...records(1, 7, 8)]) {
      if (!record) throw new Error('no record');
      const { encodedBytes } = record;
      record.finished = true;
      record.settle();
      expect([record.finished, record.key, record.value, record.headers]).toEqual([true, null, null, []]);
      expect([record.position, record.lane, record.encodedBytes]).toEqual([positionOf(1, 7), 't-1', encodedBytes]);
    }
  });

  test('without a timestamp is as old as its reading, and shown as it is', () => {
    const [record] = polledOf([message({ timestamp: '-1' })], 1, 0, { context, lanes }, 1_800_000_000_000);
    if (!record) throw new Error('no record');
    const entry = kafkaEntry(record, 1, context);
    expect([record.arrivalMs, entry.timestamp]).toEqual([1_800_000_000_000, -1]);
    expect(record.encodedBytes).toBe(jsonBytes(entry));
  });

  test('filters see text, JSON and bytes apart', () => {
    const origin = { context, lane: 't-0', partition: 0 };
    const base64 = (bytes: string | Buffer) => Buffer.from(bytes as string).toString('base64');
    const record = { key: base64('{"a":1}'), value: base64(Buffer.from([255, 254])), headers: [] };
    const view = new TextPolled(origin, { index: 0, arrivalMs: 1, record }).view();
    expect(view.data).toEqual({ key: { format: 'json', text: '{"a":1}' }, value: { format: 'binary' } });
    expect(view.metadata).not.toHaveProperty('value');
    expect(view.metadata).toMatchObject({ topic: 't', partition: 0, offset: 0 });
  });
});

test('a place finds what is held over gaps, until it is finished', () => {
  const place = new Place(0, 't-0', 0);
  const [first, later] = [records(0, 0, 3_000), records(0, 5_000, 5_010)];
  place.put(first);
  place.put(later);
  const given: TopicPolled[] = [];
  place.give(3_005, given);
  expect([place.held, place.waiting, place.next]).toEqual([3_005, 5, 5_010]);
  expect(place.find(5_004)?.index).toBe(5_004);
  expect(place.find(5_005)?.index ?? 5_005).toBe(5_005);
  expect(place.find(4_000)).toBeUndefined();
  place.finish(2_900);
  expect(place.find(2_900)).toBeUndefined();
  expect(place.find(2_901)?.index).toBe(2_901);
  expect(place.find(5_000)?.index).toBe(5_000);
  place.finish(5_004);
  expect([place.held, place.waiting]).toEqual([0, 5]);
});

describe('problems are said in a sentence', () => {
  const asked = { topic: 't', groupId: 'g', brokers: ['b:1', 'c:2'] };

  test.each([
    [{ name: 'KafkaJSNotImplemented', message: 'ZSTD compression not implemented' }, /compressed with zstd/],
    [{ name: 'KafkaJSProtocolError', type: 'GROUP_AUTHORIZATION_FAILED' }, /consumer group g/],
    [{ name: 'KafkaJSProtocolError', type: 'TOPIC_AUTHORIZATION_FAILED' }, /may not read topic t/],
    [{ name: 'KafkaJSProtocolError', type: 'INCONSISTENT_GROUP_PROTOCOL' }, /another ConsumerGroupId/],
    [{ name: 'KafkaJSSASLAuthenticationError', message: 'password hunter2' }, /refuse the login/],
    [{ name: 'KafkaJSConnectionError', code: 'SELF_SIGNED_CERT_IN_CHAIN' }, /SERVER_ROOT_CA_CERTIFICATE/],
    [{ name: 'KafkaJSConnectionError', message: 'connect ECONNREFUSED' }, /b:1,c:2 cannot be reached now/],
    [{ name: 'Error', message: 'something else' }, /^Topic t cannot be read: something else$/],
  ])('%j', (failure, sentence) => {
    const cause = Object.assign(new Error(), failure);
    const told = problemOf(new Error('retries exceeded', { cause }), asked);
    expect(told).toMatch(sentence);
    expect(told).not.toContain('hunter2');
  });

  test('what is said already is passed on', () => {
    const error = new Error('crash', { cause: new TopicUnavailable('It is so.') });
    expect(problemOf(error, asked)).toBe('It is so.');
  });
});
