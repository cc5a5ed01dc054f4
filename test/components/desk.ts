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

export interface Shared {
  readonly url: string;
  stop(): Promise<void>;
}

/** What can be asked for. */
export type SharedName = 'elasticmq' | 'kafka' | 'dynamodb-local' | 'kinesis-mock';

/** Opens a desk that hands out one of each. A start that failed is not tried again. */
export async function openDesk(starts: Readonly<Record<SharedName, () => Promise<Shared>>>): Promise<Desk> {
  const started = new Map<SharedName, Promise<Shared>>();
  const once = (name: SharedName) => {
    const running = started.get(name) ?? starts[name]();
    started.set(name, running);
    return running;
  };
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    if (Object.hasOwn(starts, name)) void handOut(() => once(name as SharedName), response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await Promise.all([...started.values()].map((each) => each.then((shared) => shared.stop()).catch(() => {})));
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
export async function askDesk(deskUrl: string, name: SharedName): Promise<string> {
  const answer = await fetch(`${deskUrl}/${name}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
