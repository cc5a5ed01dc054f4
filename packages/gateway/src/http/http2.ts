/**
 * The HTTP/2 side of the server, without TLS. It has no port of its own: it is given connections.
 *
 * 1. A client has the same time for a request as over HTTP/1.1, and a connection may be idle as long.
 * 2. Closing lets running requests finish; what is left then is ended by force.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

export interface Http2Limits {
  readonly requestMs: number;
  readonly idleMs: number;
  readonly maxHeaderSize: number;
}

export interface Http2Side {
  /** Serves a connection. */
  take(socket: Socket): void;
  close(): void;
  destroy(): void;
}

const MOST_STREAMS = 128;

export function createHttp2Side(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  { requestMs, idleMs, maxHeaderSize }: Http2Limits,
): Http2Side {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: maxHeaderSize } });
  server.setTimeout(idleMs);
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  // A connection that breaks is no error of anybody's.
  server.on('sessionError', () => {});
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const patience = setTimeout(() => request.stream.close(), requestMs);
    const arrived = () => clearTimeout(patience);
    request.once('end', arrived);
    request.stream.once('close', arrived);
    // What is used of them here is the same for both.
    listener(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  return {
    take: (socket) => {
      // The HTTP/1.1 server keeps its side open when a client has closed its own.
      socket.allowHalfOpen = false;
      server.emit('connection', socket);
    },
    close: () => {
      for (const session of sessions) session.close();
    },
    destroy: () => {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Ends the connection of a request when everything on it is answered. */
export function endConnection(request: IncomingMessage): void {
  if (request.httpVersionMajor < 2) request.socket.end();
  else (request as unknown as Http2ServerRequest).stream.session?.close();
}
