/** The functions of a plan, each with whatever runs it. */
import { statSync } from 'node:fs';
import {
  httpInvoker,
  inlineInvoker,
  isolatedInvoker,
  lambdaInvoker,
  nodeRuntime,
  workerInvoker,
} from '@millrace/invoker';
import type { FunctionDefinition, Invoker } from '@millrace/runtime';
import { type FunctionPlan, type Plan, ScriptedFunction } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { scriptedInvoker } from './scriptedInvoker.ts';

/** As much as a function may use when it does not say. */
const DEFAULT_MEMORY_MB = 128;

export function definitionOf(plan: FunctionPlan): FunctionDefinition {
  const { name, arn, timeoutMs, live } = plan;
  return { name, arn, timeoutMs, memoryMb: live?.memoryMb ?? DEFAULT_MEMORY_MB, env: live?.env ?? {} };
}

export interface InvokerChoice {
  readonly region: string;
  /** Runs handlers on the main thread, whatever the file says. */
  readonly inline: boolean;
  /** Environments of one function in this process, at most. */
  readonly maxEnvironments: number;
}

export function invokerFor(plan: Plan, index: number, choice: InvokerChoice): Invoker {
  const one = plan.functions[index];
  if (!one) throw new RangeError(`the plan has no function ${index}`);
  const { handler } = one;
  if (typeof handler === 'function') throw new TypeError('a live function is named by its file');
  const definition = definitionOf(one);
  const { maxEnvironments } = choice;
  const run = choice.inline && handler ? 'inline' : (one.live?.run ?? (handler ? 'worker' : 'scripted'));
  switch (run) {
    case 'scripted':
      return scriptedInvoker(new ScriptedFunction(one, kindOf(plan, index), plan.seed), {
        coldStartMs: one.coldStartMs,
      });
    case 'worker':
      return workerInvoker(definition, { handler: fileOf(handler), maxEnvironments });
    case 'inline':
      return inlineInvoker(definition, { handler: fileOf(handler), maxEnvironments });
    case 'isolated':
      return isolatedInvoker(definition, { ...runtimeOf(one, definition, handler), maxEnvironments });
    case 'http':
      return httpInvoker(definition, { url: one.live?.url ?? '', maxEnvironments });
    case 'lambda': {
      const client = { region: choice.region, ...(one.live?.url !== undefined && { endpoint: one.live.url }) };
      return lambdaInvoker(definition, { client, maxEnvironments });
    }
  }
}

type HandlerReference = { readonly file: string; readonly export: string };

function fileOf(handler: HandlerReference | undefined): HandlerReference {
  if (!handler) throw new TypeError('the scenario was read without a handler where it needs one');
  const found = statSync(handler.file, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`${handler.file}: there is no such handler file.`);
  if (!found.isFile()) throw new UsageError(`${handler.file}: is no file; name the handler file in it.`);
  return handler;
}

function runtimeOf(plan: FunctionPlan, definition: FunctionDefinition, handler: HandlerReference | undefined) {
  const command = plan.live?.command;
  if (command) return { command, ...(handler && { handler: handler.file }) };
  return nodeRuntime(definition, fileOf(handler));
}

/** The kind of events that a function gets: those of the first mapping that names it. */
function kindOf(plan: Plan, index: number) {
  const mapping = plan.mappings.find((one) => one.function === index);
  return plan.sources[mapping?.source ?? 0]?.type ?? 'sqs';
}
