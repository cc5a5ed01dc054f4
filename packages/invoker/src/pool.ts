/**
 * A pool of execution environments of one function, whatever they are made of.
 *
 * 1. An environment runs one event at a time. It is started cold when none is idle, and reused warm, the one used last
 *    first; one that ended or was ended in the middle is replaced by the next invocation.
 * 2. Nothing waits for a free environment: whoever invokes holds permits. What is too many is a throttle.
 * 3. `startBy` and `mayStart` are looked at on arrival, and again when a cold environment is ready: what came too late, or
 *    may be another process's by then, does not run.
 * 4. Every invocation is answered. The answer comes after the environment is free again, or gone.
 * 5. Environments that fail to start are tried again no faster than a back-off allows, however many ask.
 */
import { type FunctionAnswer, REQUEST_LIMIT_BYTES } from '@millrace/aws-shapes';
import {
  type Clock,
  type FunctionDefinition,
  type Invocation,
  type InvocationResult,
  type Invoker,
  systemClock,
  type Timer,
  within,
} from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import { type Answer, FULL, LOST, REQUEST_TOO_LARGE } from './answers.ts';

export interface Task {
  readonly requestId: string;
  /** The event as JSON text. */
  readonly event: string;
  readonly deadlineMs: Millis;
}

/** One execution environment. */
export interface Environment {
  /** Starts it. Undefined when it can take events, else why it never will. Rejects where the system refuses one. */
  start(): Promise<Answer | undefined>;
  /** One event at a time. Never rejects. An environment that is stopped meanwhile answers `lost`. */
  run(task: Task): Promise<Answer>;
  /** False when it has ended. */
  readonly alive: boolean;
  /** Ends it now, whatever it does; resolves when it is gone. */
  stop(): Promise<void>;
  /** What was written since the last call. */
  takeLogs(): string | undefined;
}

export interface PoolOptions {
  /** How many may run at once. Default 10. */
  readonly maxEnvironments?: number | undefined;
  /** An environment that nobody needed for so long is stopped. Default 5 minutes. */
  readonly idleMs?: Millis | undefined;
  /** How long an environment may take to start. Default 10 s, as on AWS. */
  readonly initTimeoutMs?: Millis | undefined;
  readonly clock?: Clock | undefined;
}

export const INIT_TIMEOUT_MS = 10_000;
const IDLE_MS = 300_000;
const MAX_ENVIRONMENTS = 10;
const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5_000;

export class EnvironmentPool implements Invoker {
  readonly #definition: FunctionDefinition;
  readonly #make: () => Environment;
  readonly #max: number;
  readonly #idleMs: number;
  readonly #clock: Clock;
  readonly #all = new Set<Environment>();
  readonly #idle: { readonly environment: Environment; readonly sinceMs: number }[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closed = new AbortController();
  #reaper: Timer | undefined;
  #failedStarts = 0;
  #notBeforeMs = 0;

  constructor(definition: FunctionDefinition, make: () => Environment, options: PoolOptions) {
    this.#definition = definition;
    this.#make = make;
    this.#max = options.maxEnvironments ?? MAX_ENVIRONMENTS;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#clock = options.clock ?? systemClock;
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    const result = this.#invoke(invocation);
    this.#pending.add(result);
    result.finally(() => this.#pending.delete(result));
    return result;
  }

  environments(): { readonly running: number; readonly idle: number } {
    // One that ended while it was idle is noticed when it is needed; it does not count until then.
    let [running, idle] = [0, 0];
    for (const { alive } of this.#all) running += alive ? 1 : 0;
    for (const { environment } of this.#idle) idle += environment.alive ? 1 : 0;
    return { running, idle };
  }

  async close(graceMs: number): Promise<void> {
    this.#closed.abort();
    this.#reaper?.cancel();
    await Promise.all(this.#idle.splice(0).map(({ environment }) => this.#drop(environment)));
    await within(Promise.all(this.#pending), graceMs, this.#clock);
    await Promise.all([...this.#all].map((environment) => this.#drop(environment)));
    await Promise.all(this.#pending);
  }

  async #invoke(invocation: Invocation): Promise<InvocationResult> {
    const arrivedMs = this.#clock.now();
    const refused = (answer: Answer) => ({ answer, cold: false, startMs: arrivedMs, endMs: arrivedMs });
    if (this.#tooLate(invocation)) return refused(LOST);
    const event = eventText(invocation.event);
    if (typeof event !== 'string') return refused(event);
    const warm = this.#takeIdle();
    if (warm) return this.#run(warm, invocation.requestId, event, false);
    if (this.environments().running >= this.#max) return refused(FULL);
    return this.#runCold(invocation, event, arrivedMs);
  }

  async #runCold(invocation: Invocation, event: string, arrivedMs: number): Promise<InvocationResult> {
    const environment = this.#make();
    this.#all.add(environment);
    const refused = (answer: Answer) => {
      const logs = environment.takeLogs();
      return { answer, cold: true, startMs: arrivedMs, endMs: this.#clock.now(), logs };
    };
    if (this.#notBeforeMs > arrivedMs) await this.#clock.until(this.#notBeforeMs, this.#closed.signal);
    const failure = this.#closed.signal.aborted ? LOST : await environment.start().catch(notStarted);
    this.#noteStart(failure);
    if (failure) {
      await this.#drop(environment);
      return refused(failure);
    }
    if (!this.#tooLate(invocation)) return this.#run(environment, invocation.requestId, event, true);
    await this.#release(environment);
    return refused(LOST);
  }

  async #run(environment: Environment, requestId: string, event: string, cold: boolean): Promise<InvocationResult> {
    const startMs = this.#clock.now();
    const answer = await environment.run({ requestId, event, deadlineMs: startMs + this.#definition.timeoutMs });
    const endMs = this.#clock.now();
    const logs = environment.takeLogs();
    await this.#release(environment);
    return { answer, cold, startMs, endMs, logs };
  }

  #tooLate({ startBy, mayStart }: Invocation): boolean {
    if (this.#closed.signal.aborted || mayStart?.() === false) return true;
    return startBy !== undefined && this.#clock.now() > startBy;
  }

  #noteStart(failure: Answer | undefined): void {
    if (!failure) {
      this.#failedStarts = 0;
      this.#notBeforeMs = 0;
    } else if (failure.kind !== 'lost') {
      const waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** this.#failedStarts);
      this.#failedStarts = Math.min(this.#failedStarts + 1, 20);
      this.#notBeforeMs = this.#clock.now() + waitMs;
    }
  }

  #takeIdle(): Environment | undefined {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.environment.alive) return last.environment;
      // Its place is free at once: what is left of it ends by itself.
      this.#all.delete(last.environment);
      void last.environment.stop();
    }
    return undefined;
  }

  #release(environment: Environment): Promise<void> | undefined {
    if (!environment.alive || this.#closed.signal.aborted) return this.#drop(environment);
    this.#idle.push({ environment, sinceMs: this.#clock.now() });
    this.#watchIdle();
    return undefined;
  }

  async #drop(environment: Environment): Promise<void> {
    await environment.stop();
    this.#all.delete(environment);
  }

  #watchIdle(): void {
    const oldest = this.#idle[0];
    if (!oldest || this.#reaper) return;
    this.#reaper = this.#clock.at(oldest.sinceMs + this.#idleMs, () => {
      this.#reaper = undefined;
      const due = this.#clock.now() - this.#idleMs;
      const young = this.#idle.findIndex(({ sinceMs }) => sinceMs > due);
      const old = this.#idle.splice(0, young < 0 ? this.#idle.length : young);
      for (const { environment } of old) void this.#drop(environment);
      this.#watchIdle();
    });
  }
}

/** Such as options for Node in the function's variables that a thread cannot have. */
function notStarted(error: Error): Answer {
  return { kind: 'unreachable', reason: `The environment could not be started: ${error.message}`.slice(0, 500) };
}

/** The event as JSON, or why it cannot be sent. */
export function eventText(event: unknown): string | FunctionAnswer {
  let text: string;
  try {
    text = JSON.stringify(event) ?? 'null';
  } catch {
    return { kind: 'unreachable', reason: 'InvalidRequestContentException: the event is no JSON data.' };
  }
  const tooLarge = text.length > REQUEST_LIMIT_BYTES || Buffer.byteLength(text) > REQUEST_LIMIT_BYTES;
  return tooLarge ? REQUEST_TOO_LARGE : text;
}
