/** Requests to the Runtime API: which call each is, and its bounded body. */
import type { IncomingMessage } from 'node:http';

export type RuntimeCall =
  | { readonly kind: 'next' | 'init-error' }
  | { readonly kind: 'response' | 'error'; readonly requestId: string }
  | { readonly kind: 'unknown'; readonly status: 404 | 405; readonly errorType: string; readonly errorMessage: string };

const NOT_FOUND: RuntimeCall = {
  kind: 'unknown',
  status: 404,
  errorType: 'NotFound',
  errorMessage: 'The Runtime API has no such path.',
};

const WRONG_METHOD: RuntimeCall = {
  kind: 'unknown',
  status: 405,
  errorType: 'MethodNotAllowed',
  errorMessage: 'The Runtime API has this path for another method.',
};

export function readCall({ method, url = '' }: IncomingMessage): RuntimeCall {
  const path = /^\/2018-06-01\/runtime\/([^?]*)/.exec(url)?.[1];
  if (path === undefined) return NOT_FOUND;
  if (path === 'invocation/next') return method === 'GET' ? { kind: 'next' } : WRONG_METHOD;
  const call = postedCall(path);
  if (!call) return NOT_FOUND;
  return method === 'POST' ? call : WRONG_METHOD;
}

function postedCall(path: string): RuntimeCall | undefined {
  if (path === 'init/error') return { kind: 'init-error' };
  const [, requestId, kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
  return requestId === undefined ? undefined : { kind: kind as 'response' | 'error', requestId };
}

/** The body, or undefined when it is longer than allowed: the rest is then read and thrown away. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= limitBytes) chunks.push(chunk);
      else chunks = [];
    });
    request.on('end', () => resolve(sizeBytes > limitBytes ? undefined : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('The connection was broken.')));
  });
}

export function errorBody(errorType: string, errorMessage: string): string {
  return `${JSON.stringify({ errorMessage, errorType })}\n`;
}
