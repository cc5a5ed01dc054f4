import { type FunctionDefinition, type Invoker, systemClock } from '@millrace/runtime';
import type { HandlerReference } from '../handler-reference.ts';
import { EnvironmentPool, INIT_TIMEOUT_MS, type PoolOptions } from '../pool.ts';
import { WorkerEnvironment } from './worker-environment.ts';

export interface WorkerOptions extends PoolOptions {
  readonly handler: HandlerReference;
}

/**
 * Runs a Node.js handler in worker threads of this process, one event at a time in each. A timeout or too large a
 * JavaScript heap ends the thread, whatever it does. Not isolated against code that means harm: threads share the
 * process's files, its process id, and the memory of buffers.
 */
export function workerInvoker(definition: FunctionDefinition, options: WorkerOptions): Invoker {
  const clock = options.clock ?? systemClock;
  const initTimeoutMs = options.initTimeoutMs ?? INIT_TIMEOUT_MS;
  const make = () => new WorkerEnvironment(definition, options.handler, initTimeoutMs, clock);
  return new EnvironmentPool(definition, make, options);
}
