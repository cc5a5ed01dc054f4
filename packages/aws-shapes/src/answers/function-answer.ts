/**
 * What became of one invocation, before anybody asks what it means: the function's answer, or how it failed to give
 * one. Plain data, made by whatever ran the function.
 */

import { RESPONSE_LIMIT_BYTES } from '../events/envelope.ts';
import { jsonBytes, utf8Bytes } from '../events/json-bytes.ts';

export type FunctionAnswer =
  /** It answered; `value` is its JSON, parsed. Undefined is an empty body. */
  | { readonly kind: 'returned'; readonly value: unknown }
  /** It answered with a body that is no JSON (only runtimes of one's own can). */
  | { readonly kind: 'not-json' }
  | {
      readonly kind: 'threw';
      readonly errorType: string;
      readonly errorMessage: string;
      readonly stackTrace?: readonly string[];
    }
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  /** Its process ended in the middle of the invocation. */
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'too-large' }
  /** It did not run: 429, with AWS's Reason. */
  | { readonly kind: 'throttled'; readonly reason: string }
  /** It did not run: 5xx, no such function, no permission. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What AWS answers with X-Amz-Function-Error: the error as JSON. */
export interface ErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace?: readonly string[];
}

const NULL_ANSWER: FunctionAnswer = { kind: 'returned', value: null };

/**
 * What a handler's return value is as an answer, as the Node.js runtime sends it: undefined as null, anything else
 * through JSON; what JSON cannot say is an error of the function, what is over the limit is too large.
 */
export function returnedAnswer(value: unknown): FunctionAnswer {
  if (value === undefined || value === null) return NULL_ANSWER;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    return { kind: 'threw', errorType: 'Error', errorMessage: 'Unable to stringify response body' };
  }
  if (text === undefined) return { kind: 'returned', value: undefined };
  if (utf8Bytes(text) > RESPONSE_LIMIT_BYTES) return { kind: 'too-large' };
  return { kind: 'returned', value: JSON.parse(text) };
}

/** What a thrown value, or the reason of a rejected promise, is as an answer: an error keeps its name and its stack. */
export function thrownAnswer(thrown: unknown): FunctionAnswer {
  if (!(thrown instanceof Error)) return { kind: 'threw', errorType: typeof thrown, errorMessage: String(thrown) };
  const stackTrace = (thrown.stack ?? '').split('\n').map((line) => line.trim());
  return { kind: 'threw', errorType: thrown.name || 'Error', errorMessage: thrown.message, stackTrace };
}

/** Bytes of a returned value as a response; `returnedAnswer` has refused what is over `RESPONSE_LIMIT_BYTES`. */
export function responseBytes(value: unknown): number {
  return value === undefined ? 0 : jsonBytes(value);
}

/**
 * The error of an invocation that ran and failed, in AWS's words; undefined when it answered or never ran. `requestId`
 * is the invocation's.
 */
export function errorPayload(answer: FunctionAnswer, requestId: string): ErrorPayload | undefined {
  switch (answer.kind) {
    case 'threw':
      return thrownPayload(answer);
    case 'timed-out':
      return { errorType: 'Sandbox.Timedout', errorMessage: aboutRequest(requestId, timedOutText(answer.timeoutMs)) };
    case 'exited':
      return { errorType: 'Runtime.ExitError', errorMessage: aboutRequest(requestId, exitText(answer.exitCode)) };
    case 'out-of-memory':
      return {
        errorType: 'Runtime.ExitError',
        errorMessage: aboutRequest(requestId, 'Runtime exited with error: signal: killed'),
      };
    case 'too-large':
      return {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`,
      };
    case 'returned':
    case 'not-json':
    case 'throttled':
    case 'unreachable':
      return undefined;
  }
}

function thrownPayload({ errorType, errorMessage, stackTrace }: FunctionAnswer & { kind: 'threw' }): ErrorPayload {
  return { errorType, errorMessage, ...(stackTrace && { stackTrace }) };
}

function aboutRequest(requestId: string, text: string): string {
  return `RequestId: ${requestId} Error: ${text}`;
}

function timedOutText(timeoutMs: number): string {
  return `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
}

function exitText(exitCode: number): string {
  return exitCode === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${exitCode}`;
}
