/**
 * The main process of a test run owns what its workers share. A worker asks for it over HTTP on 127.0.0.1; it is started
 * when the first one asks, and ended with the run.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Desk {
  readonly url: string;
  close(): Promise<void>;
}

interface Shared {
  readonly url: string;
  stop(): Promise<void>;
}

/** Opens a desk that hands out one ElasticMQ. A start that failed is not tried again. */
export async function openDesk(start: () => Promise<Shared>): Promise<Desk> {
  let started: Promise<Shared> | undefined;
  const once = () => {
    started ??= start();
    return started;
  };
  const server = createServer((request, response) => {
    if (request.url === '/elasticmq') void handOut(once, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await started?.then((shared) => shared.stop()).catch(() => {});
    },
  };
}

async function handOut(once: () => Promise<Shared>, response: ServerResponse): Promise<void> {
  try {
    const { url } = await once();
    response.end(url);
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error));
  }
}

/** What a desk hands out under a name. @throws with the reason when it could not be started. */
export async function askDesk(deskUrl: string, name: 'elasticmq'): Promise<string> {
  const answer = await fetch(`${deskUrl}/${name}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
