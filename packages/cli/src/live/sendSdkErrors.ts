/** What errors of the AWS SDK mean for what was sent. */
import { SendFailed } from './sendTarget.ts';

/** @throws {SendFailed} */
export function failed(cause: unknown): never {
  const { what, perhapsSent, passes } = readError(cause);
  throw new SendFailed(what, { perhapsSent, passes, cause });
}

const NEVER = { perhapsSent: false, passes: false } as const;
/** Errors of connections that were never made. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Endpoints that take no more just now say so in many ways. */
const BUSY = /Throttl|ThroughputExceeded|TooManyRequests|SlowDown|LimitExceeded/;

/** What an error of the SDK means. The first line of its text is its sentence; others may quote the request. */
export function readError(error: unknown): {
  readonly what: string;
  readonly perhapsSent: boolean;
  readonly passes: boolean;
} {
  const { name, message, code, $metadata } = error as Error & {
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const [said = ''] = (message ?? '').split('\n', 1);
  const what = [code ?? name, said.replace(/\.$/, '').slice(0, 300)].filter(Boolean).join(', ');
  const status = $metadata?.httpStatusCode;
  if (/Credential|Config|Region/.test(`${name} ${said}`) && status === undefined) return { what, ...NEVER };
  if (status === undefined) {
    const wasNever =
      NEVER_SENT.has(code ?? '') || /connect timed out|connection timeout|within .* ms to connect/i.test(said);
    return { what, perhapsSent: !wasNever, passes: true };
  }
  if (status === 429 || status === 503 || BUSY.test(name)) {
    return { what, perhapsSent: false, passes: true };
  }
  return status >= 500 ? { what, perhapsSent: true, passes: true } : { what, ...NEVER };
}

/** Connections of a client that repeats nothing by itself: whether a repetition may put a record there twice is counted. */
export const SEND_CLIENT = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 5000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: 64 },
    httpsAgent: { maxSockets: 64 },
  },
};
