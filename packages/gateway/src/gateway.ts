/** An SQS endpoint over queues. */
import { type Clock, type Queues, systemClock } from '@millrace/runtime';
import { type ExchangeTools, exchange, type GatewayLog } from './http/exchange.ts';
import { closeServer, createHttpServer, listen } from './http/server.ts';
import { Service } from './service.ts';

export interface GatewayOptions {
  /** Where the messages are. The gateway does not close it. */
  readonly queues: Queues;
  /** 127.0.0.1 when absent: nobody checks who asks, so think before you open it to others. */
  readonly host?: string;
  /** A free one when absent or 0. */
  readonly port?: number;
  /** Region and account stand in ARNs and queue URLs. */
  readonly region: string;
  readonly accountId: string;
  readonly clock?: Clock;
  /** Told of requests that failed inside; pino's loggers fit. Silent when absent. */
  readonly log?: GatewayLog;
}

export interface Gateway {
  /** `http://host:port`, for a client's `endpoint`. */
  readonly url: string;
  readonly port: number;
  /** Ends receives that wait, lets running requests finish, and stops. Twice is fine. */
  close(): Promise<void>;
}

/** Starts an SQS endpoint; it answers when this resolves. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { queues, region, accountId, host = '127.0.0.1', port = 0, clock = systemClock } = options;
  const service = new Service({ queues, region, accountId, clock });
  const waiting = new Set<AbortController>();
  let closing: Promise<void> | undefined;
  const server = createHttpServer((request, response) => void exchange(tools, request, response));
  const address = await listen(server, host, port);
  const authority = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  const log = options.log ?? { error: () => {} };
  const tools: ExchangeTools = { service, log, authority, waiting, isClosing: () => closing !== undefined };
  return {
    url: `http://${authority}`,
    port: address.port,
    close: () => {
      closing ??= closeServer(server);
      for (const controller of waiting) controller.abort();
      service.moves.close();
      return closing;
    },
  };
}
