/** Functions elsewhere: an emulator over HTTP and a Lambda endpoint, both played by a small server with canned answers. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionDefinition, Invoker } from '@millrace/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpInvoker, lambdaInvoker } from '../src/index.ts';
import { definitionOf, eventually, invocationOf, open } from './support.ts';

interface Canned {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let seen: Seen[];
let respond: (response: ServerResponse) => void;
let origin: string;

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    respond(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function can({ status = 200, headers = {}, body = '' }: Canned): void {
  respond = (response) => response.writeHead(status, headers).end(body);
}

const http = (changes: Partial<FunctionDefinition> = {}) => open(httpInvoker(definitionOf(changes), { url: origin }));

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-secret' };
const lambda = (endpoint = origin) =>
  open(lambdaInvoker(definitionOf(), { client: { endpoint, region: 'eu-central-1', credentials } }));

async function answerOf(invoker: Invoker): Promise<unknown> {
  return (await invoker.invoke(invocationOf({ Records: [] }))).answer;
}

const exited = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'RequestId: 1 Error: Runtime exited with error: exit status 3',
};
const killed = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'RequestId: 1 Error: Runtime exited with error: signal: killed',
};
const silent = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'RequestId: 1 Error: Runtime exited without providing a reason',
};
const timedOut = {
  errorType: 'Sandbox.Timedout',
  errorMessage: 'RequestId: 1 Error: Task timed out after 3.00 seconds',
};
const tooLarge = { errorType: 'Function.ResponseSizeTooLarge', errorMessage: 'Response payload size exceeded …' };
const thrown = { errorType: 'ValueError', errorMessage: 'no', stackTrace: ['line 1'] };

const payloads: readonly (readonly [object, unknown])[] = [
  [exited, { kind: 'exited', exitCode: 3 }],
  [silent, { kind: 'exited', exitCode: 0 }],
  [killed, { kind: 'out-of-memory' }],
  [timedOut, { kind: 'timed-out', timeoutMs: 3000 }],
  [tooLarge, { kind: 'too-large' }],
  [thrown, { kind: 'threw', ...thrown }],
];

describe('an emulator', () => {
  test('gets the event and answers', async () => {
    can({ body: '{"ok":true}' });
    expect(await answerOf(http())).toEqual({ kind: 'returned', value: { ok: true } });
    expect(seen[0]).toMatchObject({ path: '/2015-03-31/functions/function/invocations', body: '{"Records":[]}' });
  });

  test.each(payloads)('a failed function: %j', async (payload, answer) => {
    can({ body: JSON.stringify(payload) });
    expect(await answerOf(http())).toEqual(answer);
    can({ body: JSON.stringify(payload), status: 502 });
    expect(await answerOf(http())).toEqual(answer);
  });

  test.each<readonly [Canned, unknown]>([
    [{ body: 'Task timed out after 3.00 seconds' }, { kind: 'timed-out', timeoutMs: 3000 }],
    [{ body: 'null' }, { kind: 'returned', value: null }],
    [{ body: '' }, { kind: 'returned', value: undefined }],
    [{ body: '<html>' }, { kind: 'not-json' }],
    [{ body: '{"errorType":"mine"}' }, { kind: 'returned', value: { errorType: 'mine' } }],
    [{ body: Buffer.alloc(7_000_000, 0x31) }, { kind: 'too-large' }],
    [
      { status: 500, body: 'oops' },
      { kind: 'unreachable', reason: 'HTTP 500: oops' },
    ],
    [{ status: 404 }, { kind: 'unreachable', reason: 'HTTP 404:' }],
    [
      { status: 429, body: '{}' },
      { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' },
    ],
  ])('%j', async (canned, answer) => {
    can(canned);
    expect(await answerOf(http())).toEqual(answer);
  });

  test('silence is a timeout after the deadline', async () => {
    respond = () => {};
    const invoker = http({ timeoutMs: 200 });
    const { answer, startMs, endMs } = await invoker.invoke(invocationOf({}));
    expect(answer).toEqual({ kind: 'timed-out', timeoutMs: 200 });
    expect(endMs - startMs).toBeGreaterThanOrEqual(200);
    expect(invoker.environments().running).toBe(0);
  });

  test('nobody there: it did not run', async () => {
    const invoker = http();
    server.close();
    expect(await answerOf(invoker)).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a connection that breaks in the middle: nobody knows', async () => {
    respond = (response) => response.destroy();
    expect(await answerOf(http())).toEqual({ kind: 'lost' });
  });

  test('one at a time; what is late or too large is not sent', async () => {
    respond = () => {};
    const invoker = http();
    const first = invoker.invoke(invocationOf({}));
    expect(await answerOf(invoker)).toEqual({ kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' });
    await eventually('the first has arrived', () => seen.length === 1);
    expect((await invoker.invoke(invocationOf({}, { startBy: Date.now() - 1 }))).answer).toEqual({ kind: 'lost' });
    expect((await invoker.invoke(invocationOf('x'.repeat(6_291_456)))).answer.kind).toBe('unreachable');
    await invoker.close(50);
    expect((await first).answer).toEqual({ kind: 'lost' });
    expect(seen.length).toBe(1);
  });
});

describe('a Lambda endpoint', () => {
  test('gets Invoke with RequestResponse, and its log tail comes back', async () => {
    can({ body: '{"ok":true}', headers: { 'x-amz-log-result': Buffer.from('REPORT …').toString('base64') } });
    const result = await lambda().invoke(invocationOf({ Records: [1] }));
    expect(result).toMatchObject({ answer: { kind: 'returned', value: { ok: true } }, logs: 'REPORT …' });
    const arn = encodeURIComponent(definitionOf().arn);
    expect(seen[0]).toMatchObject({ path: `/2015-03-31/functions/${arn}/invocations`, body: '{"Records":[1]}' });
    expect(seen[0]?.headers['x-amz-invocation-type']).toBe('RequestResponse');
  });

  test.each(payloads)('a failed function: %j', async (payload, answer) => {
    can({ body: JSON.stringify(payload), headers: { 'x-amz-function-error': 'Unhandled' } });
    expect(await answerOf(lambda())).toEqual(answer);
  });

  test('an error payload without its header is an answer', async () => {
    can({ body: JSON.stringify(thrown) });
    expect(await answerOf(lambda())).toEqual({ kind: 'returned', value: thrown });
  });

  test.each<readonly [number, string, object, unknown]>([
    [
      429,
      'TooManyRequestsException',
      { message: 'Rate Exceeded.', Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
      { kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
    ],
    [429, 'TooManyRequestsException', {}, { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' }],
    [
      404,
      'ResourceNotFoundException',
      { Message: 'Function not found' },
      { kind: 'unreachable', reason: 'ResourceNotFoundException: Function not found' },
    ],
    [403, 'AccessDeniedException', { message: 'no' }, { kind: 'unreachable', reason: 'AccessDeniedException: no' }],
    [500, 'ServiceException', { message: 'oops' }, { kind: 'unreachable', reason: 'ServiceException: oops' }],
  ])('%i %s %j, asked once', async (status, type, body, answer) => {
    can({ status, headers: { 'x-amzn-errortype': type }, body: JSON.stringify(body) });
    expect(await answerOf(lambda())).toEqual(answer);
    expect(seen.length).toBe(1);
  });

  test('nobody there, and a connection that breaks', async () => {
    respond = (response) => response.destroy();
    expect(await answerOf(lambda())).toEqual({ kind: 'lost' });
    const invoker = lambda('http://127.0.0.1:1');
    expect(await answerOf(invoker)).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
