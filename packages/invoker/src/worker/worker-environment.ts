/**
 * An execution environment that is a worker thread.
 *
 * 1. What ends it has one reason, the first: a timeout, its memory, being stopped, an exit of its own.
 * 2. An invocation that is under way when it ends is answered with that reason, after the thread is gone. A thread that
 *    hangs in native code cannot be ended: its invocation is answered a second later all the same.
 */

import { Worker } from 'node:worker_threads';
import type { FunctionAnswer } from '@millrace/aws-shapes';
import { type Clock, type FunctionDefinition, newId, type Timer } from '@millrace/runtime';
import { type Answer, answerOfBody, LOST } from '../answers.ts';
import { atDeadline } from '../deadline.ts';
import { deferred } from '../deferred.ts';
import { type HandlerReference, handlerText, taskRoot } from '../handler-reference.ts';
import type { Environment, Task } from '../pool.ts';
import { functionVariables, logPlace, searchPath } from '../variables.ts';
import { HEADROOM_MB, heapWatch, type Watched } from './heap-watch.ts';
import { LogRing } from './log-ring.ts';

const BOOTSTRAP = new URL('../../bootstrap/worker.mjs', import.meta.url);
const TERMINATE_MS = 1_000;

/** What the thread posts. */
interface Message {
  readonly ready?: true;
  readonly failed?: ErrorMessage;
  readonly text?: string;
  readonly tooLarge?: true;
  readonly error?: ErrorMessage;
}

type ErrorMessage = Omit<FunctionAnswer & { kind: 'threw' }, 'kind'>;

export class WorkerEnvironment implements Environment {
  readonly #definition: FunctionDefinition;
  readonly #handler: HandlerReference;
  readonly #initTimeoutMs: number;
  readonly #clock: Clock;
  readonly #logs = new LogRing();
  readonly #gone = deferred<void>();
  #worker: Worker | undefined;
  #watched: Watched | undefined;
  #reason: Answer | undefined;
  #ended = false;
  #settle: ((message: Message | undefined) => void) | undefined;

  constructor(definition: FunctionDefinition, handler: HandlerReference, initTimeoutMs: number, clock: Clock) {
    this.#definition = definition;
    this.#handler = handler;
    this.#initTimeoutMs = initTimeoutMs;
    this.#clock = clock;
  }

  get alive(): boolean {
    return !this.#reason;
  }

  async start(): Promise<Answer | undefined> {
    const { memoryMb, timeoutMs } = this.#definition;
    const watch = await heapWatch();
    if (this.#reason) return this.#reason;
    this.#worker = this.#thread(watch ? memoryMb + HEADROOM_MB : memoryMb);
    this.#watched = watch?.watch(this.#worker, memoryMb, () => this.#end({ kind: 'out-of-memory' }));
    const message = await this.#message(this.#clock.now() + this.#initTimeoutMs, timeoutMs);
    if (message?.ready) return undefined;
    if (!message?.failed) return this.#reason;
    // Said before it ended: a thread that has failed may be gone by the time at which this is heard.
    const answer: Answer = { kind: 'threw', ...message.failed };
    this.#end(answer);
    return answer;
  }

  async run({ requestId, event, deadlineMs }: Task): Promise<Answer> {
    const message = this.#message(deadlineMs, this.#definition.timeoutMs);
    this.#worker?.postMessage({ requestId, event, deadlineMs });
    return answerOf(await message) ?? this.#reason ?? LOST;
  }

  async stop(): Promise<void> {
    this.#end(LOST);
    await this.#gone.promise;
  }

  takeLogs(): string | undefined {
    return this.#logs.take();
  }

  #thread(limitMb: number): Worker {
    const logs = logPlace(this.#definition, newId(), this.#clock.now());
    const variables = functionVariables(this.#definition, logs, handlerText(this.#handler), taskRoot(this.#handler));
    const { name, arn, memoryMb } = this.#definition;
    const about = { name, arn, memoryMb, logGroup: logs.group, logStream: logs.stream };
    const [file, exportName] = [handlerFile(this.#handler), this.#handler.export ?? ''];
    const worker = new Worker(BOOTSTRAP, {
      env: { PATH: searchPath(process.execPath), ...variables },
      workerData: { file, exportName, about, logs: this.#logs.shared },
      resourceLimits: { maxOldGenerationSizeMb: limitMb },
      stdin: false,
      stdout: true,
      stderr: true,
      argv: [],
      execArgv: [],
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('message', (message: Message) => this.#settle?.(message));
    worker.on('error', (error) => this.#end(failureOf(error)));
    worker.on('exit', (exitCode) => this.#exited({ kind: 'exited', exitCode }));
    return worker;
  }

  /** What the thread says next; undefined when it ended before, for `#reason`. */
  #message(deadlineMs: number, timeoutMs: number): Promise<Message | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    this.#watched?.busy(true);
    return new Promise((resolve) => {
      const timer = atDeadline(this.#clock, deadlineMs, () => this.#end({ kind: 'timed-out', timeoutMs }));
      this.#settle = (message) => {
        this.#settle = undefined;
        timer.cancel();
        this.#watched?.busy(false);
        // What it says after it was told to end does not count.
        resolve(this.#reason ? undefined : message);
      };
    });
  }

  #end(reason: Answer): void {
    if (this.#reason) return;
    this.#reason = reason;
    if (!this.#worker) {
      this.#exited(reason);
      return;
    }
    const late: Timer = this.#clock.at(this.#clock.now() + TERMINATE_MS, () => this.#exited(reason));
    this.#gone.promise.then(() => late.cancel());
    void this.#worker.terminate();
  }

  #exited(reason: Answer): void {
    if (this.#ended) return;
    this.#reason ??= reason;
    this.#ended = true;
    this.#watched?.end();
    this.#settle?.(undefined);
    this.#gone.resolve(undefined);
  }
}

function handlerFile(handler: HandlerReference): string {
  return handlerText({ file: handler.file });
}

function failureOf(error: unknown): FunctionAnswer {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { kind: 'out-of-memory' };
  return { kind: 'threw', errorType: name ?? 'Error', errorMessage: message ?? String(error) };
}

function answerOf(message: Message | undefined): FunctionAnswer | undefined {
  if (!message) return undefined;
  if (message.error) return { kind: 'threw', ...message.error };
  return message.tooLarge ? { kind: 'too-large' } : answerOfBody(message.text ?? '');
}
