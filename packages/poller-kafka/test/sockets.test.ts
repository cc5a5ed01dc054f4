import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { socketFactory } from '../src/kafka/sockets.ts';

/** A port at which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('who takes leave of a dead socket again and again leaves nothing at it', async () => {
  const port = await closedPort();
  const socket = socketFactory({ host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => {} });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  const before = socket.listenerCount('connect');
  for (let times = 0; times < 20; times += 1) socket.unref();
  expect(socket.listenerCount('connect')).toBe(before);
});

test('a living socket can be let go of as any other', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let isTold = false;
  const socket = socketFactory({
    host: '127.0.0.1',
    port,
    ssl: undefined as never,
    onConnect: () => {
      isTold = true;
    },
  });
  await once(socket, 'connect');
  expect(isTold).toBe(true);
  expect(socket.unref()).toBe(socket);
  socket.destroy();
  server.close();
});
