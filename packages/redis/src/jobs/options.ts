/** How invocations are made jobs, and the defaults. */
import type { Clock, Invoker } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Redis } from 'ioredis';

export interface BullJobsOptions {
  /** Shared with others; `maxRetriesPerRequest` must be null. One more is made for answers, and one per worker. */
  readonly connection: Redis;
  readonly clock: Clock;
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
  /** For how long a finished job can be joined. */
  readonly keepFinishedMs?: Millis;
  /** A killed worker's invocations are answered as lost after this, plus about a second. */
  readonly lockMs?: Millis;
  /** Told of what went wrong and will be tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface BullInvokerOptions {
  readonly functionName: string;
  /** The function's. */
  readonly timeoutMs: Millis;
  /** An invocation that no worker has begun after this is lost, if it has no `startBy` of its own that comes earlier. */
  readonly startWithinMs?: Millis;
  /** What the way there and back may take, and a cold start. */
  readonly graceMs?: Millis;
}

export interface BullWorkerOptions {
  readonly functionName: string;
  /** Runs them here; whoever made it closes it. */
  readonly invoker: Invoker;
  /** Invocations at once. */
  readonly concurrency: number;
}

/** Takes a function's jobs until it is closed. */
export interface BullWorker {
  ready(): Promise<void>;
  /**
   * Takes no more, and waits so long for what runs. What still runs then is answered when its invoker ends it, or as lost
   * by another worker when this process ends.
   */
  close(graceMs: Millis): Promise<void>;
}

export interface JobSettings {
  readonly connection: Redis;
  readonly clock: Clock;
  readonly prefix: string;
  readonly keepFinishedMs: Millis;
  readonly lockMs: Millis;
  readonly onError: (error: unknown) => void;
}

export function jobSettings(options: BullJobsOptions): JobSettings {
  return {
    connection: options.connection,
    clock: options.clock,
    prefix: options.prefix ?? 'millrace',
    keepFinishedMs: options.keepFinishedMs ?? 60_000,
    lockMs: options.lockMs ?? 2000,
    onError: options.onError ?? (() => undefined),
  };
}

export const START_WITHIN_MS = 60_000;
export const GRACE_MS = 10_000;
export const STALLED_CHECK_MS = 1000;
/** What a function wrote is cut to its last characters. */
export const LOGS_LENGTH = 4096;
/** A longer answer is not sent along: whoever waits fetches it. */
export const SENT_LENGTH = 65_536;
export const QUEUE = 'invocations';

/** The prefix of a function's queue; each function has a slot of its own in a cluster. */
export function queuePrefix(prefix: string, functionName: string): string {
  return `{${prefix}:invoke:${functionName}}`;
}
