/** Answers as they come over a wire: bodies, error payloads, and what each becomes. */
import { type FunctionAnswer, RESPONSE_LIMIT_BYTES } from '@millrace/aws-shapes';
import type { InvocationResult } from '@millrace/runtime';

/** What an invocation may end as. */
export type Answer = InvocationResult['answer'];

export const LOST: Answer = { kind: 'lost' };

export const FULL: FunctionAnswer = { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' };

export const REQUEST_TOO_LARGE: FunctionAnswer = {
  kind: 'unreachable',
  reason: 'RequestEntityTooLargeException: the event is over 6 MB.',
};

/** The body of a successful answer. An empty one is an answer, too. */
export function answerOfBody(body: Uint8Array | string): FunctionAnswer {
  if (body.length > RESPONSE_LIMIT_BYTES || byteLength(body) > RESPONSE_LIMIT_BYTES) return { kind: 'too-large' };
  if (body.length === 0) return { kind: 'returned', value: undefined };
  try {
    return { kind: 'returned', value: JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString()) };
  } catch {
    return { kind: 'not-json' };
  }
}

function byteLength(body: Uint8Array | string): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
}

/** The error that a runtime reported, whatever it looks like; `type` is the error type that its header gave. */
export function reportedError(body: string, type?: string): FunctionAnswer & { readonly kind: 'threw' } {
  const said = parsed(body);
  const error = isObject(said) ? said : {};
  const errorType = text(error.errorType) ?? type ?? 'Unhandled';
  const errorMessage = text(error.errorMessage) ?? (isObject(said) ? '' : body.slice(0, 1000));
  const lines = [error.stackTrace, error.trace].find(Array.isArray) as readonly unknown[] | undefined;
  const stackTrace = lines?.slice(0, 100).map(line);
  return { kind: 'threw', errorType, errorMessage, ...(stackTrace && { stackTrace }) };
}

/** Python's runtime gives lines as texts, .NET's and older ones as lists. */
function line(value: unknown): string {
  return (typeof value === 'string' ? value : String(JSON.stringify(value))).trim();
}

/** What an endpoint says of a failed function, turned back into what happened: its words for that are fixed. */
export function failureOfPayload(body: string): FunctionAnswer {
  const threw = reportedError(body);
  const { errorType, errorMessage } = threw;
  const timedOut = timeoutIn(errorMessage);
  if (timedOut !== undefined && /^(Sandbox\.Timedout|Unhandled|)$/.test(errorType)) return timedOut;
  if (errorType === 'Function.ResponseSizeTooLarge') return { kind: 'too-large' };
  if (errorType === 'Runtime.OutOfMemory') return { kind: 'out-of-memory' };
  return errorType === 'Runtime.ExitError' ? (exitIn(errorMessage) ?? threw) : threw;
}

/** `Task timed out after 3.00 seconds`, wherever it stands in the text. */
export function timeoutIn(message: string): FunctionAnswer | undefined {
  const seconds = /Task timed out after (\d+(?:\.\d+)?) seconds/.exec(message)?.[1];
  return seconds === undefined ? undefined : { kind: 'timed-out', timeoutMs: Math.round(Number(seconds) * 1000) };
}

function exitIn(message: string): FunctionAnswer | undefined {
  if (message.includes('signal: killed')) return { kind: 'out-of-memory' };
  const status = /exit status (\d+)/.exec(message)?.[1];
  if (status !== undefined) return { kind: 'exited', exitCode: Number(status) };
  return message.includes('without providing a reason') ? { kind: 'exited', exitCode: 0 } : undefined;
}

export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
