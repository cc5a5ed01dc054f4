/** The SDK's client as pollers use it, against servers that behave badly. */
import { createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '@millrace/runtime';
import { afterEach, expect, test } from 'vitest';
import { type QueueClient, sdkClient } from '../src/index.ts';
import { pollerClientOf } from './support/sdk.ts';

const open: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/** Answers each request with what the test says; undefined: it is silent. */
async function serverThat(answers: (operation: string, text: string) => object | undefined) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      const text = String(chunk);
      const [, operation = ''] = /x-amz-target: AmazonSQS\.(\w+)/i.exec(text) ?? [];
      const body = operation && JSON.stringify(answers(operation, text));
      if (!body) return;
      const head = `HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: ${body.length}`;
      socket.write(`${head}\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ server, sockets });
  const { port } = server.address() as { port: number };
  return { endpoint: `http://127.0.0.1:${port}`, sockets };
}

async function clientAt(endpoint: string): Promise<QueueClient> {
  const queueUrl = `${endpoint}/123456789012/q`;
  return sdkClient({ client: await pollerClientOf(endpoint), queueUrl, clock: systemClock });
}

const receive = (signal: AbortSignal) => ({
  max: 10,
  visibilityMs: undefined,
  waitMs: 20_000,
  signal,
  onDeadLetters: () => {},
});

test('a receive that is ended lets go of its connection at once, and the others go on', async () => {
  const { endpoint, sockets } = await serverThat((operation) =>
    operation === 'GetQueueAttributes' ? { Attributes: { VisibilityTimeout: '30' } } : undefined,
  );
  const client = await clientAt(endpoint);
  const ends = new AbortController();
  const goesOn = new AbortController();
  const ended = client.receive(receive(ends.signal));
  const other = client.receive(receive(goesOn.signal));
  await expect.poll(() => sockets.size).toBe(2);
  ends.abort();
  expect(await ended).toEqual({ messages: [] });
  await expect.poll(() => sockets.size).toBe(1);
  expect(await Promise.race([other, 'goes on'])).toBe('goes on');
  goesOn.abort();
  await other;
});

test('calls of one client at the same time each get their own answer', async () => {
  const seen: string[] = [];
  const agents = new Set<string>();
  const { endpoint } = await serverThat((operation, text) => {
    if (operation === 'GetQueueAttributes') return { Attributes: { VisibilityTimeout: '30' } };
    const [, signature = ''] = /Signature=(\w+)/.exec(text) ?? [];
    seen.push(signature);
    agents.add(/user-agent: (.*)/i.exec(text)?.[1] ?? '');
    const { Entries } = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as { Entries: { ReceiptHandle: string }[] };
    const Failed = Entries.map((_, index) => ({ Id: String(index), SenderFault: true, Code: 'x' }));
    return { Failed: Entries[0]?.ReceiptHandle.startsWith('bad') ? Failed : [] };
  });
  const client = await clientAt(endpoint);
  const deletes = Array.from({ length: 40 }, (_, index) => (index % 2 ? `bad${index}` : `good${index}`));
  const answers = await Promise.all(deletes.map((handle) => client.delete([handle])));
  expect(answers.map((kept) => kept.map(({ receiptHandle }) => receiptHandle))).toEqual(
    deletes.map((handle) => (handle.startsWith('bad') ? [handle] : [])),
  );
  // Each was signed for itself.
  expect(new Set(seen).size).toBe(40);
  expect([...agents]).toEqual(['millrace']);
});
