/**
 * The HTTP server: its limits in time and size, its answers to what is not HTTP, and its end.
 *
 * 1. A client has 10 s for the headers of a request and 30 s for all of it; an idle connection is kept for 65 s, which is
 *    longer than the usual clients keep theirs, so that it is them who close.
 * 2. Bytes that are no HTTP request get an answer in AWS's form, too, before the connection is closed.
 * 3. Closing ends receives that wait with an empty answer, lets running requests finish, then closes what is left.
 */
import { createServer, type IncomingMessage, maxHeaderSize, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { newId } from '@millrace/runtime';
import { SqsError } from '../errors.ts';
import { queryProtocol } from '../protocol/query.ts';
import { tellApart } from './firstBytes.ts';
import { createHttp2Side } from './http2.ts';

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const IDLE_MS = 65_000;
const CHECK_MS = 5000;
/** How long a client may go on sending after it was told to stop. */
const LAST_WORDS_MS = 1000;
const CLOSE_MS = 3000;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpServer {
  readonly server: Server;
  close(): Promise<void>;
}

/** Serves HTTP/1.1, and HTTP/2 to those who begin with it. */
export function createHttpServer(listener: Listener): HttpServer {
  const server = createHttp1Server(listener);
  const http2 = createHttp2Side(listener, { requestMs: REQUEST_MS, idleMs: IDLE_MS, maxHeaderSize });
  const quiet = tellApart(server, http2.take, HEADERS_MS);
  return {
    server,
    close: () => {
      for (const socket of quiet) socket.destroy();
      http2.close();
      return closeServer(server, http2.destroy);
    },
  };
}

function createHttp1Server(listener: Listener): Server {
  const server = createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize,
    noDelay: true,
    // Node would answer by itself, and not as AWS does.
    requireHostHeader: false,
  });
  server.on('request', (request, response) => {
    // A connection that breaks is no error of anybody's.
    request.on('error', ignore);
    response.on('error', ignore);
    listener(request, response);
  });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerRaw(socket, errorFor(error)));
  server.on('connect', (_request, socket) => {
    answerRaw(socket, new SqsError('MethodNotAllowed', 'The method CONNECT is not allowed; use POST.'));
  });
  return server;
}

export function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

function closeServer(server: Server, endOthers: () => void): Promise<void> {
  return new Promise((resolve) => {
    const endAll = () => {
      server.closeAllConnections();
      endOthers();
    };
    const patience = setTimeout(endAll, CLOSE_MS);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Stops a client whose request was answered before it was read to its end: it may send on for a moment, unread. */
export function endAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  response.on('finish', () => {
    request.resume();
    setTimeout(() => request.destroy(), LAST_WORDS_MS).unref();
  });
}

function ignore(): void {}

function errorFor({ code }: NodeJS.ErrnoException): SqsError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new SqsError('RequestHeadersTooLarge', `The headers of a request have at most ${maxHeaderSize} bytes.`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new SqsError('RequestTimeout', 'The request did not arrive in time.');
    default:
      return new SqsError('MalformedHttp', 'This is not an HTTP request.');
  }
}

function answerRaw(socket: Duplex, error: SqsError): void {
  if (!socket.writable || socket.destroyed) return;
  const requestId = newId();
  const { status, contentType, body } = queryProtocol.failure(error, requestId);
  const head = [
    `HTTP/1.1 ${status} ${error.kind.code}`,
    `x-amzn-RequestId: ${requestId}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.on('error', ignore);
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
