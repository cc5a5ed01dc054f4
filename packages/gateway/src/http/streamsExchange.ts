/**
 * One request of Kinesis or DynamoDB Streams and its answer, in the encoding of the request. As for SQS: whatever comes in,
 * an answer goes out, or nothing when the client is gone; nothing that a request does can end the process.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NoSuchStream, newId } from '@millrace/runtime';
import { SqsError } from '../errors.ts';
import { dynamodbStreams } from '../streams/dynamodb/api.ts';
import { failedInside, fromHttp, malformed, notFound, StreamsError } from '../streams/errors.ts';
import { kinesis } from '../streams/kinesis/api.ts';
import { type Api, operationOf, type StreamsCall } from '../streams/protocol/api.ts';
import { type Encoding, encodingFor } from '../streams/protocol/encoding.ts';
import { EVENT_STREAM, EventStream, eventMessage, exceptionMessage } from '../streams/protocol/eventStream.ts';
import { readInput } from '../streams/protocol/readInput.ts';
import { begin } from './begin.ts';
import { readBody, STREAMS_BODY_BYTES } from './body.ts';
import { endConnection } from './http2.ts';
import { endAfterAnswer } from './server.ts';
import { type ExchangeTools, hasLeft, startWaiting } from './tools.ts';

interface Exchange {
  readonly tools: ExchangeTools;
  readonly api: Api;
  readonly encoding: Encoding;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** The service of a target; undefined when it is SQS's or nobody's. */
export function apiOf(target: string | readonly string[] | undefined): Api | undefined {
  if (typeof target !== 'string') return undefined;
  return [kinesis, dynamodbStreams].find((api) => target.startsWith(`${api.target}.`));
}

export async function exchangeStreams(
  tools: ExchangeTools,
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = api.hasCbor ? encodingFor(request.headers['content-type'], api.json) : api.json;
  const one: Exchange = { tools, api, encoding, request, response, requestId: newId() };
  let waiting: AbortController | undefined;
  const signal = () => {
    waiting ??= startWaiting(tools, response);
    return waiting.signal;
  };
  try {
    const output = await carryOut(one, signal);
    if (output instanceof EventStream) await writeEvents(one, output, signal());
    else write(one, 200, output);
  } catch (error) {
    if (!request.complete) endAfterAnswer(request, response);
    writeError(one, asStreamsError(one, error));
  } finally {
    if (waiting) tools.waiting.delete(waiting);
  }
}

async function carryOut({ tools, api, encoding, request, response }: Exchange, signal: StreamsCall['signal']) {
  if (request.method !== 'POST') {
    request.resume();
    throw new StreamsError('UnknownOperationException', `The method ${request.method} is not allowed; use POST.`, 405);
  }
  const body = await begin(tools, response, () => readBody(request, STREAMS_BODY_BYTES));
  if (!tools.streams) {
    const text = `This endpoint has no ${api.title}: the gateway was started without streams.`;
    throw new StreamsError('UnknownOperationException', text);
  }
  const operation = operationOf(api, String(request.headers['x-amz-target']));
  const value = encoding.decode(body);
  if (isDryRun(value)) throw malformed('DryRun is not supported by this endpoint; leave it out.');
  return operation.run(tools.streams, readInput(operation.input, value, encoding), { encoding, signal });
}

/** What a client only wants to try must not be done. */
function isDryRun(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { readonly DryRun?: unknown }).DryRun === true;
}

/** Writes as fast as the client reads; ends the answer after the last event. */
async function writeEvents(one: Exchange, { name, events }: EventStream, signal: AbortSignal): Promise<void> {
  const { encoding, requestId, request, response, tools } = one;
  if (hasLeft(response)) return;
  if (tools.isClosing()) response.shouldKeepAlive = false;
  response.writeHead(200, { 'x-amzn-RequestId': requestId, 'Content-Type': EVENT_STREAM });
  response.write(eventMessage('initial-response', {}, encoding));
  try {
    for await (const event of events) {
      if (!response.write(eventMessage(name, event, encoding))) await once(response, 'drain', { signal });
    }
  } catch (error) {
    const known = signal.aborted && !(error instanceof StreamsError) ? undefined : asStreamsError(one, error);
    if (known && !hasLeft(response)) response.write(exceptionMessage(known, encoding));
  }
  response.end(() => {
    // Its head promised more on this connection, before the server was told to close.
    if (tools.isClosing()) endConnection(request);
  });
}

function asStreamsError({ tools, requestId }: Exchange, error: unknown): StreamsError {
  if (error instanceof StreamsError) return error;
  if (error instanceof SqsError) return fromHttp(error);
  if (error instanceof NoSuchStream) {
    tools.streams?.forget(error.stream);
    return notFound(`Stream ${error.stream} under account ${tools.service.accountId} not found.`);
  }
  tools.log.error({ err: error, requestId }, 'A request failed inside the gateway.');
  return failedInside();
}

function writeError(one: Exchange, { code, status, message }: StreamsError): void {
  write(one, status, { __type: one.api.errorType(code), message });
}

function write({ tools, encoding, response, requestId }: Exchange, status: number, output: object | undefined): void {
  if (hasLeft(response) || response.headersSent) return;
  const body = output === undefined ? '' : encoding.encode(output);
  const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
  if (tools.isClosing()) response.shouldKeepAlive = false;
  response.writeHead(status, {
    'x-amzn-RequestId': requestId,
    'Content-Type': encoding.contentType,
    'Content-Length': length,
  });
  response.end(body);
}
