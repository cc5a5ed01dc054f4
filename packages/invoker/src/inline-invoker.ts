/**
 * Runs a Node.js handler on the main thread: for benches, where nothing shall stand between the mapping and the function.
 *
 * What it cannot do: interrupt code that computes (everything stands still meanwhile), hold a function to its memory, survive
 * its `process.exit`, give it its own variables, capture what it writes, or start it cold (its module is loaded once). A
 * timeout abandons the invocation, which goes on; what it answers then is dropped. The event is handed over as it is, not
 * copied, and not measured.
 */
import { type FunctionAnswer, returnedAnswer, thrownAnswer } from '@millrace/aws-shapes';
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
import { type Answer, FULL, LOST } from './answers.ts';
import { type HandlerReference, handlerText } from './handler-reference.ts';
import { logPlace } from './variables.ts';

/** What of `bootstrap/handler.mjs` is used here. */
interface Bootstrap {
  loadHandler(file: string, exportName: string): Promise<Handler>;
  call(
    handler: Handler,
    event: unknown,
    about: Readonly<Record<string, unknown>>,
    at: { requestId: string; deadlineMs: number; mayWait: boolean },
    settled: (failed: boolean, value: unknown) => void,
  ): () => void;
}

type Handler = (...parameters: never[]) => unknown;

export interface InlineOptions {
  readonly handler: HandlerReference;
  /** How many invocations may be under way at once. Default 10. */
  readonly maxEnvironments?: number | undefined;
  readonly clock?: Clock | undefined;
}

const BOOTSTRAP = new URL('../bootstrap/handler.mjs', import.meta.url).href;

export function inlineInvoker(definition: FunctionDefinition, options: InlineOptions): Invoker {
  return new InlineInvoker(definition, options);
}

class InlineInvoker implements Invoker {
  readonly #definition: FunctionDefinition;
  readonly #max: number;
  readonly #clock: Clock;
  readonly #handler: HandlerReference;
  readonly #about: Readonly<Record<string, unknown>>;
  readonly #running = new Map<Promise<InvocationResult>, (answer: Answer) => void>();
  #loaded: { readonly bootstrap: Bootstrap; readonly handler: Handler } | undefined;
  #warm = 0;
  #closed = false;

  constructor(definition: FunctionDefinition, { handler, maxEnvironments = 10, clock = systemClock }: InlineOptions) {
    this.#definition = definition;
    this.#max = maxEnvironments;
    this.#clock = clock;
    this.#handler = handler;
    const { name, arn, memoryMb } = definition;
    const logs = logPlace(definition, 'inline', clock.now());
    this.#about = { name, arn, memoryMb, logGroup: logs.group, logStream: logs.stream };
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    const now = this.#clock.now();
    const tooLate = this.#closed || (invocation.startBy !== undefined && now > invocation.startBy);
    const refusal = tooLate ? LOST : this.#running.size >= this.#max ? FULL : undefined;
    if (refusal) return Promise.resolve({ answer: refusal, cold: false, startMs: now, endMs: now });
    let settle: (answer: Answer) => void = () => {};
    const answered = new Promise<Answer>((resolve) => {
      settle = resolve;
    });
    const result = this.#run(invocation, answered, settle);
    this.#running.set(result, settle);
    result.finally(() => this.#running.delete(result));
    return result;
  }

  environments(): { readonly running: number; readonly idle: number } {
    return { running: Math.max(this.#warm, this.#running.size), idle: Math.max(0, this.#warm - this.#running.size) };
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await within(Promise.all(this.#running.keys()), graceMs, this.#clock);
    for (const settle of this.#running.values()) settle(LOST);
    await Promise.all(this.#running.keys());
    this.#warm = 0;
  }

  async #run(
    invocation: Invocation,
    answered: Promise<Answer>,
    settle: (answer: Answer) => void,
  ): Promise<InvocationResult> {
    const cold = this.#running.size >= this.#warm;
    const failure = this.#loaded ? undefined : await this.#load();
    const startMs = this.#clock.now();
    if (failure) return { answer: failure, cold, startMs, endMs: startMs };
    this.#warm = Math.max(this.#warm, this.#running.size);
    const timer = this.#call(invocation, startMs + this.#definition.timeoutMs, settle);
    const answer = await answered;
    timer.cancel();
    return { answer, cold, startMs, endMs: this.#clock.now() };
  }

  #call({ event, requestId }: Invocation, deadlineMs: number, settle: (answer: Answer) => void): Timer {
    const { bootstrap, handler } = this.#loaded!;
    bootstrap.call(handler, event, this.#about, { requestId, deadlineMs, mayWait: false }, (failed, value) =>
      settle(failed ? thrownAnswer(value) : returnedAnswer(value)),
    );
    const timeoutMs = this.#definition.timeoutMs;
    return this.#clock.at(deadlineMs, () => settle({ kind: 'timed-out', timeoutMs }));
  }

  async #load(): Promise<FunctionAnswer | undefined> {
    try {
      const bootstrap = (await import(BOOTSTRAP)) as Bootstrap;
      const file = handlerText({ file: this.#handler.file });
      this.#loaded = { bootstrap, handler: await bootstrap.loadHandler(file, this.#handler.export ?? '') };
      return undefined;
    } catch (thrown) {
      return thrownAnswer(thrown);
    }
  }
}
