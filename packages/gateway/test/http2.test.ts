/** HTTP/2 without TLS on the same port: what the Kinesis client speaks unless it is told otherwise. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { Kinesis } from '@aws-sdk/client-kinesis';
import { memoryStreams, type ShardAsk, type Stream, type Streams } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { refusalOf, shardIdOf, startStreams, streamArnOf, textOf, textsOf } from './streamsSupport.ts';
import { ACCOUNT, clientOf, jsonRequest, makeQueue, REGION, send, sendBytes } from './support.ts';

function plainKinesis(endpoint: string): Kinesis {
  return new Kinesis({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  });
}

test('the client of Kinesis needs no settings of its own, and may subscribe', async () => {
  const { gateway } = await startStreams();
  const kinesis = plainKinesis(gateway.url);
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  const Data = Buffer.alloc(1_048_000, 'x');
  await Promise.all(Array.from({ length: 20 }, () => kinesis.putRecord({ StreamName: 's', Data, PartitionKey: 'k' })));
  expect(await textsOf(kinesis, 's')).toHaveLength(10);
  expect(await refusalOf(kinesis.describeStream({ StreamName: 'nobody' }))).toContain('ResourceNotFoundException');
  const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN: streamArnOf('s'), ConsumerName: 'c' });
  const { EventStream } = await kinesis.subscribeToShard({
    ConsumerARN: Consumer!.ConsumerARN!,
    ShardId: shardIdOf(0),
    StartingPosition: { Type: 'LATEST' },
  });
  const events = EventStream![Symbol.asyncIterator]();
  const next = events.next();
  await kinesis.putRecord({ StreamName: 's', Data: Buffer.from('pushed'), PartitionKey: 'k' });
  expect(textOf((await next).value?.SubscribeToShardEvent?.Records?.[0]?.Data)).toBe('pushed');
  const ended = events.next();
  const before = performance.now();
  await gateway.close();
  expect(await ended).toMatchObject({ done: true });
  expect(performance.now() - before).toBeLessThan(2500);
  kinesis.destroy();
});

test('a body that is too long is refused, and clients that leave in the middle cost nothing', async () => {
  const logged: unknown[] = [];
  const { gateway } = await startStreams({ log: { error: (data) => void logged.push(data) } });
  const kinesis = plainKinesis(gateway.url);
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  const client = connectHttp2(gateway.url);
  client.on('error', () => {});
  const headers = { ':method': 'POST', ':path': '/', 'x-amz-target': 'Kinesis_20131202.PutRecord' };
  const long = client.request({ ...headers, 'content-length': String(17 * 1_048_576) });
  long.on('error', () => {});
  long.write('{');
  const [answer] = await once(long, 'response');
  expect(answer[':status']).toBe(413);
  for (let count = 0; count < 50; count++) {
    const stream = client.request(headers);
    stream.on('error', () => {});
    stream.write('{"StreamName":');
    if (count % 2 === 0) stream.close();
  }
  await once(client.request({ ...headers, ':method': 'GET' }, { endStream: true }), 'response');
  client.destroy();
  await kinesis.putRecord({ StreamName: 's', Data: Buffer.from('x'), PartitionKey: 'k' });
  expect(await textsOf(kinesis, 's')).toEqual(['x']);
  expect(logged).toEqual([]);
  kinesis.destroy();
});

test.each(['gives the request up', 'breaks the connection'])(
  'a body within which a client %s is not carried out',
  async (how) => {
    const { gateway, sqs } = await startStreams();
    const QueueUrl = await makeQueue(sqs, 'q');
    const client = await connected(gateway.url);
    const isGivenUp = how === 'gives the request up';
    const stream = client.request({
      ':method': 'POST',
      ':path': '/',
      'content-type': 'application/x-www-form-urlencoded',
      // This client ends what it gives up: only by its length can be seen that it is not whole.
      ...(isGivenUp && { 'content-length': '500' }),
    });
    stream.on('error', () => {});
    stream.write(`Action=SendMessage&QueueUrl=${encodeURIComponent(QueueUrl)}&MessageBody=half+of+a+mess`);
    await pingOf(client);
    if (isGivenUp) stream.close(8);
    else client.destroy();
    expect((await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 })).Messages).toBeUndefined();
    client.destroy();
  },
);

test('a subscription whose client leaves while its shard is looked for reads nothing', async () => {
  const substrate = memoryStreams();
  const open = substrate.open.bind(substrate);
  let reads = 0;
  let isLookedFor = () => {};
  let hasLeft = () => {};
  const looking = new Promise<void>((resolve) => (isLookedFor = resolve));
  const left = new Promise<void>((resolve) => (hasLeft = resolve));
  const streams: Streams = Object.assign(substrate, {
    open: (name: string): Stream => {
      const stream = open(name);
      const shards = stream.shards.bind(stream);
      const read = stream.read.bind(stream);
      return Object.assign(stream, {
        shards: async () => {
          isLookedFor();
          await left;
          return shards();
        },
        read: (ask: ShardAsk) => {
          reads++;
          return read(ask);
        },
      });
    },
  });
  const { gateway, kinesis } = await startStreams({ streams });
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN: streamArnOf('s'), ConsumerName: 'c' });
  const client = await connected(gateway.url);
  const stream = client.request({
    ':method': 'POST',
    ':path': '/',
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'Kinesis_20131202.SubscribeToShard',
  });
  stream.on('error', () => {});
  const StartingPosition = { Type: 'TRIM_HORIZON' };
  stream.end(JSON.stringify({ ConsumerARN: Consumer!.ConsumerARN, ShardId: shardIdOf(0), StartingPosition }));
  await looking;
  stream.close(8);
  await pingOf(client);
  hasLeft();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(reads).toBe(0);
  client.destroy();
  const before = performance.now();
  await gateway.close();
  expect(performance.now() - before).toBeLessThan(2500);
});

async function connected(url: string): Promise<ClientHttp2Session> {
  const client = connectHttp2(url);
  client.on('error', () => {});
  await once(client, 'connect');
  return client;
}

/** What was sent before has been seen. */
function pingOf(client: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    client.ping((error) => (error ? reject(error) : resolve()));
  });
}

test('SQS answers over HTTP/2, too, in both protocols', async () => {
  const { gateway } = await startStreams();
  const client = connectHttp2(gateway.url);
  const ask = async (headers: Record<string, string>, body: string) => {
    const stream = client.request({ ':method': 'POST', ':path': '/', ...headers });
    stream.end(body);
    const [answer] = await once(stream, 'response');
    let text = '';
    for await (const chunk of stream) text += chunk;
    return { status: answer[':status'], text };
  };
  const { headers, body } = jsonRequest('CreateQueue', { QueueName: 'q' });
  const made = await ask(headers as Record<string, string>, body as string);
  expect(made).toEqual({ status: 200, text: JSON.stringify({ QueueUrl: `${gateway.url}/${ACCOUNT}/q` }) });
  const listed = await ask({ 'content-type': 'application/x-www-form-urlencoded' }, 'Action=ListQueues');
  expect([listed.status, listed.text.includes(`${gateway.url}/${ACCOUNT}/q`)]).toEqual([200, true]);
  const sqs = clientOf(gateway.url);
  expect((await sqs.listQueues()).QueueUrls).toHaveLength(1);
  sqs.destroy();
  client.close();
});

test('a connection is told apart however its first bytes come, and one that says nothing holds nothing up', async () => {
  const { gateway } = await startStreams();
  const silent = connect(gateway.port, '127.0.0.1');
  const half = connect(gateway.port, '127.0.0.1', () => half.write('P'));
  await once(half, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 20));
  half.write('OST / HTTP/1.1\r\nContent-Length: 17\r\nConnection: close\r\n\r\nAction=ListQueues');
  let text = '';
  for await (const chunk of half) text += chunk;
  expect(text).toContain('HTTP/1.1 200 OK');
  expect(await sendBytes(gateway.port, 'P')).toBe('');
  expect(await sendBytes(gateway.port, 'PRI * HTTP/2.0\r\n\r\nnot at all')).not.toContain('HTTP/1.1');
  expect((await send(gateway.url, jsonRequest('ListQueues', {}))).status).toBe(200);
  const before = performance.now();
  await gateway.close();
  expect(performance.now() - before).toBeLessThan(2500);
  silent.destroy();
});
