/**
 * What invokers of functions elsewhere have in common: how many are under way, deadlines, and closing. Nobody here knows
 * whether the far environment was cold.
 *
 * Connections that were refused mean that nothing ran. Anything that breaks later is `lost`.
 */
import {
  type Clock,
  type Invocation,
  type InvocationResult,
  type Invoker,
  systemClock,
  within,
} from '@millrace/runtime';
import { type Answer, FULL, LOST } from '../answers.ts';
import { atDeadline } from '../deadline.ts';
import { eventText } from '../pool.ts';

export interface RemoteOptions {
  /** How many invocations may be under way at once. */
  readonly maxEnvironments?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** One call of the function. The signal ends it; its answer is not asked for then. */
export type RemoteCall = (event: string, invocation: Invocation, signal: AbortSignal) => Promise<RemoteAnswer>;

export interface RemoteAnswer {
  readonly answer: Answer;
  readonly logs?: string | undefined;
}

export class RemoteInvoker implements Invoker {
  readonly #call: RemoteCall;
  readonly #deadline: { readonly afterMs: number; readonly answer: Answer };
  readonly #max: number;
  readonly #clock: Clock;
  readonly #release: () => void;
  readonly #running = new Map<Promise<InvocationResult>, AbortController>();
  #closed = false;

  /** `deadline.answer` is given after so long without one. `release` lets go of connections at the end. */
  constructor(
    call: RemoteCall,
    deadline: { readonly afterMs: number; readonly answer: Answer },
    options: RemoteOptions & { readonly maxEnvironments: number },
    release: () => void,
  ) {
    this.#call = call;
    this.#deadline = deadline;
    this.#max = options.maxEnvironments;
    this.#clock = options.clock ?? systemClock;
    this.#release = release;
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    const now = this.#clock.now();
    const tooLate = this.#closed || (invocation.startBy !== undefined && now > invocation.startBy);
    const event = eventText(invocation.event);
    const refusal = tooLate
      ? LOST
      : typeof event !== 'string'
        ? event
        : this.#running.size >= this.#max
          ? FULL
          : undefined;
    if (refusal) return Promise.resolve({ answer: refusal, cold: false, startMs: now, endMs: now });
    const stop = new AbortController();
    const result = this.#run(event as string, invocation, stop, now);
    this.#running.set(result, stop);
    result.finally(() => this.#running.delete(result));
    return result;
  }

  environments(): { readonly running: number; readonly idle: number } {
    return { running: this.#running.size, idle: 0 };
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await within(Promise.all(this.#running.keys()), graceMs, this.#clock);
    for (const stop of this.#running.values()) stop.abort();
    await Promise.all(this.#running.keys());
    this.#release();
  }

  async #run(event: string, invocation: Invocation, stop: AbortController, startMs: number): Promise<InvocationResult> {
    const { afterMs, answer: late } = this.#deadline;
    let given: Answer = LOST;
    const timer = atDeadline(this.#clock, startMs + afterMs, () => {
      given = late;
      stop.abort();
    });
    const aborted = new Promise<RemoteAnswer>((resolve) => {
      stop.signal.addEventListener('abort', () => resolve({ answer: given }), { once: true });
    });
    const called = this.#call(event, invocation, stop.signal).catch(() => ({ answer: LOST }));
    const { answer, logs }: RemoteAnswer = await Promise.race([aborted, called]);
    timer.cancel();
    return { answer, cold: false, startMs, endMs: this.#clock.now(), logs };
  }
}

/** What became of a call that broke, by Node's error code. */
export function brokenCall(error: unknown, target: string): Answer {
  const code = codeOf(error);
  return code !== undefined && NEVER_SENT.has(code) ? { kind: 'unreachable', reason: `${code}: ${target}` } : LOST;
}

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A host with several addresses gives one error for all of them. */
function codeOf(error: unknown): string | undefined {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : undefined;
}
