/** Deliveries, and a server that keeps what it is asked and answers what the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FailureDelivery, FailureMessage } from '@millrace/runtime';
import type { FailureDestination } from '@millrace/semantics';

export const DOCUMENT =
  '{"requestContext":{"requestId":"1","condition":"RetryAttemptsExhausted"},"version":"1.0","text":"ä & <b>+%"}';

export function delivery(
  destination: FailureDestination,
  message: FailureMessage = { kind: 'document', body: DOCUMENT },
): FailureDelivery {
  return { id: 'd1', mapping: 'f4e8a3c0-1', destination, message, records: 2 };
}

export const sqs = (arn: string) => delivery({ kind: 'sqs', arn });
export const sns = (arn = 'arn:aws:sns:eu-west-1:123456789012:failures') => delivery({ kind: 'sns', arn });
export const s3 = (body: string, key = 'aws/lambda/u/shardId-0/2025/11/25/2025-11-25T16.35.32-x') =>
  delivery({ kind: 's3', arn: 'arn:aws:s3:::failed-batches' }, { kind: 'object', key, body });

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeServer {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

export async function startFakeServer(answer: (response: ServerResponse, asked: Asked) => void): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts).toString() };
      asked.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a delivery fails with. */
export async function failureOf(delivering: Promise<void>): Promise<{ message: string; code: unknown }> {
  const error = await delivering.then(
    () => new Error('it was delivered'),
    (failure: unknown) => failure as Error,
  );
  return { message: error.message, code: (error as { code?: unknown }).code };
}
