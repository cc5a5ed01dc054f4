export type { HandlerReference } from './handler-reference.ts';
export { type InlineOptions, inlineInvoker } from './inline-invoker.ts';
export { type IsolatedOptions, isolatedInvoker, nodeRuntime } from './isolated/isolated-invoker.ts';
export { INIT_TIMEOUT_MS, type PoolOptions } from './pool.ts';
export { type HttpOptions, httpInvoker } from './remote/http-invoker.ts';
export { type LambdaOptions, lambdaInvoker } from './remote/lambda-invoker.ts';
export type { RemoteOptions } from './remote/remote-invoker.ts';
export { type WorkerOptions, workerInvoker } from './worker/worker-invoker.ts';
