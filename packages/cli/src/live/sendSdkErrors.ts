/** What errors of the AWS SDK mean for what was sent. */
import { isThrottling, lacksSettings, type SdkError, sdkProblem } from './sdkErrors.ts';
import { SendFailed } from './sendTarget.ts';

/** @throws {SendFailed} */
export function failed(cause: unknown): never {
  const { what, perhapsSent, passes } = readError(cause);
  throw new SendFailed(what, { perhapsSent, passes, cause });
}

const NEVER = { perhapsSent: false, passes: false } as const;
/** Errors of connections that were never made. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export function readError(error: unknown): {
  readonly what: string;
  readonly perhapsSent: boolean;
  readonly passes: boolean;
} {
  const { code, $metadata } = error as SdkError;
  const what = sdkProblem(error);
  const status = $metadata?.httpStatusCode;
  if (lacksSettings(error)) return { what, ...NEVER };
  if (status === undefined) {
    const wasNever =
      NEVER_SENT.has(code ?? '') || /connect timed out|connection timeout|within .* ms to connect/i.test(what);
    return { what, perhapsSent: !wasNever, passes: true };
  }
  if (status === 503 || isThrottling(error)) return { what, perhapsSent: false, passes: true };
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
