import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type FixtureOptions, openFixture } from '../src/node/open-fixture.ts';
import type { Arrival, ArrivalFeed } from '../src/scenario/plan.ts';

const file = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

async function all(feed: ArrivalFeed): Promise<Arrival[]> {
  const out: Arrival[] = [];
  for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) out.push(...chunk);
  return out;
}

async function read(name: string, options?: FixtureOptions) {
  const { format, timed, source, feed } = await openFixture(file(name), options);
  return { format, timed, source, arrivals: await all(feed) };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('Millrace JSONL', () => {
  it('gives ids, keys and data, holds back what is out of order and expands repetitions in time', async () => {
    const { format, timed, source, arrivals } = await read('orders.jsonl');
    expect({ format, timed, source }).toEqual({
      format: 'millrace',
      timed: true,
      source: { type: 'kinesis', name: 'orders', shards: 2 },
    });
    expect(arrivals).toEqual([
      { atMs: 0, source: 0, id: 'a-1', payload: { partitionKey: 'a', data: base64('{"total":10}') } },
      { atMs: 250, source: 0, id: 'b-1', payload: { partitionKey: 'b', data: base64('plain text') } },
      { atMs: 250, source: 0, payload: { partitionKey: 'a', data: 'AAEC' } },
      { atMs: 1000, source: 0, id: 'c.1', payload: { partitionKey: 'c', data: base64('1') } },
      { atMs: 1100, source: 0, id: 'c.2', payload: { partitionKey: 'c', data: base64('1') } },
      { atMs: 1150, source: 0, id: 'd', payload: { partitionKey: 'd', data: base64('[]') } },
      { atMs: 1200, source: 0, id: 'c.3', payload: { partitionKey: 'c', data: base64('1') } },
    ]);
  });

  it('divides times by the speed', async () => {
    const { arrivals } = await read('orders.jsonl', { speed: 10 });
    expect(arrivals.map((one) => one.atMs)).toEqual([0, 25, 25, 100, 110, 115, 120]);
  });

  it('without times says so, and paces by the limits of the source', async () => {
    const { timed, arrivals } = await read('untimed.jsonl');
    expect(timed).toBe(false);
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [0, { body: 'a' }],
      [0, { body: '{"n":1}' }],
      [0, { body: '{}', groupId: 'g' }],
    ]);
  });
});

describe('saved Lambda events', () => {
  it('of SQS: a FIFO message with group, deduplication id and attributes', async () => {
    const { format, source, arrivals } = await read('lambda-sqs.json');
    expect({ format, source }).toEqual({ format: 'lambda-events', source: { type: 'sqs-fifo', name: 'orders.fifo' } });
    expect(arrivals).toEqual([
      {
        atMs: 0,
        source: 0,
        payload: {
          body: '{"order":1}',
          attributes: { Title: { dataType: 'String', stringValue: 'x' } },
          groupId: 'customer-7',
          dedupId: 'order-1',
          senderId: 'AIDAIENQZJOLO23YVJ4VO',
        },
      },
    ]);
  });

  it('of Kinesis, one event a line: times relative to the first record, shards counted', async () => {
    const { source, arrivals } = await read('lambda-kinesis.jsonl');
    expect(source).toEqual({ type: 'kinesis', name: 'orders', shards: 2 });
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [0, { partitionKey: 'a', data: 'aGVsbG8=' }],
      [1500, { partitionKey: 'b', data: 'd29ybGQ=' }],
      [1500, { partitionKey: 'a', data: 'IQ==' }],
    ]);
  });

  it('of DynamoDB, as a list: a delete by time to live', async () => {
    const { source, arrivals } = await read('lambda-dynamodb.json');
    expect(source).toEqual({ type: 'dynamodb', name: 'items' });
    expect(arrivals[0]?.payload).toEqual({
      op: 'REMOVE',
      keys: { id: { S: 'a' } },
      oldImage: { id: { S: 'a' }, n: { N: '1' } },
      ttl: true,
    });
  });

  it('of Kafka: partitions merged by timestamp, signed header bytes, tombstones', async () => {
    const { source, arrivals } = await read('lambda-kafka.json');
    expect(source).toEqual({ type: 'msk', name: 'clicks', partitions: 3 });
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [
        0,
        {
          key: 'YQ==',
          value: 'MQ==',
          headers: [{ key: 'trace', value: Buffer.from([104, 105, 255]).toString('base64') }],
          partition: 0,
          timestampMs: 1767225600000,
        },
      ],
      [400, { key: 'Yg==', value: 'Mg==', headers: [], partition: 2, timestampMs: 1767225600400 }],
      [900, { key: null, value: null, headers: [], partition: 0, timestampMs: 1767225600900 }],
    ]);
  });
});

describe('output of the AWS CLI and of kcat', () => {
  it('aws kinesis get-records, several answers one after the other, an empty one among them', async () => {
    const { format, arrivals } = await read('kinesis-get-records.json');
    expect(format).toBe('kinesis-get-records');
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [0, { partitionKey: 'a', data: 'eyJuIjoxfQ==' }],
      [1000, { partitionKey: 'b', data: 'eyJuIjoyfQ==' }],
      [2000, { partitionKey: 'a', data: 'eyJuIjozfQ==' }],
    ]);
  });

  it('aws dynamodbstreams get-records', async () => {
    const { format, arrivals } = await read('dynamodbstreams-get-records.json');
    expect(format).toBe('dynamodbstreams-get-records');
    expect(arrivals.map((one) => one.payload)).toEqual([
      { op: 'INSERT', keys: { id: { S: 'a' } }, newImage: { id: { S: 'a' }, blob: { B: 'Zm9vYmFy' } } },
    ]);
  });

  it('aws sqs receive-message', async () => {
    const { format, source, arrivals } = await read('sqs-receive-message.json');
    expect({ format, source }).toEqual({ format: 'sqs-receive-message', source: { type: 'sqs' } });
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [
        0,
        {
          body: 'a',
          attributes: {
            n: { dataType: 'Number', stringValue: '6' },
            bytes: { dataType: 'Binary', binaryValue: 'AAEC' },
          },
          senderId: 'AIDA',
          traceHeader: 'Root=1-1',
        },
      ],
      [40, { body: 'b' }],
    ]);
  });

  it('kcat -J', async () => {
    const { format, source, arrivals } = await read('kcat.jsonl');
    expect({ format, source }).toEqual({
      format: 'kcat',
      source: { type: 'self-managed-kafka', name: 'clicks', partitions: 2 },
    });
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [
        0,
        {
          key: base64('a'),
          value: base64('{"n":1}'),
          headers: [{ key: 'trace', value: base64('hi') }],
          partition: 1,
          timestampMs: 1767225600000,
        },
      ],
      [500, { key: null, value: null, headers: [], partition: 0, timestampMs: 1767225600500 }],
    ]);
  });
});

describe('tables', () => {
  it('CSV with quotes and line breaks, whole rows as data', async () => {
    const { format, timed, arrivals } = await read('flights.csv', { kind: 'kinesis', key: 'origin', time: 'date' });
    expect({ format, timed }).toEqual({ format: 'rows-csv', timed: true });
    expect(arrivals.map((one) => one.atMs)).toEqual([0, 23 * 60_000, 37 * 60_000]);
    expect(arrivals[1]?.payload).toEqual({
      partitionKey: 'HNL',
      data: base64('{"origin":"HNL","date":"2001/01/01 01:10","delay":"95","note":"two\\nlines"}'),
    });
  });

  it('JSON rows with key, time and data columns, past an empty line', async () => {
    const { format, arrivals } = await read('rows.jsonl', {
      kind: 'sqs-fifo',
      key: 'customer',
      time: 'when',
      data: 'payload',
    });
    expect(format).toBe('rows-jsonl');
    expect(arrivals.map((one) => [one.atMs, one.payload])).toEqual([
      [0, { body: '{"n":1}', groupId: '7', dedupId: 'r1' }],
      [10_000, { body: 'text', groupId: '8', dedupId: 'r2' }],
    ]);
  });

  it('as items of a DynamoDB table', async () => {
    const { arrivals } = await read('flights.csv', { kind: 'dynamodb', key: 'origin', speed: 2 });
    expect(arrivals[0]?.payload).toMatchObject({ op: 'INSERT', keys: { origin: { S: 'DTW' } } });
    expect(arrivals.map((one) => one.atMs)).toEqual([0, 0, 1]);
  });
});

describe('another type of source than the recorded one', () => {
  it.each([
    ['sqs', { body: '{"total":10}', groupId: 'a' }],
    ['sqs-fifo', { body: '{"total":10}', groupId: 'a', dedupId: 'a-1' }],
    ['msk', { key: base64('a'), value: base64('{"total":10}'), headers: [] }],
  ] as const)('a Kinesis recording as %s', async (kind, payload) => {
    const { feed } = await openFixture(file('orders.jsonl'), { kind });
    const first = await feed.next();
    expect(first?.[0]?.payload).toEqual(payload);
    await feed.close?.();
  });

  it('saved Kinesis events as items of a table', async () => {
    const { arrivals } = await read('kinesis-get-records.json', { kind: 'dynamodb' });
    expect(arrivals[0]?.payload).toEqual({
      op: 'INSERT',
      keys: { key: { S: 'a' } },
      newImage: { n: { N: '1' }, key: { S: 'a' } },
    });
  });

  it('a queue recording as Kinesis', async () => {
    const { arrivals } = await read('sqs-receive-message.json', { kind: 'kinesis' });
    expect(arrivals.map((one) => one.payload)).toEqual([
      { partitionKey: 'r1', data: base64('a') },
      { partitionKey: 'r2', data: base64('b') },
    ]);
  });
});
