/**
 * One port for HTTP/1.1 and for HTTP/2 without TLS, which clients of Kinesis begin with at once (prior knowledge): the first
 * three bytes of a connection tell them apart.
 *
 * 1. A connection that says nothing is closed after the time that a client has for the headers of a request.
 * 2. What was looked at is put back: both see the connection from its beginning.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** No method of HTTP/1.1 begins like this; it was reserved for this purpose. */
const PREFACE = 'PRI';

type Listener = (socket: Socket) => void;

/** Takes over the connections of a server. Answers those that have not said yet what they are. */
export function tellApart(server: Server, http2: Listener, quietMs: number): ReadonlySet<Socket> {
  const quiet = new Set<Socket>();
  const http1 = server.listeners('connection') as Listener[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const leave = () => socket.destroy();
    const patience = setTimeout(leave, quietMs);
    const done = () => {
      clearTimeout(patience);
      quiet.delete(socket);
      socket.removeListener('close', done);
      socket.removeListener('end', leave);
    };
    quiet.add(socket);
    socket.on('close', done);
    socket.on('end', leave);
    // A connection that breaks is no error of anybody's.
    socket.on('error', () => {});
    lookAt(socket, Buffer.alloc(0), (isHttp2) => {
      done();
      if (isHttp2) http2(socket);
      else for (const listener of http1) listener.call(server, socket);
    });
  });
  return quiet;
}

function lookAt(socket: Socket, before: Buffer, tell: (isHttp2: boolean) => void): void {
  const read: Buffer | null = socket.read();
  const bytes = read ? Buffer.concat([before, read]) : before;
  const start = bytes.toString('latin1', 0, PREFACE.length);
  if (start !== PREFACE && PREFACE.startsWith(start)) {
    socket.once('readable', () => lookAt(socket, bytes, tell));
    return;
  }
  socket.unshift(bytes);
  tell(start === PREFACE);
}
