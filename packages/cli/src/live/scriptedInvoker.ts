/** A scenario's scripted function behind the port of functions: it answers what the script says, after as long as it says. */
import { setMaxListeners } from 'node:events';
import {
  type Clock,
  type Invocation,
  type InvocationResult,
  type Invoker,
  systemClock,
  within,
} from '@millrace/runtime';
import type { ScriptedFunction } from '@millrace/simulation';

export interface ScriptedOptions {
  /** Added when an environment starts. */
  readonly coldStartMs: number;
  readonly clock?: Clock;
}

/** What takes its environment along. */
const DESTROYED: ReadonlySet<string> = new Set(['timed-out', 'exited', 'out-of-memory']);

class ScriptedInvoker implements Invoker {
  readonly #script: ScriptedFunction;
  readonly #coldStartMs: number;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  /** Invocations that the script was asked about before. */
  readonly #offered = new WeakSet<Invocation>();
  readonly #running = new Set<Promise<InvocationResult>>();
  #idle = 0;

  constructor(script: ScriptedFunction, { coldStartMs, clock = systemClock }: ScriptedOptions) {
    this.#script = script;
    this.#coldStartMs = coldStartMs;
    this.#clock = clock;
    setMaxListeners(0, this.#closing.signal);
  }

  refuse(invocation: Invocation) {
    this.#offered.add(invocation);
    return this.#script.offer(invocation.event);
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    const run = this.#invoke(invocation);
    this.#running.add(run);
    run.finally(() => this.#running.delete(run));
    return run;
  }

  async #invoke(invocation: Invocation): Promise<InvocationResult> {
    const startMs = this.#clock.now();
    const { startBy, event } = invocation;
    if (this.#closing.signal.aborted || (startBy !== undefined && startMs > startBy)) return lost(startMs, startMs);
    const refusal = this.#offered.has(invocation) ? undefined : this.#script.offer(event);
    if (refusal) return { answer: refusal, cold: false, startMs, endMs: startMs };
    return this.#run(event, startMs);
  }

  async #run(event: unknown, startMs: number): Promise<InvocationResult> {
    const { answer, durationMs } = this.#script.run(event);
    const cold = this.#idle === 0;
    if (!cold) this.#idle -= 1;
    const endMs = startMs + durationMs + (cold ? this.#coldStartMs : 0);
    if (endMs > startMs) await this.#clock.until(endMs, this.#closing.signal);
    const now = this.#clock.now();
    if (now < endMs) return lost(startMs, now);
    if (!DESTROYED.has(answer.kind)) this.#idle += 1;
    return { answer, cold, startMs, endMs: now };
  }

  environments(): { readonly running: number; readonly idle: number } {
    return { running: this.#running.size, idle: this.#idle };
  }

  async close(graceMs: number): Promise<void> {
    await within(Promise.allSettled(this.#running), graceMs, this.#clock);
    this.#closing.abort();
  }
}

export function scriptedInvoker(script: ScriptedFunction, options: ScriptedOptions): Invoker {
  return new ScriptedInvoker(script, options);
}

function lost(startMs: number, endMs: number): InvocationResult {
  return { answer: { kind: 'lost' }, cold: false, startMs, endMs };
}
