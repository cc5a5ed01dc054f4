/** `millrace record` of Kinesis and DynamoDB streams, on servers that nobody here wrote; what it writes is replayed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, request as requestTo } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startGateway } from '@millrace/gateway';
import { type Clock, memoryQueues, memoryStreams, systemClock } from '@millrace/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeWith, sharedDynamoDb, sharedKinesis } from '../../../test/components/available.ts';
import { linesOf, record, replayed } from './record-support.ts';
import { scratch, session } from './support.ts';

const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
let made = 0;

describeWith(['kinesis-mock'], 'millrace record kinesis from kinesis-mock', () => {
  kinesisTests(async () => ({ endpoint: await sharedKinesis(), close: async () => {} }));
});

describe('millrace record kinesis from the gateway', () => {
  kinesisTests(async () => {
    const clock = systemClock;
    const options = { queues: memoryQueues({ clock }), streams: memoryStreams({ clock }) };
    const gateway = await startGateway({ ...options, region: 'us-east-1', accountId: '123456789012' });
    return { endpoint: gateway.url, close: () => gateway.close() };
  });
});

interface Server {
  readonly endpoint: string;
  close(): Promise<void>;
}

function kinesisTests(start: () => Promise<Server>): void {
  let server: Server;
  let endpoint: string;
  let client: KinesisClient;

  beforeAll(async () => {
    server = await start();
    endpoint = server.endpoint;
    const { requestHandler } = new SQSClient({ ...local, endpoint }).config;
    client = new KinesisClient({ ...local, endpoint, requestHandler });
  });

  afterAll(async () => {
    client?.destroy();
    await server?.close();
  });

  async function makeStream(ShardCount: number): Promise<string> {
    const StreamName = `record-${process.pid}-${++made}`;
    await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
    await isActive(StreamName);
    return StreamName;
  }

  const isActive = (StreamName: string) =>
    vi.waitFor(async () => {
      const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE');
    }, 5000);

  interface Put {
    readonly key: string;
    readonly data: Uint8Array | string;
    readonly hashKey?: string;
  }

  /** Answers the shards by number, in the order of the records. */
  async function put(StreamName: string, records: readonly Put[]): Promise<number[]> {
    const Records = records.map(({ key, data, hashKey }) => ({
      PartitionKey: key,
      Data: Buffer.from(data),
      ...(hashKey !== undefined && { ExplicitHashKey: hashKey }),
    }));
    const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
    return (answer.Records ?? []).map(({ ShardId = '' }) => Number(ShardId.slice(-12)));
  }

  const at = (...args: string[]) => [...args, '--endpoint', endpoint];

  test('records stay byte for byte, in their order, in their shards; the file replays', async () => {
    const name = await makeStream(4);
    const records: Put[] = [
      ...Array.from({ length: 120 }, (_, n) => ({
        key: `k${n % 17}`,
        data: JSON.stringify({ n, big: '12345678901234567890' }),
      })),
      { key: 'ü', data: '{"n": 1.0,  "spaced":12345678901234567890}' },
      { key: 'bin', data: Uint8Array.from([0, 255, 254, 1]) },
      { key: 'base64', data: '{"base64":"AAAA"}' },
      { key: 'k1', data: 'moved', hashKey: '0' },
      { key: 'k1', data: 'moved too', hashKey: String(2n ** 128n - 1n) },
      { key: 'empty', data: 'text\n\ttab' },
    ];
    const shards = await put(name, records);
    const { code, err, header, entries, file } = await record(at(`kinesis:${name}`, '--once'));
    expect([code, err]).toEqual([
      0,
      `${records.length} records of the stream ${name} written to ${file}, which arrived within ${/within (.*)\.\n/.exec(err)?.[1]}.\n`,
    ]);
    expect(header).toEqual({ millrace: 1, source: { type: 'kinesis', name, shards: 4 } });
    expect(entries).toHaveLength(records.length);
    expect(entries[0]?.at).toBe('0ms');

    const events = await replayed(file, '--batch-size', '7');
    const seen = events.flatMap(
      ({ Records }) => Records as { eventID: string; kinesis: { partitionKey: string; data: string } }[],
    );
    const texts = (keyed: readonly { shard: number; key: string; data: string }[]) =>
      [0, 1, 2, 3].map((shard) => keyed.filter((one) => one.shard === shard).map(({ key, data }) => `${key} ${data}`));
    const got = seen.map(({ eventID, kinesis }) => ({
      shard: Number(eventID.slice(8, 20)),
      key: kinesis.partitionKey,
      data: kinesis.data,
    }));
    const sent = records.map(({ key, data }, index) => ({
      shard: shards[index] ?? -1,
      key,
      data: Buffer.from(data).toString('base64'),
    }));
    expect(texts(got)).toEqual(texts(sent));
  });

  test('a key that is hashed keeps its record in its shard, and equal keys equal', async () => {
    const name = await makeStream(3);
    const records = Array.from({ length: 40 }, (_, n) => ({
      key: `customer-${n % 8}`,
      data: JSON.stringify({ who: `customer-${n % 8}`, n, mail: 'x@y.z' }),
    }));
    const shards = await put(name, records);
    const { entries, file } = await record(
      at(`kinesis:${name}`, '--once', '--hash', 'key', '--hash', '$.who', '--redact', '$.mail'),
      undefined,
      'hashed.jsonl.gz',
    );
    expect(JSON.stringify(entries)).not.toMatch(/customer|x@y/);
    const data = entries.map((entry) => entry.data as { who: string; n: number; mail: string });
    expect(entries.map(({ key }) => key)).toEqual(data.map(({ who }) => who));
    expect(new Set(data.map(({ who }) => who)).size).toBe(8);
    expect(new Set(data.map(({ mail }) => mail))).toEqual(new Set(['[redacted]']));
    const events = await replayed(file);
    const seen = events.flatMap(({ Records }) => Records as { eventID: string; kinesis: { data: string } }[]);
    for (const { eventID, kinesis } of seen) {
      const { n } = JSON.parse(Buffer.from(kinesis.data, 'base64').toString());
      expect(Number(eventID.slice(8, 20))).toBe(shards[n]);
    }
    expect(seen).toHaveLength(records.length);
  });

  test('from now on, through a split, until Ctrl-C: nothing is lost, each key in its order', async () => {
    const name = await makeStream(2);
    await put(name, [{ key: 'before', data: 'not recorded' }]);
    const wave = (from: number) => Array.from({ length: 30 }, (_, n) => ({ key: `k${n % 6}`, data: String(from + n) }));
    const { code, err, entries } = await record(at(`kinesis:${name}`), async (shell) => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await put(name, wave(100));
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: name }));
      const { ShardId = '', HashKeyRange } = Shards[0] ?? {};
      const middle = (BigInt(HashKeyRange?.StartingHashKey ?? 0) + BigInt(HashKeyRange?.EndingHashKey ?? 0)) / 2n;
      await client.send(
        new SplitShardCommand({ StreamName: name, ShardToSplit: ShardId, NewStartingHashKey: String(middle) }),
      );
      await isActive(name);
      await put(name, wave(200));
      await new Promise((resolve) => setTimeout(resolve, 3500));
      shell.interrupt();
    });
    expect([code, err]).toEqual([0, expect.stringMatching(/^60 records of the stream /)]);
    const numbers = (key: string) => entries.filter((entry) => entry.key === key).map(({ data }) => Number(data));
    for (let k = 0; k < 6; k += 1) {
      expect(numbers(`k${k}`)).toEqual([100, 200].flatMap((from) => [0, 6, 12, 18, 24].map((n) => from + n + k)));
    }
  });

  test('from a time on, so many, or for so long', async () => {
    const name = await makeStream(1);
    await put(name, [{ key: 'a', data: 'old' }]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const time = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await put(name, [
      { key: 'a', data: 'one' },
      { key: 'a', data: 'two' },
      { key: 'a', data: 'three' },
    ]);
    const bodies = async (...args: string[]) =>
      (await record(at(`kinesis:${name}`, ...args))).entries.map(({ data }) => data);
    expect(await bodies('--from', time, '--once')).toEqual(['one', 'two', 'three']);
    expect(await bodies('--from', 'trim-horizon', '--limit', '2')).toEqual(['old', 'one']);
    const started = performance.now();
    expect(await bodies('--from', 'trim-horizon', '--for', '600ms')).toEqual(['old', 'one', 'two', 'three']);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('to standard output, also when there is nothing', async () => {
    const name = await makeStream(1);
    const shell = session();
    expect(await shell.run('record', ...at(`kinesis:${name}`, '--for', '300ms'))).toBe(0);
    expect(shell.out).toBe(`${JSON.stringify({ millrace: 1, source: { type: 'kinesis', name } })}\n`);
    expect(shell.err).toBe(`Nothing of the stream ${name} was there to be recorded.\n`);
    await client.send(new PutRecordCommand({ StreamName: name, PartitionKey: 'a', Data: Buffer.from('{"a":1}') }));
    const full = session();
    expect(await full.run('record', ...at(`kinesis:${name}`, '--once'))).toBe(0);
    expect(full.out.split('\n')[1]).toBe('{"at":"0ms","key":"a","data":{"a":1}}');
  });

  test('a path that finds nothing, and data that is not JSON, are told', async () => {
    const name = await makeStream(1);
    await put(name, [
      { key: 'a', data: '{"email":"a@b.c"}' },
      { key: 'a', data: 'a@b.c' },
    ]);
    const { err, entries } = await record(at(`kinesis:${name}`, '--once', '--redact', '$.emial', '--hash', '$.email'));
    expect(JSON.stringify(entries)).not.toContain('a@b.c');
    expect(err).toContain(
      'The data of 1 record is not JSON, so that no path leads into it; it left as [redacted] (--keep-opaque keeps it).\n',
    );
    expect(err).toContain('--redact $.emial has found nothing in any record');
    expect(err).not.toContain('--hash $.email has');
  });

  test('a stream that is not there is one sentence, and leaves no file', async () => {
    const { code, err, file } = await record(at('kinesis:nowhere', '--once'));
    expect([code, err.split('\n').length]).toEqual([2, 2]);
    expect(err).toMatch(/^The stream nowhere cannot be recorded: ResourceNotFoundException.*\.\n$/);
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
  });
}

describeWith(['dynamodb-local'], 'millrace record dynamodb', () => {
  const credentials = { accessKeyId: `record${process.pid}`, secretAccessKey: 'local' };
  let endpoint: string;
  let client: DynamoDBClient;

  beforeAll(async () => {
    endpoint = await sharedDynamoDb();
    client = new DynamoDBClient({ region: 'us-east-1', endpoint, credentials });
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    vi.stubEnv('AWS_REGION', 'us-east-1');
  });

  afterAll(() => {
    client?.destroy();
    vi.unstubAllEnvs();
  });

  async function makeTable(): Promise<{ table: string; stream: string }> {
    const table = `record-${++made}`;
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: table,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    return { table, stream: TableDescription?.LatestStreamArn ?? '' };
  }

  const Item = (id: string, n: number) => ({
    id: { S: id },
    n: { N: String(n) },
    mail: { S: `${id}@example.com` },
    bytes: { B: Uint8Array.from([1, 255]) },
    deep: { M: { list: { L: [{ BOOL: true }, { NULL: true }] }, set: { NS: ['1', '2'] } } },
  });

  test('changes keep their images and their order; the file replays', async () => {
    const { table, stream } = await makeTable();
    for (let n = 0; n < 6; n += 1)
      await client.send(new PutItemCommand({ TableName: table, Item: Item(`i${n % 2}`, n) }));
    await client.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: 'i0' } } }));
    for (const source of [`dynamodb:${stream}`, `dynamodb:${table}`]) {
      const { code, err, header, entries, file } = await record([source, '--once', '--endpoint', endpoint]);
      expect([code, err]).toEqual([
        0,
        expect.stringMatching(/^7 records of the stream of the table record-\d+ written/),
      ]);
      expect(header.source).toEqual({ type: 'dynamodb', name: table, viewType: 'NEW_AND_OLD_IMAGES' });
      expect(entries.map(({ op }) => op)).toEqual([
        'INSERT',
        'INSERT',
        'MODIFY',
        'MODIFY',
        'MODIFY',
        'MODIFY',
        'REMOVE',
      ]);
      const events = await replayed(file);
      const changes = events.flatMap(
        ({ Records }) => Records as { eventName: string; dynamodb: Record<string, unknown> }[],
      );
      expect(changes.map(({ eventName }) => eventName)).toEqual(entries.map(({ op }) => op));
      expect(changes[2]?.dynamodb).toMatchObject({
        Keys: { id: { S: 'i0' } },
        NewImage: { ...Item('i0', 2), bytes: { B: 'Af8=' } },
        OldImage: { ...Item('i0', 0), bytes: { B: 'Af8=' } },
      });
    }
  });

  test('attributes are hashed and redacted in every image', async () => {
    const { table } = await makeTable();
    for (let n = 0; n < 3; n += 1) await client.send(new PutItemCommand({ TableName: table, Item: Item('secret', n) }));
    const args = [`dynamodb:${table}`, '--once', '--endpoint', endpoint, '--hash', '$.id', '--redact', '$.mail'];
    const { entries } = await record(args);
    expect(JSON.stringify(entries)).not.toContain('secret');
    const [first] = entries.map(({ keys }) => keys as { id: { S: string } });
    const id = first?.id.S;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(entries.map(({ keys, new: now }) => [keys, (now as { id: object }).id])).toEqual(
      Array(3).fill([{ id: { S: id } }, { S: id }]),
    );
    const { code, err } = await record([...args.slice(0, 4), '--redact', '$.id']);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('--redact $.id would give every item the same key; use --hash $.id.\n'),
    ]);
  });
});

test('--once records all that is there, although the clock of this machine is behind that of the source', async () => {
  const AHEAD_MS = 5000;
  const clock: Clock = {
    now: () => systemClock.now() + AHEAD_MS,
    at: (atMs, run) => systemClock.at(atMs - AHEAD_MS, run),
    until: (atMs, signal) => systemClock.until(atMs - AHEAD_MS, signal),
  };
  const options = { clock, queues: memoryQueues({ clock }), streams: memoryStreams({ clock }) };
  const gateway = await startGateway({ ...options, region: 'us-east-1', accountId: '123456789012' });
  const times = { retentionMs: 86_400_000, createdAtMs: clock.now(), tags: {} };
  const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000';
  const carried = { TableName: 't', StreamViewType: 'NEW_IMAGE' };
  await options.streams.create({ name: 't', arn, kind: 'dynamodb', carried, ...times }, 1);
  const clicks = 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks';
  await options.streams.create({ name: 'clicks', arn: clicks, kind: 'kinesis', carried: {}, ...times }, 2);
  const item = { id: { S: 'a' } };
  await options.streams.open('t').put([{ key: 'a', bytes: 9, record: { op: 'INSERT', keys: item, newImage: item } }]);
  await options.streams
    .open('clicks')
    .put(['a', 'b', 'c'].map((key) => ({ key, bytes: 1, record: { partitionKey: key, data: 'eA==' } })));
  const server = await ahead(gateway.url, AHEAD_MS);
  for (const [source, count] of [
    ['kinesis:clicks', 3],
    [`dynamodb:${arn}`, 1],
  ] as const) {
    const { code, err, entries } = await record([source, '--once', '--endpoint', server.url]);
    expect([code, entries.length], err).toEqual([0, count]);
  }
  await server.close();
  await gateway.close();
});

/** The same endpoint, by a clock that is ahead. */
async function ahead(endpoint: string, byMs: number) {
  const server = createServer(async (request, response) => {
    const { method = 'GET', headers } = request;
    const target = new URL(request.url ?? '/', endpoint);
    const forwarded = requestTo(target, { method, headers, agent: false }, (answer) => {
      const date = new Date(Date.now() + byMs).toUTCString();
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a DynamoDB stream behind the gateway, through a split of its shard', async () => {
  const streams = memoryStreams({ clock: systemClock });
  const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000';
  const carried = { TableName: 'orders', StreamViewType: 'NEW_IMAGE' };
  const times = { retentionMs: 86_400_000, createdAtMs: systemClock.now() };
  await streams.create({ name: 'orders', arn, kind: 'dynamodb', ...times, carried, tags: {} }, 1);
  const gateway = await startGateway({
    queues: memoryQueues({ clock: systemClock }),
    streams,
    region: 'us-east-1',
    accountId: '123456789012',
  });
  const stream = streams.open('orders');
  const put = (from: number) =>
    stream.put(
      Array.from({ length: 20 }, (_, n) => {
        const item = { id: { S: `i${n % 4}` }, n: { N: String(from + n) } };
        return { key: `i${n % 4}`, bytes: 50, record: { op: 'INSERT', keys: { id: item.id }, newImage: item } };
      }),
    );
  await put(100);
  const [first] = await stream.shards();
  await stream.split(first?.id ?? '');
  await put(200);
  const { code, err, entries } = await record([`dynamodb:${arn}`, '--once', '--endpoint', gateway.url]);
  expect([code, err]).toEqual([0, expect.stringMatching(/^40 records of the stream of the table orders written/)]);
  for (let k = 0; k < 4; k += 1) {
    const own = entries
      .map((entry) => entry.new as { id: { S: string }; n: { N: string } })
      .filter(({ id }) => id.S === `i${k}`);
    expect(own.map(({ n }) => Number(n.N))).toEqual(
      [100, 200].flatMap((from) => [0, 4, 8, 12, 16].map((n) => from + n + k)),
    );
  }
  await gateway.close();
});

describe('bad input', () => {
  test.each([
    [['orders'], /^orders is no source: write kinesis:NAME/],
    [['kinesis:a b'], /is no source/],
    [['kafka:t'], /--brokers/],
    [['kafka:t', '--brokers', 'nowhere'], /host:port/],
    [['kafka:t', '--brokers', 'h:1', '--endpoint', 'http://x'], /--endpoint and --region are for AWS/],
    [['kinesis:t', '--brokers', 'h:1'], /are for Kafka/],
    [['kinesis:t', '--tls'], /are for Kafka/],
    [['sqs:q', '--from', 'latest'], /a queue has no history/],
    [['kinesis:t', '--once', '--from', 'latest'], /use one of them/],
    [['kinesis:t', '--from', 'yesterday'], /trim-horizon, latest or a time/],
    [['kinesis:t', '--redact', 'email'], /^--redact: `email` is no path/],
    [['kinesis:t', '--redact', 'key'], /use --hash key/],
    [['kinesis:t', '--hash', 'group'], /kinesis records have no group/],
    [['kinesis:t', '--for', '5'], /unit/],
    [['kinesis:t', '--endpoint', 'localhost'], /URL/],
    [['kinesis:t', '--endpoint', 'http://127.0.0.1:1'], /^The stream t cannot be recorded: .*ECONNREFUSED/],
    [
      ['dynamodb:t', '--endpoint', 'http://127.0.0.1:1'],
      /^The stream of the table t cannot be recorded: .*ECONNREFUSED/,
    ],
    [['sqs:t', '--endpoint', 'http://127.0.0.1:1'], /^The queue t cannot be recorded: .*ECONNREFUSED/],
    [['kafka:t', '--brokers', '127.0.0.1:1'], /^The topic t cannot be recorded from 127.0.0.1:1: .*ECONNREFUSED/],
  ])('%j', { timeout: 30_000 }, async (args, sentence) => {
    const shell = session();
    expect(await shell.run('record', ...args)).toBe(2);
    expect(shell.err).toMatch(sentence);
    expect(shell.err.trimEnd().split('\n')).toHaveLength(1);
    expect(shell.out).toBe('');
  });

  test('a file that cannot be written is one sentence', async () => {
    const shell = session();
    const hash = createHash('sha1').update(String(Math.random())).digest('hex');
    const args = ['kafka:t', '--brokers', '127.0.0.1:1', '--out', join(scratch(), hash, 'x.jsonl')];
    expect(await shell.run('record', ...args)).toBe(2);
    expect(() => linesOf(args.at(-1) ?? '')).toThrow();
  });
});
