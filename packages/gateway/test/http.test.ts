/** The server itself: what is no proper request, what comes too late or too long, clients that leave, and its end. */
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { memoryQueues, type Queues, type ReceiveAsk } from '@millrace/runtime';
import { expect, test, vi } from 'vitest';
import { startGateway } from '../src/index.ts';
import {
  ACCOUNT,
  errorCode,
  jsonRequest,
  makeQueue,
  parseXml,
  REGION,
  send,
  sendBytes,
  startWorld,
} from './support.ts';

/** The error answer in what came back on a socket. */
function rawError(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 \d{3} /);
  expect(head.toLowerCase()).toContain('connection: close');
  const { Error: error } = parseXml(body).ErrorResponse;
  return { status: Number(head.slice(9, 12)), code: error.Code };
}

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'MalformedHttpRequest'],
  ['TLS', Buffer.from([22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3]), 400, 'MalformedHttpRequest'],
  ['a header without a name', 'POST / HTTP/1.1\r\n: x\r\n\r\n', 400, 'MalformedHttpRequest'],
  ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400, 'MalformedHttpRequest'],
  ['a negative length', 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 400, 'MalformedHttpRequest'],
  ['headers without end', `POST / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'RequestHeadersTooLarge'],
  ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'MethodNotAllowed'],
])('%s is answered as AWS would, and the connection closed', async (_title, bytes, status, code) => {
  const { gateway, sqs } = await startWorld();
  expect(rawError(await sendBytes(gateway.port, bytes))).toEqual({ status, code });
  expect(await sqs.listQueues({})).toBeDefined();
});

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('the method %s is refused', async (method) => {
  const { gateway } = await startWorld();
  expect(errorCode(await send(gateway.url, { method, body: 'x' }))).toBe('MethodNotAllowed');
});

test.each([
  ['no JSON', jsonRequest('ListQueues', '{'), 'MalformedInput'],
  ['a number', jsonRequest('ListQueues', '1'), 'MalformedInput'],
  ['null', jsonRequest('ListQueues', 'null'), 'MalformedInput'],
  ['a list', jsonRequest('ListQueues', '[]'), 'MalformedInput'],
  ['a text for a number', jsonRequest('ListQueues', { MaxResults: '1' }), 'MalformedInput'],
  ['half a number', jsonRequest('ListQueues', { MaxResults: 1.5 }), 'MalformedInput'],
  ['a number for a text', jsonRequest('SendMessage', { QueueUrl: 1 }), 'MalformedInput'],
  ['an object for a list', jsonRequest('SendMessageBatch', { Entries: {} }), 'MalformedInput'],
  ['an entry that is null', jsonRequest('SendMessageBatch', { Entries: [null] }), 'MalformedInput'],
  ['a tag that is null', jsonRequest('TagQueue', { Tags: { a: null } }), 'MalformedInput'],
  [
    'a list that is null',
    jsonRequest('SendMessageBatch', { QueueUrl: `/${ACCOUNT}/q`, Entries: null }),
    'AWS.SimpleQueueService.EmptyBatchRequest',
  ],
  ['an operation of nobody', jsonRequest('Dance', {}), 'InvalidAction'],
  ['an operation that every object has', jsonRequest('toString', {}), 'InvalidAction'],
  [
    'another service',
    { ...jsonRequest('x', '{}'), headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' } },
    'InvalidAction',
  ],
  ['no target', { headers: { 'content-type': 'application/x-amz-json-1.0' }, body: '{}' }, 'InvalidAction'],
])('JSON with %s is refused', async (_title, request, code) => {
  const { gateway, sqs } = await startWorld();
  await makeQueue(sqs, 'q');
  expect(errorCode(await send(gateway.url, request))).toBe(code);
});

test('a JSON request without a QueueUrl means the queue of its path, and null is as good as nothing', async () => {
  const { gateway, sqs } = await startWorld();
  await makeQueue(sqs, 'q');
  const at = (path: string) =>
    send(gateway.url, { ...jsonRequest('SendMessage', { MessageBody: 'x', DelaySeconds: null }), path });
  expect((await at(`/${ACCOUNT}/q`)).status).toBe(200);
  expect(errorCode(await at('/'))).toBe('MissingParameter');
  const nulls = {
    MaxNumberOfMessages: null,
    WaitTimeSeconds: null,
    AttributeNames: null,
    ReceiveRequestAttemptId: null,
  };
  const received = await send(gateway.url, { ...jsonRequest('ReceiveMessage', nulls), path: `/${ACCOUNT}/q` });
  expect(JSON.parse(received.body).Messages).toHaveLength(1);
});

test('without a Host header, queue URLs have the address of the server', async () => {
  const { gateway } = await startWorld();
  const { headers, body } = jsonRequest('CreateQueue', { QueueName: 'q' });
  const head = Object.entries({ ...headers, 'content-length': `${body!.length}` }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  for (const version of ['HTTP/1.0', 'HTTP/1.1']) {
    const bytes = `POST / ${version}\r\n${head.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`;
    const text = await sendBytes(gateway.port, bytes);
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toEqual({ QueueUrl: `${gateway.url}/${ACCOUNT}/q` });
  }
});

test('a body that is too long is refused before it is read', async () => {
  const { gateway } = await startWorld();
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n';
  const announced = await sendBytes(gateway.port, `${head}Content-Length: 5000000\r\n\r\n{`);
  expect(announced).toMatch(/^HTTP\/1\.1 413 /);
  expect(announced).toContain('RequestEntityTooLarge;Sender');
  const chunk = `${(1_048_576).toString(16)}\r\n${'x'.repeat(1_048_576)}\r\n`;
  const chunked = await sendBytes(gateway.port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`);
  expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
});

test('a client that stops within a body costs nothing', async () => {
  const { gateway, sqs } = await startWorld();
  await sendBytes(gateway.port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  expect(await sqs.listQueues({})).toBeDefined();
});

test('a client that asks to continue is told so', async () => {
  const { gateway } = await startWorld();
  const { headers, body } = jsonRequest('ListQueues', {});
  expect((await send(gateway.url, { headers: { ...headers, expect: '100-continue' }, body: body! })).status).toBe(200);
  expect((await send(gateway.url, { headers: { ...headers, expect: 'wonders' }, body: body! })).status).toBe(200);
});

test('one connection serves many requests, also in one go', async () => {
  const { gateway } = await startWorld();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let index = 0; index < 3; index++) {
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest(gateway.url, {
        method: 'POST',
        agent,
        headers: jsonRequest('ListQueues', {}).headers,
      });
      request.on('error', reject);
      request.on('response', (response) => {
        ports.add(response.socket.localPort);
        response.resume().on('end', resolve);
      });
      request.end('{}');
    });
  }
  agent.destroy();
  expect(ports.size).toBe(1);
  const one = 'GET /?Action=ListQueues HTTP/1.1\r\nHost: x\r\n';
  const both = await sendBytes(gateway.port, `${one}\r\n${one}Connection: close\r\n\r\n`);
  expect(both.split('<ListQueuesResponse').length).toBe(3);
});

/** Queues that tell which receives came to them. */
function watchedQueues(): { queues: Queues; asks: ReceiveAsk[] } {
  const queues = memoryQueues();
  const asks: ReceiveAsk[] = [];
  const open = queues.open.bind(queues);
  queues.open = (name) => {
    const queue = open(name);
    const receive = queue.receive;
    queue.receive = (ask) => {
      asks.push(ask);
      return receive(ask);
    };
    return queue;
  };
  return { queues, asks };
}

test('a client that leaves while it waits takes no message with it', async () => {
  const { queues, asks } = watchedQueues();
  const { gateway, sqs } = await startWorld({ queues });
  const QueueUrl = await makeQueue(sqs, 'q');
  const left = new AbortController();
  const gone = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 }, { abortSignal: left.signal }).catch(() => 'gone');
  const socket = connect(gateway.port, '127.0.0.1');
  const { headers, body } = jsonRequest('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 });
  const head = Object.entries({ host: 'x', ...headers, 'content-length': `${body!.length}` });
  socket.write(`POST / HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${body}`);
  await vi.waitFor(() => expect(asks).toHaveLength(2));
  left.abort();
  socket.destroy();
  expect(await gone).toBe('gone');
  await vi.waitFor(() => expect(asks.map(({ signal }) => signal!.aborted)).toEqual([true, true]));
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toHaveLength(1);
});

test('closing ends receives that wait with nothing, and refuses new connections', async () => {
  const { queues, asks } = watchedQueues();
  const { gateway, sqs } = await startWorld({ queues });
  const QueueUrl = await makeQueue(sqs, 'q');
  const waiting = [1, 2, 3].map(() => sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 }));
  await vi.waitFor(() => expect(asks).toHaveLength(3));
  const began = performance.now();
  await Promise.all([gateway.close(), gateway.close()]);
  for (const receipt of await Promise.all(waiting)) expect(receipt.Messages).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(2500);
  await expect(sqs.listQueues({})).rejects.toThrow();
});

test('a port that is taken is said by the start', async () => {
  const { gateway } = await startWorld();
  const again = startGateway({ queues: memoryQueues(), region: REGION, accountId: ACCOUNT, port: gateway.port });
  await expect(again).rejects.toThrow('EADDRINUSE');
});

test('a failure inside is logged, and answered without a word of it', async () => {
  const logged: unknown[][] = [];
  const log = { error: (...line: unknown[]) => void logged.push(line) };
  const queues = memoryQueues();
  queues.find = () => Promise.reject(new Error('secret'));
  const { gateway } = await startWorld({ queues, log });
  const answer = await send(gateway.url, jsonRequest('GetQueueUrl', { QueueName: 'q' }));
  expect(answer.status).toBe(500);
  expect(errorCode(answer)).toBe('InternalFailure');
  expect(answer.body).not.toContain('secret');
  expect(logged).toHaveLength(1);
});
