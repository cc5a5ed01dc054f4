import { describe, expect, it } from 'vitest';
import {
  addPartitions,
  createTopic,
  earliestOffset,
  expireTopic,
  forgetPartition,
  latestOffset,
  murmur2,
  nextTopicExpiryAt,
  offsetOf,
  partitionCount,
  partitionOfKey,
  produce,
  readPartition,
  type TopicRecord,
} from '../src/index.ts';

const DAY = 86_400_000;

const bytes = (text: string): Uint8Array => Uint8Array.from([...text].map((letter) => letter.charCodeAt(0)));

function record(fields: Partial<TopicRecord> = {}): TopicRecord {
  return { key: null, value: 'eA==', headers: [], ...fields };
}

describe('choosing a partition', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(bytes(text))).toBe(hash);
    expect(partitionOfKey(bytes(text), 1000)).toBe((hash & 0x7fffffff) % 1000);
  });

  it('goes by the partition given, else by the bytes of the key, else in turn', () => {
    const topic = createTopic({ partitions: 3, retentionMs: DAY });
    const key = Buffer.from('foobar').toString('base64');
    expect(produce(topic, record({ key }), 0, 2)).toMatchObject({ partition: 2, placed: { index: 0 } });
    expect(produce(topic, record({ key }), 0).partition).toBe((-790332482 & 0x7fffffff) % 3);
    expect([1, 2, 3, 4].map(() => produce(topic, record(), 0).partition)).toEqual([0, 1, 2, 0]);
  });

  it('knows only the partitions there are', () => {
    const topic = createTopic({ partitions: 2, retentionMs: DAY });
    expect(() => produce(topic, record(), 0, 2)).toThrow('Partition 2 does not exist; the topic has 2.');
    addPartitions(topic, 1);
    expect(partitionCount(topic)).toBe(3);
    expect(produce(topic, record(), 0, 2)).toMatchObject({ partition: 2, placed: { index: 0 } });
  });
});

describe('reading a partition', () => {
  it('returns offsets from where it is told', () => {
    const topic = createTopic({ partitions: 1, retentionMs: DAY });
    for (let at = 0; at < 5; at++) produce(topic, record(), at);
    const { records, nextIndex } = readPartition(topic, 0, 1, { maxRecords: 2 }, 5);
    expect(records.map(({ index, arrivalMs }) => [index, arrivalMs])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(nextIndex).toBe(3);
    expect(latestOffset(topic, 0)).toBe(5);
  });

  it('source.retention-expired: moves the earliest offset, and says what a reader missed', () => {
    const topic = createTopic({ partitions: 2, retentionMs: DAY });
    for (let at = 0; at < 5; at++) produce(topic, record(), at, 1);
    expect(nextTopicExpiryAt(topic)).toBe(DAY);
    expect(earliestOffset(topic, 1, DAY + 1)).toBe(2);
    expect(readPartition(topic, 1, 1, { maxRecords: 9 }, DAY + 1)).toMatchObject({ missed: 1, nextIndex: 5 });
    const expired = expireTopic(topic, DAY + 2);
    expect(expired.map(({ ordinal, records }) => [ordinal, records.map(({ index }) => index)])).toEqual([
      [1, [0, 1, 2]],
    ]);
    expect(nextTopicExpiryAt(topic)).toBe(DAY + 3);
  });

  it('forgets what it is told to', () => {
    const topic = createTopic({ partitions: 1, retentionMs: DAY });
    for (let at = 0; at < 5; at++) produce(topic, record(), at);
    forgetPartition(topic, 0, 4);
    expect(earliestOffset(topic, 0, 5)).toBe(4);
    expect(expireTopic(topic, 2 * DAY).flatMap(({ records }) => records.map(({ index }) => index))).toEqual([4]);
  });
});

describe('starting positions', () => {
  it.each([
    ['TRIM_HORIZON', 0],
    ['LATEST', 4],
    [{ atMs: 5 }, 0],
    [{ atMs: 11 }, 1],
    [{ atMs: 51 }, 4],
  ] as const)('%j is offset %i, by the producer’s time where there is one', (position, offset) => {
    const topic = createTopic({ partitions: 1, retentionMs: DAY });
    produce(topic, record({ timestampMs: 10 }), 100);
    produce(topic, record({ timestampMs: 50 }), 101);
    produce(topic, record({ timestampMs: 20 }), 102);
    produce(topic, record({ timestampMs: 30 }), 103);
    expect(offsetOf(topic, 0, position, 200)).toBe(offset);
  });

  it('without a producer’s time, by the time of arrival', () => {
    const topic = createTopic({ partitions: 1, retentionMs: DAY });
    produce(topic, record(), 100);
    produce(topic, record(), 200);
    expect(offsetOf(topic, 0, { atMs: 150 }, 300)).toBe(1);
  });
});
