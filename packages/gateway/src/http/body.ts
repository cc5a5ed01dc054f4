/** Reads a request's body, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { SqsError } from '../errors.ts';

/**
 * A message of 1 MiB is longer on its way: clients that write JSON in ASCII, and forms, make three bytes or more of each
 * two bytes of text. Nothing that SQS accepts is longer than this.
 */
export const SQS_BODY_BYTES = 4 * 1_048_576;

/** 10 MiB of records as base64, with 500 of the longest keys and hash keys. */
export const STREAMS_BODY_BYTES = 16 * 1_048_576;

/** @throws {SqsError} when it is longer than the limit; the rest of it is not read */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      reject(tooLong(limitBytes));
      return;
    }
    const cutOff = () => reject(new SqsError('MalformedHttp', 'The connection ended within the request body.'));
    if (request.aborted) {
      cutOff();
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
      else reject(tooLong(limitBytes));
    });
    request.on('end', () => {
      // Over HTTP/2 a body that was cut off ends like a whole one, and both call themselves complete.
      if (request.aborted) cutOff();
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.on('close', () => {
      if (!request.complete || request.aborted) cutOff();
    });
  });
}

function tooLong(limitBytes: number): SqsError {
  return new SqsError('RequestEntityTooLarge', `A request body has at most ${limitBytes} bytes; this one has more.`);
}
