/** The Runtime API itself, asked by hand: which calls it allows when, and what it answers to the others. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { FunctionAnswer } from '@millrace/aws-shapes';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RuntimeApi } from '../src/isolated/runtime-api.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:orders';
const TASK = { requestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd', event: '{"key":"ä"}', deadlineMs: 1_542_409_706_888 };

let api: RuntimeApi;
let address: string;
let heard: (FunctionAnswer | 'asked')[];

beforeEach(async () => {
  heard = [];
  api = new RuntimeApi(ARN, {
    asked: () => heard.push('asked'),
    answered: (answer) => heard.push(answer),
    failedToStart: (answer) => heard.push(answer),
  });
  address = await api.listen();
});

afterEach(() => api.close());

const url = (path: string) => `http://${address}/2018-06-01/runtime/${path}`;

async function ask(method: string, path: string, body?: string): Promise<readonly [number, unknown]> {
  const response = await fetch(url(path), { method, body: body ?? null });
  return [response.status, await response.json()];
}

/** Asks for an event and gets it. */
async function next(): Promise<Response> {
  const asked = fetch(url('invocation/next'));
  while (heard.at(-1) !== 'asked') await new Promise((resolve) => setTimeout(resolve, 1));
  heard.pop();
  api.give(TASK);
  return asked;
}

const answer = (kind: string, body: string) => ask('POST', `invocation/${TASK.requestId}/${kind}`, body);

test('an event comes with its headers', async () => {
  const response = await next();
  expect(response.status).toBe(200);
  expect(response.headers.get('Lambda-Runtime-Aws-Request-Id')).toBe(TASK.requestId);
  expect(response.headers.get('Lambda-Runtime-Deadline-Ms')).toBe('1542409706888');
  expect(response.headers.get('Lambda-Runtime-Invoked-Function-Arn')).toBe(ARN);
  expect(response.headers.get('Lambda-Runtime-Trace-Id')).toMatch(
    /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=\w{16};Sampled=0$/,
  );
  expect(await response.text()).toBe(TASK.event);
});

test('a response is accepted once', async () => {
  await next();
  expect(await answer('response', '{"ok":1}')).toEqual([202, { status: 'OK' }]);
  expect(heard).toEqual([{ kind: 'returned', value: { ok: 1 } }]);
  const [status, body] = await answer('response', '{"ok":2}');
  expect([status, body]).toMatchObject([403, { errorType: 'InvalidStateTransition' }]);
  expect(await answer('error', '{}')).toMatchObject([403, { errorType: 'InvalidStateTransition' }]);
  expect(heard.length).toBe(1);
});

test.each([
  [
    '{"errorType":"T","errorMessage":"m","stackTrace":["a","b"]}',
    { errorType: 'T', errorMessage: 'm', stackTrace: ['a', 'b'] },
  ],
  ['{"errorType":"T","errorMessage":"m","trace":["a"]}', { errorType: 'T', errorMessage: 'm', stackTrace: ['a'] }],
  ['{"errorMessage":7}', { errorType: 'Unhandled', errorMessage: '' }],
  ['[]', { errorType: 'Unhandled', errorMessage: '[]' }],
  ['', { errorType: 'Unhandled', errorMessage: '' }],
])('an error of the function: %s', async (body, expected) => {
  await next();
  expect(await answer('error', body)).toEqual([202, { status: 'OK' }]);
  expect(heard).toEqual([{ kind: 'threw', ...expected }]);
});

test('an init error is accepted before the first event only', async () => {
  expect((await ask('POST', 'init/error', '{"errorType":"T","errorMessage":"m"}'))[0]).toBe(202);
  expect(heard).toEqual([{ kind: 'threw', errorType: 'T', errorMessage: 'm' }]);
  expect((await ask('POST', 'init/error', '{}'))[0]).toBe(403);
  expect((await ask('GET', 'invocation/next'))[0]).toBe(403);
});

test.each([
  ['GET', 'invocation/other', 404],
  ['POST', 'invocation/next', 405],
  ['GET', `invocation/${TASK.requestId}/response`, 405],
  ['GET', 'init/error', 405],
  ['POST', `invocation/${TASK.requestId}/response/more`, 404],
  ['POST', 'invocation//response', 404],
  ['POST', `invocation/${TASK.requestId}/response`, 400],
  ['GET', '../../2018-06-02/runtime/invocation/next', 404],
])('%s %s is refused with %i', async (method, path, status) => {
  expect((await ask(method, path, method === 'POST' ? '{}' : undefined))[0]).toBe(status);
  expect(heard).toEqual([]);
});

test('the next event is refused while one is worked on', async () => {
  await next();
  expect(await ask('GET', 'invocation/next')).toEqual([
    403,
    {
      errorType: 'InvalidStateTransition',
      errorMessage: 'State transition from Running to Ready failed for runtime. Error: State transition is not allowed',
    },
  ]);
});

test('a response that breaks off in the middle is none', async () => {
  await next();
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.write(
    `POST /2018-06-01/runtime/invocation/${TASK.requestId}/response HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"half`,
  );
  await once(socket, 'connect');
  socket.destroy();
  expect(await answer('response', '"whole"')).toEqual([202, { status: 'OK' }]);
  expect(heard).toEqual([{ kind: 'returned', value: 'whole' }]);
});

test('an event whose request is gone waits for the next request', async () => {
  const gone = new AbortController();
  const first = fetch(url('invocation/next'), { signal: gone.signal }).catch(() => 'aborted');
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  gone.abort();
  expect(await first).toBe('aborted');
  const [host, port] = address.split(':');
  await once(connect(Number(port), host).end(), 'close');
  api.give(TASK);
  expect(await (await fetch(url('invocation/next'))).text()).toBe(TASK.event);
});

test('bytes that are no HTTP do no harm', async () => {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {}).resume();
  socket.write(Buffer.from([0, 255, 13, 10, 13, 10]));
  await once(socket, 'close');
  expect((await next()).status).toBe(200);
});
