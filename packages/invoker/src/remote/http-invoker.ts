/** Invokes a function over HTTP: a Runtime Interface Emulator, or anything that answers like one. */

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { type FunctionAnswer, RESPONSE_LIMIT_BYTES } from '@millrace/aws-shapes';
import type { FunctionDefinition, Invoker } from '@millrace/runtime';
import { answerOfBody, failureOfPayload, isObject, parsed, timeoutIn } from '../answers.ts';
import { readBody } from '../isolated/runtime-call.ts';
import { brokenCall, type RemoteAnswer, RemoteInvoker, type RemoteOptions } from './remote-invoker.ts';

export interface HttpOptions extends RemoteOptions {
  /** Of the emulator. Without a path, its own one is used: `/2015-03-31/functions/function/invocations`. */
  readonly url: string;
}

/** The emulator runs one event at a time. */
const MAX_ENVIRONMENTS = 1;

/**
 * Posts events to an emulator. Without an answer after the function's timeout the invocation has timed out; it is
 * abandoned, since nobody here can end it.
 */
export function httpInvoker(definition: FunctionDefinition, options: HttpOptions): Invoker {
  const url = emulatorUrl(options.url);
  const secure = url.protocol === 'https:';
  const agent = secure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const { timeoutMs } = definition;
  return new RemoteInvoker(
    (event, _invocation, signal) => post(url, agent, event, signal),
    { afterMs: timeoutMs, answer: { kind: 'timed-out', timeoutMs } },
    { ...options, maxEnvironments: options.maxEnvironments ?? MAX_ENVIRONMENTS },
    () => agent.destroy(),
  );
}

function emulatorUrl(text: string): URL {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/2015-03-31/functions/function/invocations';
  return url;
}

function post(url: URL, agent: Agent, event: string, signal: AbortSignal): Promise<RemoteAnswer> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(event) };
  return new Promise((resolve) => {
    const broken = (error: unknown) => resolve({ answer: brokenCall(error, url.host) });
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send(url, { method: 'POST', agent, headers, signal }, (response) => {
      readBody(response, RESPONSE_LIMIT_BYTES).then((body) => resolve({ answer: answerOf(response, body) }), broken);
    });
    sent.on('error', broken);
    sent.end(event);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: Buffer | undefined): FunctionAnswer {
  if (!body) return { kind: 'too-large' };
  const text = body.toString();
  if (statusCode < 200 || statusCode > 299) return refusal(statusCode, text);
  if (headers['x-amz-function-error'] !== undefined || isErrorPayload(text)) return failureOfPayload(text);
  // The emulator tells of a timeout in plain text.
  return (text.startsWith('Task timed out after') ? timeoutIn(text) : undefined) ?? answerOfBody(body);
}

/** The emulator marks a failed function by nothing but its error payload. */
function isErrorPayload(text: string): boolean {
  if (!text.includes('"errorType"')) return false;
  const value = parsed(text);
  return isObject(value) && typeof value.errorType === 'string' && typeof value.errorMessage === 'string';
}

/** The emulator answers 502 for a runtime that ended, with its error; that function did run. */
function refusal(statusCode: number, text: string): FunctionAnswer {
  if (statusCode === 502 && isErrorPayload(text)) return failureOfPayload(text);
  if (statusCode === 429) return { kind: 'throttled', reason: reasonIn(text) };
  return { kind: 'unreachable', reason: `HTTP ${statusCode}: ${text.slice(0, 200)}`.trimEnd() };
}

function reasonIn(text: string): string {
  const value = parsed(text);
  return isObject(value) && typeof value.Reason === 'string' ? value.Reason : 'ConcurrentInvocationLimitExceeded';
}
