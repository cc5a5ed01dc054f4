/** A Redis, or a cluster of one node, that a test file or suite has to itself: there before its first test, gone after its last. */
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';

interface Started<Client> {
  readonly server: RunningRedis;
  readonly client: Client;
}

/** To be asked from the first test on. */
interface OwnRedis<Client> extends Started<Client> {
  readonly url: string;
}

/** `connect` makes the client. */
export function ownRedis<Client extends Redis>(connect: (url: string) => Client): OwnRedis<Client> {
  return own(async () => {
    const server = await startRedis();
    return { server, client: connect(server.url) };
  });
}

/** In cluster mode a script is refused whose keys are not all in one slot. */
export function ownCluster(): OwnRedis<Cluster> {
  return own(async () => {
    const server = await startRedis({
      args: ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-announce-ip', '127.0.0.1'],
    });
    const node = new Redis(server.url);
    await node.cluster('ADDSLOTSRANGE', 0, 16383);
    await vi.waitFor(async () => expect(await node.cluster('INFO')).toContain('cluster_state:ok'), 10_000);
    node.disconnect();
    return { server, client: new Cluster([{ host: '127.0.0.1', port: server.port }]) };
  });
}

function own<Client extends Redis | Cluster>(start: () => Promise<Started<Client>>): OwnRedis<Client> {
  let started: Started<Client> | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(async () => {
    started?.client.disconnect();
    await started?.server.stop();
  });
  return {
    get url() {
      return started!.server.url;
    },
    get server() {
      return started!.server;
    },
    get client() {
      return started!.client;
    },
  };
}
