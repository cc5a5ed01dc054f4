/** The port of whatever runs functions: in a worker thread, in an isolated environment, over HTTP, elsewhere in the fleet. */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import type { Millis } from '@millrace/semantics';
import type { Owner } from './register.ts';

/** A function as an invoker needs to know it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: Millis;
  readonly memoryMb: number;
  /** Given to the function's code on top of the few variables that every runtime has; nothing else of this process is. */
  readonly env: Readonly<Record<string, string>>;
}

/** One invocation. */
export interface Invocation {
  /** The attempt's id: no two attempts share one, and a repeated order of one attempt has the same. */
  readonly attemptId: string;
  /** What the function sees as its request id: a UUID. */
  readonly requestId: string;
  /** The event, as plain JSON data. It may be made anew each time it is asked for. */
  readonly event: unknown;
  /** Not to be started after this time. */
  readonly startBy?: Millis | undefined;
  /** Not to be started when this says no: asked again once its environment is ready. Only in the process that ordered it. */
  readonly mayStart?: (() => boolean) | undefined;
  /** Not to be started when somebody else owns this name by now. */
  readonly owner?: Owner | undefined;
  /** The lanes whose order it is part of: nothing else may run in them meanwhile. Absent: it has none but itself. */
  readonly lanes?: readonly string[] | undefined;
  /** False: nobody else can ever have ordered this attempt, so that there is no result of before to be joined. */
  readonly mayBeJoined?: boolean | undefined;
}

/** Keeps the permit of an invocation until then, if it ended earlier. */
export type KeepPermit = (untilMs: Millis) => Promise<unknown> | undefined;

/** Why nobody knows: it came too late, its poller has a new owner, its worker died, or no answer came at all. */
export type LostBecause = 'too-late' | 'deposed' | 'stalled' | 'unanswered';

export interface InvocationResult {
  /** `lost`: nobody knows whether it ran, or it was not started because it came too late. */
  readonly answer: FunctionAnswer | { readonly kind: 'lost'; readonly because?: LostBecause };
  readonly cold: boolean;
  /** When the function began and ended. */
  readonly startMs: Millis;
  readonly endMs: Millis;
  /** What it wrote to stdout and stderr meanwhile, at most a few kilobytes of the end. */
  readonly logs?: string | undefined;
}

/** Why a function was not run, where that is known beforehand. */
export type InvocationRefusal = { readonly kind: 'throttled' | 'unreachable'; readonly reason: string };

export interface Invoker {
  /** Asked once, before a permit is taken: what will keep it from running. Only functions that follow a script know. */
  refuse?(invocation: Invocation): InvocationRefusal | undefined;
  /** Until when an invocation that is ordered now may need its permit, where that is longer than it takes to run. */
  permitUntilMs?(invocation: Invocation): Millis | undefined;
  /** Never rejects: whatever goes wrong is an answer. What may begin late keeps its permit for that long. */
  invoke(invocation: Invocation, keep?: KeepPermit): Promise<InvocationResult>;
  /** Environments that are running now, and how many of them are free. */
  environments(): { readonly running: number; readonly idle: number };
  /** Lets running invocations finish for so long, then ends them; they are answered as lost. */
  close(graceMs: Millis): Promise<void>;
}
