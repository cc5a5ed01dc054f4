/** A gateway over queues in memory, a client for it, and raw HTTP for what no client would send. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { SQS, SQSServiceException } from '@aws-sdk/client-sqs';
import { type Clock, memoryQueues, type Queues, systemClock } from '@millrace/runtime';
import { XMLParser } from 'fast-xml-parser';
import { afterEach, expect } from 'vitest';
import { type Gateway, type GatewayOptions, startGateway } from '../src/index.ts';

export const REGION = 'eu-west-1';
export const ACCOUNT = '123456789012';
export const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

/** The system's clock, which a test may put forward. Timers that are set already do not move. */
export class PushedClock implements Clock {
  #aheadMs = 0;

  push(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  at(atMs: number, run: () => void) {
    return systemClock.at(atMs - this.#aheadMs, run);
  }

  until(atMs: number, signal?: AbortSignal) {
    return systemClock.until(atMs - this.#aheadMs, signal);
  }
}

export interface World {
  readonly gateway: Gateway;
  readonly queues: Queues;
  readonly clock: PushedClock;
  readonly sqs: SQS;
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Ends by itself after the test. */
export async function startWorld(options: Partial<GatewayOptions> = {}): Promise<World> {
  const clock = new PushedClock();
  const queues = options.queues ?? memoryQueues({ clock });
  const gateway = await startGateway({ queues, region: REGION, accountId: ACCOUNT, clock, ...options });
  const sqs = clientOf(gateway.url);
  ends.push(async () => {
    sqs.destroy();
    await gateway.close();
    await queues.close();
  });
  return { gateway, queues, clock, sqs };
}

export function clientOf(endpoint: string): SQS {
  return new SQS({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}

/** A queue of this name; answers its URL. */
export async function makeQueue(sqs: SQS, name: string, attributes: Record<string, string> = {}): Promise<string> {
  const isFifo = name.endsWith('.fifo');
  const { QueueUrl } = await sqs.createQueue({
    QueueName: name,
    Attributes: { ...(isFifo && { FifoQueue: 'true' }), ...attributes },
  });
  return QueueUrl!;
}

/** What a call is refused with: `code: message`, in the Query protocol's names. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SQSServiceException);
  const { Code, name, message } = error as SQSServiceException & { Code?: string };
  return `${Code ?? name}: ${message}`;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One HTTP request as it is. */
export function send(
  url: string,
  { method = 'POST', path = '/', headers = {}, body = '' }: RawRequest,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      path,
      headers: { 'content-length': String(Buffer.byteLength(body)), ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: response.statusCode!, headers: response.headers, body: bytes.toString(), bytes });
      });
    });
    request.end(body);
  });
}

/** Bytes on a socket, and all that comes back until it closes. */
export function sendBytes(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.end(bytes);
  });
}

export function jsonRequest(operation: string, input: unknown): RawRequest {
  return {
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  };
}

export function queryRequest(fields: Readonly<Record<string, string>>, path = '/'): RawRequest {
  return {
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2012-11-05', ...fields }).toString(),
  };
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false });

// biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of the document
export function parseXml(text: string): any {
  return parser.parse(text);
}

/** The code of an error answer in either form; throws when it is none. */
export function errorCode({ status, headers, body }: RawAnswer): string {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  if (String(headers['content-type']).startsWith('text/xml')) {
    const { Error: error, RequestId: id } = parseXml(body).ErrorResponse;
    expect(id).toBe(headers['x-amzn-requestid']);
    expect(['Sender', 'Receiver']).toContain(error.Type);
    expect(error.Message).not.toBe('');
    return error.Code;
  }
  const { __type: type, message } = JSON.parse(body);
  expect(type).toMatch(/^com\.amazon(aws)?\.[\w.]+#\w+$/);
  expect(message).not.toBe('');
  const [code, blame] = String(headers['x-amzn-query-error']).split(';');
  expect(blame).toBe(status < 500 ? 'Sender' : 'Receiver');
  return code!;
}
