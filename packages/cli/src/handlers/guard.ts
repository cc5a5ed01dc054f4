/**
 * Users' handlers run in this process, and none of them may end it. What Lambda would take for the end of an invocation
 * (a promise that is rejected and that nobody awaits, an exception in a callback, `process.exit`) is an error of the
 * invocation that did it, as long as that has not answered. What comes later, or from no invocation at all, ends the
 * command with one sentence.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import process from 'node:process';
import { causeText } from '@millrace/semantics';
import type { HandlerFunction } from '@millrace/simulation';
import { UsageError } from '../errors.ts';

/** One call of a handler, from its start to its answer. */
class Call {
  /** Undefined when it has answered. */
  fail: ((reason: unknown) => void) | undefined;

  /** The same answer, unless the call fails first. */
  guard(answer: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      const answered = (): void => {
        this.fail = undefined;
      };
      answer.then(answered, answered);
      answer.then(resolve, reject);
    });
  }
}

export class HandlerGuard {
  readonly #calls = new AsyncLocalStorage<Call>();
  readonly #stray: Promise<never>;
  #giveUp: (error: UsageError) => void = () => undefined;
  #watched = 0;
  /** A mishap that came when all work was done. */
  afterwards: UsageError | undefined;

  constructor() {
    this.#stray = new Promise((_resolve, reject) => {
      this.#giveUp = reject;
    });
    this.#stray.catch(() => undefined);
  }

  /** The same handler, called in a context of its own by which its mishaps are known. */
  wrap(handler: HandlerFunction): HandlerFunction {
    const guarded: HandlerFunction = (event, context, callback) => {
      const call = new Call();
      if (handler.length >= 3) call.fail = callback;
      return this.#calls.run(call, () => {
        const returned = handler(event, context, callback);
        return isThenable(returned) ? call.guard(returned) : returned;
      });
    };
    return Object.defineProperty(guarded, 'length', { value: handler.length });
  }

  /** Work that is given up when a mishap belongs to no invocation in flight. */
  async watch<T>(work: Promise<T>): Promise<T> {
    this.#watched += 1;
    try {
      return await Promise.race([work, this.#stray]);
    } finally {
      this.#watched -= 1;
    }
  }

  /** Takes over what would end the process. For the process of a command line, once. */
  install(): void {
    process.on('unhandledRejection', (reason) => this.mishap('A promise that nobody awaits was rejected', reason));
    process.on('uncaughtException', (error) => this.mishap('An exception that nobody catches was thrown', error));
    const exit = process.exit;
    process.exit = (code) => {
      const call = this.#calls.getStore();
      if (call === undefined) return exit(code);
      const error = exitError(code);
      call.fail?.(error);
      throw error;
    };
  }

  /** Blames the invocation in flight that did it, or gives up the work. */
  mishap(what: string, reason: unknown): void {
    const call = this.#calls.getStore();
    if (call?.fail) {
      call.fail(reason);
      return;
    }
    const said = causeText(reason).split('\n')[0]?.replace(/\.$/, '');
    const where = call ? 'by a handler that had answered already' : 'most likely by the file of a handler';
    const error = new UsageError(`${what}, ${where}: ${said}.`, { cause: reason });
    if (this.#watched > 0) this.#giveUp(error);
    else this.afterwards ??= error;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function exitError(code: unknown): Error {
  const error = new Error(`Runtime exited with error: exit status ${String(code ?? process.exitCode ?? 0)}`);
  error.name = 'Runtime.ExitError';
  return error;
}
