/** Calls through the AWS SDK: none waits for ever, and what goes wrong is said in one sentence. */
import { type CallSignal, type Clock, sdkCalls, sdkProblem } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import { type ProblemKind, ShardProblem } from './client.ts';

/** A server that has not answered for so long is asked anew: it may be gone without a word. */
const LATE_MS = 20_000;

export interface CallOptions {
  readonly clock: Clock;
  /** How late an answer may be; 20 s when absent. */
  readonly lateMs?: Millis | undefined;
}

/** Sends one request. @throws {ShardProblem} when it fails, when no answer comes in time, or when it is ended */
export type Call = <T>(
  operation: string,
  send: (options: { abortSignal: CallSignal }) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

export function callsOf({ clock, lateMs = LATE_MS }: CallOptions): Call {
  const call = sdkCalls(clock, shardProblem);
  return (operation, send, signal) => call(operation, (abortSignal) => send({ abortSignal }), lateMs, signal);
}

const KINDS: Readonly<Record<string, ProblemKind>> = {
  ExpiredIteratorException: 'expired',
  TrimmedDataAccessException: 'trimmed',
  ProvisionedThroughputExceededException: 'throttled',
  LimitExceededException: 'throttled',
  KMSThrottlingException: 'throttled',
  ThrottlingException: 'throttled',
  // Enhanced fan-out: a subscription that has just ended, or of another process, still counts.
  ResourceInUseException: 'throttled',
  ResourceNotFoundException: 'gone',
};

function shardProblem(sentence: string, cause: unknown): ShardProblem {
  if (cause instanceof ShardProblem) return cause;
  return new ShardProblem(KINDS[(cause as Error).name] ?? 'unreachable', sentence, { cause });
}

/** Of what came after the answer: events of a subscription. */
export function problem(operation: string, error: unknown): ShardProblem {
  return shardProblem(sdkProblem(operation, error), error);
}

/** The name of the SDK's error behind a problem. */
export function causeName(error: unknown): string | undefined {
  return ((error as Error).cause as { name?: string } | undefined)?.name;
}
