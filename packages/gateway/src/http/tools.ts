/** What every exchange of a gateway works with. */
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Service } from '../service.ts';
import type { StreamsService } from '../streams/service.ts';

/** Where the gateway says what went wrong inside; pino's loggers fit. */
export interface GatewayLog {
  error(data: { readonly err: unknown; readonly requestId: string }, text: string): void;
}

export interface ExchangeTools {
  readonly service: Service;
  /** Absent: Kinesis and DynamoDB Streams are refused. */
  readonly streams: StreamsService | undefined;
  readonly log: GatewayLog;
  /** Where the server listens, for clients that send no Host header. */
  readonly authority: string;
  /** Answers that wait, so that a server that closes can end them. */
  readonly waiting: Set<AbortController>;
  isClosing(): boolean;
  /** Whether what holds the queues and the streams can be asked now. */
  isReached(): boolean;
}

/** Says when nobody waits for an answer any more. Whoever asks takes it out of `waiting` again. */
export function startWaiting({ waiting, isClosing }: ExchangeTools, response: ServerResponse): AbortController {
  const controller = new AbortController();
  waiting.add(controller);
  response.once('close', () => controller.abort());
  if (isClosing() || hasLeft(response)) controller.abort();
  return controller;
}

/** Whether the client is gone. An answer over HTTP/2 does not know itself that it was destroyed. */
export function hasLeft(response: ServerResponse): boolean {
  return response.destroyed || (response as unknown as Partial<Http2ServerResponse>).stream?.destroyed === true;
}
