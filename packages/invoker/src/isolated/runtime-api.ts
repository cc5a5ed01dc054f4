/**
 * The Lambda Runtime API for one environment, on a port of its own: official clients want a host and a port, no path.
 *
 * States and what is allowed in them, as on AWS; anything else is refused with 403 InvalidStateTransition:
 * starting (next, init/error), waiting (the runtime has asked for an event), running (response, error), answered (next).
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FunctionAnswer, RESPONSE_LIMIT_BYTES } from '@millrace/aws-shapes';
import { answerOfBody, reportedError } from '../answers.ts';
import type { Task } from '../pool.ts';
import { errorBody, type RuntimeCall, readBody, readCall } from './runtime-call.ts';

/** What the runtime said. */
export interface RuntimeEvents {
  /** It asks for an event: it is free. */
  asked(): void;
  answered(answer: FunctionAnswer): void;
  failedToStart(answer: FunctionAnswer): void;
}

type State = 'starting' | 'waiting' | 'running' | 'answered' | 'failed';

/** States under the names that AWS's error messages use. */
const names: Readonly<Record<State, string>> = {
  starting: 'Started',
  waiting: 'Ready',
  running: 'Running',
  answered: 'ResponseSent',
  failed: 'InitError',
};

export class RuntimeApi {
  readonly #server: Server;
  readonly #functionArn: string;
  readonly #events: RuntimeEvents;
  #state: State = 'starting';
  #waiting: ServerResponse | undefined;
  #task: Task | undefined;
  #delivered = false;

  constructor(functionArn: string, events: RuntimeEvents) {
    this.#functionArn = functionArn;
    this.#events = events;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    // A runtime works for minutes between two requests on one connection.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.maxConnections = 100;
  }

  /** Resolves to `host:port`, the value of AWS_LAMBDA_RUNTIME_API. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  /** Hands out an event; the runtime has asked for one. If its request is gone, the next one gets it. */
  give(task: Task): void {
    this.#task = task;
    this.#state = 'running';
    const response = this.#waiting;
    this.#waiting = undefined;
    this.#delivered = response !== undefined;
    if (response) this.#deliver(task, response);
  }

  #deliver(task: Task, response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(task.event),
      'Lambda-Runtime-Aws-Request-Id': task.requestId,
      'Lambda-Runtime-Deadline-Ms': String(task.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': this.#functionArn,
      'Lambda-Runtime-Trace-Id': traceId(task),
    });
    response.end(task.event);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#carryOut(readCall(request), request, response);
    } catch {
      // The runtime broke the connection in the middle: there is nobody to answer.
      response.destroy();
    }
  }

  async #carryOut(call: RuntimeCall, request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (call.kind) {
      case 'next':
        return this.#next(response);
      case 'response':
        return this.#response(call.requestId, request, response);
      case 'error':
        return this.#error(call.requestId, request, response);
      case 'init-error':
        return this.#initError(request, response);
      case 'unknown':
        request.resume();
        return refuse(response, call.status, call.errorType, call.errorMessage);
    }
  }

  #next(response: ServerResponse): void {
    if (this.#state === 'running' && this.#task && !this.#delivered) {
      this.#delivered = true;
      this.#deliver(this.#task, response);
    } else if (this.#state === 'running' || this.#state === 'failed') {
      this.#notAllowed(response, 'Ready');
    } else {
      this.#wait(response);
    }
  }

  /** Asking again instead of the first request is allowed: a client may have lost its connection. */
  #wait(response: ServerResponse): void {
    this.#waiting?.destroy();
    this.#waiting = response;
    response.once('close', () => {
      if (this.#waiting === response) this.#waiting = undefined;
    });
    this.#state = 'waiting';
    this.#events.asked();
  }

  async #response(requestId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#mayAnswer(requestId, request, response)) return;
    const body = await readBody(request, RESPONSE_LIMIT_BYTES);
    if (this.#state !== 'running') return this.#notAllowed(response, 'InvocationResponse');
    if (!body) {
      this.#settle({ kind: 'too-large' });
      const message = `Exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`;
      return refuse(response, 413, 'RequestEntityTooLarge', message);
    }
    accept(response);
    this.#settle(streamError(request) ?? answerOfBody(body));
  }

  async #error(requestId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#mayAnswer(requestId, request, response)) return;
    const answer = await this.#readError(request);
    if (this.#state !== 'running') return this.#notAllowed(response, 'InvocationErrorResponse');
    accept(response);
    this.#settle(answer);
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#state !== 'starting') {
      request.resume();
      return this.#notAllowed(response, 'InitError');
    }
    this.#state = 'failed';
    const answer = await this.#readError(request);
    accept(response);
    this.#events.failedToStart(answer);
  }

  async #readError(request: IncomingMessage): Promise<FunctionAnswer> {
    const body = await readBody(request, RESPONSE_LIMIT_BYTES);
    const type = request.headers['lambda-runtime-function-error-type'];
    return reportedError(body?.toString() ?? '', typeof type === 'string' ? type : undefined);
  }

  #mayAnswer(requestId: string, request: IncomingMessage, response: ServerResponse): boolean {
    if (requestId === this.#task?.requestId && this.#state === 'running') return true;
    request.resume();
    if (requestId === this.#task?.requestId) this.#notAllowed(response, 'InvocationResponse');
    else refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
    return false;
  }

  #settle(answer: FunctionAnswer): void {
    this.#state = 'answered';
    this.#events.answered(answer);
  }

  #notAllowed(response: ServerResponse, to: string): void {
    const message = `State transition from ${names[this.#state]} to ${to} failed for runtime. Error: State transition is not allowed`;
    refuse(response, 403, 'InvalidStateTransition', message);
  }
}

/** An id for tracing in X-Ray's form, the same for every look at one invocation. */
function traceId({ requestId, deadlineMs }: Task): string {
  const seconds = Math.floor(deadlineMs / 1000).toString(16);
  const digits = requestId.replaceAll('-', '').slice(0, 24).padEnd(24, '0');
  return `Root=1-${seconds}-${digits};Parent=${digits.slice(0, 16)};Sampled=0`;
}

/** A streamed response that broke off says so in its trailers. */
function streamError(request: IncomingMessage): FunctionAnswer | undefined {
  const type = request.trailers['lambda-runtime-function-error-type'];
  if (type === undefined) return undefined;
  const body = request.trailers['lambda-runtime-function-error-body'] ?? '';
  return reportedError(Buffer.from(body, 'base64').toString(), type);
}

function accept(response: ServerResponse): void {
  send(response, 202, '{"status":"OK"}\n');
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  send(response, status, errorBody(errorType, errorMessage));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
