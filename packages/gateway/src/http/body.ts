/** Reads a request's body, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { SqsError } from '../errors.ts';

/**
 * A message of 1 MiB is longer on its way: clients that write JSON in ASCII, and forms, make three bytes or more of each
 * two bytes of text. Nothing that SQS accepts is longer than this.
 */
const BODY_LIMIT_BYTES = 4 * 1_048_576;

/** @throws {SqsError} when it is longer than the limit; the rest of it is not read */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) {
      reject(tooLong());
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
      else reject(tooLong());
    });
    request.on('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()));
    request.on('close', () => {
      if (!request.complete) reject(new SqsError('MalformedHttp', 'The connection ended within the request body.'));
    });
  });
}

function tooLong(): SqsError {
  return new SqsError(
    'RequestEntityTooLarge',
    `A request body has at most ${BODY_LIMIT_BYTES} bytes; this one has more.`,
  );
}
