/** Invocations as BullMQ jobs: a process that orders them, processes that take them, or both. */
import type { Invoker } from '@millrace/runtime';
import { Answers } from './answers.ts';
import { BullInvoker } from './invoker.ts';
import {
  type BullInvokerOptions,
  type BullJobsOptions,
  type BullWorker,
  type BullWorkerOptions,
  jobSettings,
} from './options.ts';
import { InvocationWorker } from './worker.ts';

export interface BullJobs {
  /** One per function. */
  invoker(options: BullInvokerOptions): Invoker;
  worker(options: BullWorkerOptions): BullWorker;
  /** After its invokers and workers: whatever is still waited for is lost. */
  close(): void;
}

export function bullJobs(options: BullJobsOptions): BullJobs {
  const settings = jobSettings(options);
  const answers = new Answers(settings);
  return {
    invoker: (about) => new BullInvoker(settings, answers, about),
    worker: (about) => new InvocationWorker(settings, about),
    close: () => answers.close(),
  };
}
