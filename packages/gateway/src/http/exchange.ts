/**
 * One request and its answer, here those of SQS. Whatever comes in, an answer in the client's protocol goes out, or nothing when the client is
 * gone; nothing that a request does can end the process.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NoSuchQueue, newId } from '@millrace/runtime';
import { internalFailure, noSuchQueue, SqsError } from '../errors.ts';
import { handlers } from '../operations/handlers.ts';
import { jsonProtocol, readJson } from '../protocol/json.ts';
import type { Answer, Protocol, Request } from '../protocol/protocol.ts';
import { queryProtocol, readQuery } from '../protocol/query.ts';
import type { Call } from '../service.ts';
import { begin } from './begin.ts';
import { readBody, SQS_BODY_BYTES } from './body.ts';
import { endAfterAnswer } from './server.ts';
import { apiOf, exchangeStreams } from './streamsExchange.ts';
import { type ExchangeTools, hasLeft, startWaiting } from './tools.ts';

export async function exchange(
  tools: ExchangeTools,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const api = apiOf(request.headers['x-amz-target']);
  if (api) return exchangeStreams(tools, api, request, response);
  const requestId = newId();
  const target = request.headers['x-amz-target'];
  const protocol = isJson(request) ? jsonProtocol : queryProtocol;
  try {
    const name = typeof target === 'string' ? target : '';
    const read = await begin(tools, response, () => readRequest(request, name, protocol));
    const output = await carryOut(tools, read, request, response);
    write(tools, response, protocol.success(read.operation, output, requestId), requestId);
  } catch (error) {
    const known = asSqsError(tools, error, requestId);
    if (!request.complete) endAfterAnswer(request, response);
    write(tools, response, protocol.failure(known, requestId), requestId);
  }
}

function isJson({ headers }: IncomingMessage): boolean {
  return headers['x-amz-target'] !== undefined || (headers['content-type'] ?? '').startsWith('application/x-amz-json');
}

async function readRequest(request: IncomingMessage, target: string, protocol: Protocol): Promise<Request> {
  const { method, url = '/' } = request;
  if (method === 'POST') {
    const body = (await readBody(request, SQS_BODY_BYTES)).toString();
    if (protocol === jsonProtocol) return readJson(target, body);
    const cut = url.indexOf('?');
    return readQuery(cut < 0 ? body : `${url.slice(cut + 1)}&${body}`);
  }
  request.resume();
  if (method === 'GET') return readQuery(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  throw new SqsError('MethodNotAllowed', `The method ${method} is not allowed; use POST, or GET with a query.`);
}

async function carryOut(
  tools: ExchangeTools,
  { operation, input }: Request,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<object | undefined> {
  const { url = '/', headers } = request;
  let waiting: AbortController | undefined;
  const call: Call = {
    origin: `http://${headers.host || headers[':authority'] || tools.authority}`,
    path: url.split('?', 1)[0]!,
    signal: () => {
      waiting ??= startWaiting(tools, response);
      return waiting.signal;
    },
  };
  try {
    return await handlers[operation](tools.service, input as Readonly<Record<string, never>>, call);
  } finally {
    if (waiting) tools.waiting.delete(waiting);
  }
}

function asSqsError({ service, log }: ExchangeTools, error: unknown, requestId: string): SqsError {
  if (error instanceof SqsError) return error;
  if (error instanceof NoSuchQueue) {
    service.forget(error.queue);
    return noSuchQueue();
  }
  log.error({ err: error, requestId }, 'A request failed inside the gateway.');
  return internalFailure();
}

function write(tools: ExchangeTools, response: ServerResponse, answer: Answer, requestId: string): void {
  if (hasLeft(response) || response.headersSent) return;
  const headers = ['x-amzn-RequestId', requestId, 'Content-Type', answer.contentType];
  if (answer.queryError !== undefined) headers.push('x-amzn-query-error', answer.queryError);
  headers.push('Content-Length', String(Buffer.byteLength(answer.body)));
  if (tools.isClosing()) response.shouldKeepAlive = false;
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}
