/** An endpoint like those of AWS: SQS over queues, Kinesis and DynamoDB Streams over streams. */
import { type Clock, type Queues, type Streams, systemClock } from '@millrace/runtime';
import { exchange } from './http/exchange.ts';
import { createHttpServer, listen } from './http/server.ts';
import type { ExchangeTools, GatewayLog } from './http/tools.ts';
import { Service } from './service.ts';
import { StreamsService } from './streams/service.ts';

export interface GatewayOptions {
  /** Where the messages are. The gateway does not close it. */
  readonly queues: Queues;
  /** Where the records are, for Kinesis and DynamoDB Streams; without it both are refused. The gateway does not close it. */
  readonly streams?: Streams;
  /** Kinesis streams that are made here have the limits of AWS's shards, for puts and for reads. */
  readonly shardLimits?: boolean;
  /** 127.0.0.1 when absent: nobody checks who asks, so think before you open it to others. */
  readonly host?: string;
  /** A free one when absent or 0. */
  readonly port?: number;
  /** Region and account stand in ARNs and queue URLs. */
  readonly region: string;
  readonly accountId: string;
  readonly clock?: Clock;
  /**
   * Whether what holds the queues and the streams can be asked now. While it cannot, requests wait for 5 s and are then
   * refused with status 503. Absent: it always can.
   */
  readonly isReached?: () => boolean;
  /** Told of requests that failed inside; pino's loggers fit. Silent when absent. */
  readonly log?: GatewayLog;
}

export interface Gateway {
  /** `http://host:port`, for a client's `endpoint`. */
  readonly url: string;
  readonly port: number;
  /** Ends receives and subscriptions, lets running requests finish, and stops. Twice is fine. */
  close(): Promise<void>;
}

/** Starts an endpoint; it answers when this resolves. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { queues, region, accountId, host = '127.0.0.1', port = 0, clock = systemClock } = options;
  const service = new Service({ queues, region, accountId, clock });
  const { streams: substrate, shardLimits = false } = options;
  const streams = substrate && new StreamsService({ streams: substrate, region, accountId, clock, shardLimits });
  const waiting = new Set<AbortController>();
  let closing: Promise<void> | undefined;
  const server = createHttpServer((request, response) => void exchange(tools, request, response));
  const address = await listen(server.server, host, port);
  const authority = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  const { log = { error: () => {} }, isReached = () => true } = options;
  const isClosing = () => closing !== undefined;
  const tools: ExchangeTools = { service, streams, log, authority, waiting, isClosing, isReached };
  return {
    url: `http://${authority}`,
    port: address.port,
    close: () => {
      closing ??= server.close();
      for (const controller of waiting) controller.abort();
      service.moves.close();
      return closing;
    },
  };
}
