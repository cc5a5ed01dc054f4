import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FunctionDefinition, type Invoker, systemClock } from '@millrace/runtime';
import { type HandlerReference, handlerText, taskRoot } from '../handler-reference.ts';
import { EnvironmentPool, INIT_TIMEOUT_MS, type PoolOptions } from '../pool.ts';
import { ProcessEnvironment, type RuntimeCommand } from './process-environment.ts';

export interface IsolatedOptions extends PoolOptions {
  /** The runtime: a program that speaks the Lambda Runtime API, and its arguments. */
  readonly command: readonly string[];
  /** What `_HANDLER` says to it. */
  readonly handler?: string | undefined;
  /** Where it starts, which is LAMBDA_TASK_ROOT, too. Default: the working directory. */
  readonly cwd?: string | undefined;
}

/**
 * Runs a function in processes of its own that speak the Lambda Runtime API, one event at a time in each: any official
 * runtime interface client or custom runtime works.
 */
export function isolatedInvoker(definition: FunctionDefinition, options: IsolatedOptions): Invoker {
  const clock = options.clock ?? systemClock;
  const initTimeoutMs = options.initTimeoutMs ?? INIT_TIMEOUT_MS;
  const { command, handler = '' } = options;
  const runtime: RuntimeCommand = { command, handler, cwd: resolve(options.cwd ?? '.') };
  const make = () => new ProcessEnvironment(definition, runtime, initTimeoutMs, clock);
  return new EnvironmentPool(definition, make, options);
}

/** Options of `isolatedInvoker` for a Node.js handler: Millrace's own runtime, with a heap that fits the memory. */
export function nodeRuntime(
  definition: FunctionDefinition,
  handler: HandlerReference,
): { readonly command: readonly string[]; readonly handler: string; readonly cwd: string } {
  const bootstrap = fileURLToPath(new URL('../../bootstrap/node.mjs', import.meta.url));
  const heapMb = Math.max(32, Math.floor(definition.memoryMb * 0.9));
  const command = [process.execPath, `--max-old-space-size=${heapMb}`, bootstrap];
  return { command, handler: handlerText(handler), cwd: taskRoot(handler) };
}
