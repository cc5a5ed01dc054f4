/** `millrace send` to streams and topics on Redis, and to Kinesis through the gateway and kinesis-mock. */
import { type Gateway, startGateway } from '@millrace/gateway';
import { redisQueues, redisStreams, redisTopics } from '@millrace/redis';
import type { ChangeRecord, PutLimits, StreamKind, TopicRecord } from '@millrace/semantics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith, sharedKinesis } from '../../../test/components/available.ts';
import type { Substrate } from '../src/live/substrate.ts';
import { base64, byKey, expectInOrder, fixture, newName, numbered, send, text } from './send-support.ts';
import { session } from './support.ts';

const ACCOUNT = '123456789012';
/** Where a large record finds no room any more, a small one after it may. */
const LIMITS = { recordsPerSecond: 1000, bytesPerSecond: 40_000 };

const sized = (count: number, keys: number) =>
  Array.from({ length: count }, (_, n) => ({
    key: `k${n % keys}`,
    data: JSON.stringify({ n, x: 'x'.repeat(n % 4 === 0 ? 6000 : 0) }),
  }));

describeWith(['redis'], 'millrace send to streams and topics', () => {
  let redis: RunningRedis;
  let here: Substrate;
  let gateway: Gateway;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true });
    const options = { redis: redis.url };
    here = { queues: redisQueues(options), streams: redisStreams(options), topics: redisTopics(options) };
    gateway = await startGateway({ ...here, region: 'us-east-1', accountId: ACCOUNT });
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all(Object.values(here).map((each) => each.close()));
    await redis.stop();
  });

  const onRedis = (...args: string[]) => send(...args, '--redis', redis.url);

  async function makeStream(kind: StreamKind, shards: number, putLimits?: PutLimits, name = newName()) {
    const tail = kind === 'kinesis' ? `stream/${name}` : `table/${name}/stream/2026-01-01T00:00:00.000`;
    const arn = `arn:aws:${kind}:us-east-1:${ACCOUNT}:${tail}`;
    const carried = { TableName: name, StreamViewType: 'NEW_AND_OLD_IMAGES' };
    const retentionMs = 86_400_000;
    await here.streams.create({ name, arn, kind, retentionMs, putLimits, createdAtMs: 0, carried, tags: {} }, shards);
    return { name, arn };
  }

  async function makeTopic(partitions: number, name = newName()): Promise<string> {
    await here.topics.create({ name, retentionMs: 86_400_000, createdAtMs: 0 }, partitions);
    return name;
  }

  /** All records, shard by shard. */
  async function inStream(name: string) {
    const stream = here.streams.open(name);
    const shards = await stream.shards();
    const read = ({ id }: { id: string }) => stream.read({ shardId: id, fromIndex: 0, maxRecords: 100_000 });
    return (await Promise.all(shards.map(read))).flatMap((receipt) => receipt?.records ?? []);
  }

  async function kinesisRecords(name: string): Promise<[string, string][]> {
    const records = (await inStream(name)) as readonly { record: { partitionKey: string; data: string } }[];
    return records.map(({ record }) => [record.partitionKey, text(record.data) ?? '']);
  }

  async function inTopic(name: string): Promise<{ partition: number; record: TopicRecord }[]> {
    const topic = here.topics.open(name);
    const asks = Array.from({ length: await topic.partitions() }, (_, partition) => ({ partition, fromOffset: 0 }));
    const receipts = await topic.read(asks, { maxRecords: 100_000, maxBytes: 1e9 });
    return receipts.flatMap(({ partition, records }) => records.map(({ record }) => ({ partition, record })));
  }

  test('Kinesis records keep their partition keys, hash keys and bytes; named by its name and its ARN', async () => {
    const { name, arn } = await makeStream('kinesis', 2);
    const file = fixture('kinesis', [
      { key: 'a', data: '{"n": 1.0}' },
      { key: 'b', data: { base64: '/wA=' }, explicitHashKey: '0' },
    ]);
    expect(await onRedis(name, file)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^2 records sent/),
    });
    expect((await onRedis(arn, file)).code).toBe(0);
    const records = (await inStream(name)).map(({ record }) => JSON.stringify(record)).sort();
    const one = JSON.stringify({ partitionKey: 'a', data: base64('{"n": 1.0}') });
    const other = JSON.stringify({ partitionKey: 'b', explicitHashKey: '0', data: '/wA=' });
    expect(records.map((record) => JSON.parse(record))).toEqual(
      [one, one, other, other].map((record) => JSON.parse(record)),
    );
  });

  test('changes keep their images, and those of an item their order', async () => {
    const { name, arn } = await makeStream('dynamodb', 2);
    const changes = Array.from({ length: 60 }, (_, n) => ({
      op: n < 5 ? 'INSERT' : 'MODIFY',
      keys: { id: `i${n % 5}` },
      new: { id: `i${n % 5}`, n },
      ...(n >= 5 && { old: { id: `i${n % 5}`, n: n - 5 } }),
    }));
    expect(await onRedis(arn, fixture('dynamodb', changes))).toMatchObject({ code: 0, err: '' });
    const records = (await inStream(name)) as readonly { record: ChangeRecord }[];
    expect(records).toHaveLength(60);
    const last = records.findLast(({ record }) => record.keys.id?.S === 'i4')?.record;
    expect(last).toMatchObject({ op: 'MODIFY', newImage: { n: { N: '59' } }, oldImage: { n: { N: '54' } } });
    const images = records.map(({ record }): readonly [string, string] => [
      String(record.keys.id?.S),
      `{"n":${record.newImage?.n?.N}}`,
    ]);
    expectInOrder(byKey(images), 5, 60);
  });

  test('topic records keep key, headers and partition; those of a partition keep their order', async () => {
    const name = await makeTopic(3);
    const own = [
      { key: 'a', value: 'x', partition: 2, headers: [{ h: 'ü' }, { h: 'again' }], timestamp: 1_500_000_000_000 },
      { key: null, value: null, partition: 1 },
    ];
    const keyed = Array.from({ length: 300 }, (_, n) => ({ key: `k${n % 7}`, value: JSON.stringify({ n }) }));
    expect(await onRedis(name, fixture('msk', [...own, ...keyed]))).toMatchObject({ code: 0, err: '' });
    const records = await inTopic(name);
    const [first] = records.filter(({ record }) => text(record.key) === 'a');
    expect(first).toMatchObject({
      partition: 2,
      record: { headers: [{ key: 'h', value: base64('ü') }, { key: 'h' }] },
    });
    // It is written now, and says so: by the time of the recording, retention might take it at once.
    expect(first?.record.timestampMs).not.toBe(1_500_000_000_000);
    expect(records.filter(({ record }) => record.key === null)).toMatchObject([
      { partition: 1, record: { value: null } },
    ]);
    const others = records.filter(({ record }) => text(record.key)?.startsWith('k'));
    expectInOrder(byKey(others.map(({ record }) => [text(record.key) ?? '', text(record.value) ?? ''])), 7, 300);
  });

  test('messages of a queue become records of a stream and a topic', async () => {
    const { name } = await makeStream('kinesis', 1);
    const topic = await makeTopic(1);
    const file = fixture('sqs-fifo', [{ body: 'hello', group: 'g' }]);
    for (const target of [name, topic]) expect((await onRedis(target, file)).code).toBe(0);
    expect(await kinesisRecords(name)).toEqual([['g', 'hello']]);
    expect(await inTopic(topic)).toMatchObject([{ record: { key: base64('g'), value: base64('hello') } }]);
  });

  test('a shard that takes only so much gets everything in the end, in order', async () => {
    const { name } = await makeStream('kinesis', 1, LIMITS);
    const { code, out, err } = await onRedis(name, fixture('kinesis', sized(90, 6)));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^90 records sent/);
    expectInOrder(byKey(await kinesisRecords(name)), 6, 90);
  });

  test('a rate, round after round, and an end', async () => {
    const { name } = await makeStream('kinesis', 1);
    const { code, out } = await onRedis(
      name,
      fixture('kinesis', numbered(10, 3)),
      '--rate',
      '200/s',
      '--loop',
      '--limit',
      '95',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^95 records sent to \S+ in \d+ms: \d+\/s/);
    expect(await inStream(name)).toHaveLength(95);
  });

  test('Ctrl-C ends it with the count of what is there', async () => {
    const name = await makeTopic(1);
    const shell = session();
    const file = fixture(
      'msk',
      Array.from({ length: 1000 }, (_, n) => ({ key: 'k', value: `${n}` })),
    );
    const running = shell.run('send', name, file, '--rate', '100/s', '--redis', redis.url);
    const untilMs = Date.now() + 10_000;
    while (Date.now() < untilMs && (await inTopic(name)).length < 20) await Promise.resolve();
    shell.interrupt();
    expect(await running).toBe(130);
    expect(shell.out).toMatch(new RegExp(`^Interrupted: ${(await inTopic(name)).length} records sent to ${name} in `));
  });

  test('a Redis that is killed and comes back: whatever may be in the stream twice is told', async () => {
    const own = await startRedis({ appendOnly: true });
    const before = here;
    here = { ...here, streams: redisStreams({ redis: own.url }) };
    try {
      const { name } = await makeStream('kinesis', 4);
      const shell = session();
      const running = shell.run(
        'send',
        name,
        fixture('kinesis', numbered(12_000, 50)),
        '--rate',
        '6000/s',
        '--redis',
        own.url,
      );
      const untilMs = Date.now() + 10_000;
      while (Date.now() < untilMs && (await inStream(name)).length < 2000)
        await new Promise((go) => setTimeout(go, 20));
      await own.kill();
      await own.restart();
      expect(await running, shell.err).toBe(0);
      expect(shell.out).toMatch(/^12,000 records sent/);
      const twice = Number(
        /^([\d,]+) records? may be in the stream twice/m.exec(shell.err)?.[1]?.replaceAll(',', '') ?? 0,
      );
      const records = byKey(await kinesisRecords(name));
      const all = [...records.values()].flat();
      expect(new Set(all).size).toBe(12_000);
      expect(all.length).toBeLessThanOrEqual(12_000 + twice);
      // Without what came again, each key is in order.
      for (const [key, some] of records) {
        const once = [...new Set(some)];
        expect(once, key).toEqual(once.toSorted((a, b) => a - b));
      }
      await here.streams.close();
    } finally {
      here = before;
      await own.stop();
    }
  });

  test('a name that a stream, a topic and a queue have is asked for by its kind', async () => {
    const { name } = await makeStream('kinesis', 1);
    await makeTopic(1, name);
    const file = fixture('kinesis', [{ key: 'k', data: 'x' }]);
    const asked = await onRedis(name, file);
    expect(asked.err).toMatch(
      new RegExp(
        `^${name} is a Kinesis stream and a topic on redis:\\S+: write kinesis:${name} or kafka:${name}\\.\n$`,
      ),
    );
    expect(asked.code).toBe(2);
    expect((await onRedis(`kafka:${name}`, file)).code).toBe(0);
    expect([(await inTopic(name)).length, (await inStream(name)).length]).toEqual([1, 0]);
    expect((await onRedis(`kinesis:${name}`, file)).code).toBe(0);
    expect([(await inTopic(name)).length, (await inStream(name)).length]).toEqual([1, 1]);
  });

  test.each<[string, () => Promise<string[]> | string[], RegExp]>([
    [
      'a stream of another kind',
      async () => [`dynamodb:${(await makeStream('kinesis', 1)).name}`, 'x'],
      /^send\S+ is a Kinesis stream on redis:\S+, and not the stream of a DynamoDB table\.\n$/,
    ],
    ['a topic that is not there', () => ['kafka:nil', 'x'], /^There is no topic nil: redis:\S+ has send.*\.\n$/],
    [
      'a partition that is not there',
      async () => [await makeTopic(2), fixture('msk', [{ key: 'k', value: 'v', partition: 2 }])],
      /records.jsonl line 2: `partition` is 2, and the source has 2/,
    ],
    [
      'the stream of a table behind an endpoint',
      () => ['dynamodb:orders', 'x', '--endpoint', gateway.url],
      /^dynamodb:orders is the stream of a table behind an endpoint, where records come only by changing items: .*\.\n$/,
    ],
    [
      'a topic behind an endpoint',
      () => ['kafka:orders', 'x', '--endpoint', gateway.url],
      /^kafka:orders is a topic: name its brokers with --brokers host:port/,
    ],
    [
      'a stream that is not behind its endpoint',
      () => ['kinesis:nil', 'x', '--endpoint', gateway.url],
      /^The stream nil cannot be used at http:\S+: ResourceNotFoundException, .*\.\n$/,
    ],
    [
      'an endpoint of Kinesis that is not there',
      () => ['kinesis:nil', 'x', '--endpoint', 'http://127.0.0.1:1'],
      /^The stream nil cannot be used at http:\S+: ECONNREFUSED.*\.\n$/,
    ],
    ['a queue on brokers', () => ['sqs:q', 'x', '--brokers', '127.0.0.1:1'], /^sqs:q is no topic: with --brokers/],
    [
      'brokers that are not there',
      () => ['t', 'x', '--brokers', '127.0.0.1:1'],
      /^The topic t cannot be used at 127.0.0.1:1: KafkaJSConnectionError, .*ECONNREFUSED.*\.\n$/,
    ],
    ['brokers that are none', () => ['t', 'x', '--brokers', 'here'], /It must be host:port, such as 127.0.0.1:9092/],
    [
      'a login without brokers',
      () => ['t', 'x', '--sasl', 'plain'],
      /^--tls and --sasl are for Kafka: name the brokers/,
    ],
  ])('%s is refused in one sentence', async (_title, argsOf, sentence) => {
    const args = await argsOf();
    const { code, err, out } = await (args.length > 2 ? send(...args) : onRedis(...args));
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('to Kinesis through the gateway: keys, bytes and order, where a shard takes only so much', async () => {
    const { name, arn } = await makeStream('kinesis', 2, LIMITS);
    const file = fixture('kinesis', sized(120, 10));
    const { code, err, out } = await send(`kinesis:${name}`, file, '--endpoint', gateway.url);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^120 records sent/);
    expectInOrder(byKey(await kinesisRecords(name)), 10, 120);
    const other = fixture('kinesis', [{ key: 'bytes', data: { base64: '/wA=' }, explicitHashKey: '0' }]);
    expect((await send(arn, other, '--endpoint', gateway.url)).code).toBe(0);
    const records = (await inStream(name)).map(({ record }) => record);
    expect(records).toContainEqual({ partitionKey: 'bytes', explicitHashKey: '0', data: '/wA=' });
  });
});

describeWith(['kinesis-mock'], 'millrace send to kinesis-mock', () => {
  test('records arrive in order of each key', async () => {
    const endpoint = await sharedKinesis();
    const {
      CreateStreamCommand,
      DescribeStreamSummaryCommand,
      GetRecordsCommand,
      GetShardIteratorCommand,
      KinesisClient,
    } = await import('@aws-sdk/client-kinesis');
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
    const { requestHandler } = new SQSClient(config).config;
    const client = new KinesisClient({ ...config, requestHandler });
    const StreamName = newName();
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    const status = async () =>
      (await client.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary?.StreamStatus;
    while ((await status()) !== 'ACTIVE') await new Promise((go) => setTimeout(go, 50));
    const { code, err } = await send(
      `kinesis:${StreamName}`,
      fixture('kinesis', numbered(60, 6)),
      '--endpoint',
      endpoint,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const shard = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(shard));
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    const records = Records.map(
      ({ PartitionKey = '', Data }) => [PartitionKey, Buffer.from(Data ?? []).toString()] as const,
    );
    expectInOrder(byKey(records), 6, 60);
    client.destroy();
  });
});
