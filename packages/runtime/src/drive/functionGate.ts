/** A function as pollers see it: it takes an invocation or refuses it with a throttle, and never lets one wait. */
import type { Admission, FunctionLimits, Millis, RuleId } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { FunctionDefinition, Invocation, InvocationResult, Invoker } from '../ports/invoker.ts';
import type { Permits } from '../ports/permits.ts';

/** A permit outlives its function's timeout by this, for the way there and back. */
const GRACE_MS = 10_000;

export type Gated =
  | {
      readonly admitted: true;
      readonly cold: boolean;
      readonly rule: RuleId;
      readonly result: Promise<InvocationResult>;
    }
  | { readonly admitted: false; readonly reason: string; readonly rule: RuleId };

export interface GateOptions {
  readonly definition: FunctionDefinition;
  readonly invoker: Invoker;
  readonly permits: Permits;
  readonly limits: FunctionLimits;
  readonly clock: Clock;
}

export class FunctionGate {
  readonly definition: FunctionDefinition;
  readonly invoker: Invoker;
  readonly #permits: Permits;
  readonly #limits: FunctionLimits;
  readonly #clock: Clock;

  constructor(options: GateOptions) {
    this.definition = options.definition;
    this.invoker = options.invoker;
    this.#permits = options.permits;
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  /** When an attempt that starts now is over at the latest. */
  deadlineMs(): Millis {
    return this.#clock.now() + this.definition.timeoutMs + GRACE_MS;
  }

  async offer(invocation: Invocation): Promise<Gated> {
    const admission = await this.#take(invocation.attemptId);
    if (!admission.admitted) return admission;
    return { ...admission, result: this.#run(invocation) };
  }

  async #take(attemptId: string): Promise<Admission> {
    const ask = {
      functionName: this.definition.name,
      attemptId,
      deadlineMs: this.deadlineMs(),
      limits: this.#limits,
    };
    return this.#permits.take(ask);
  }

  async #run(invocation: Invocation): Promise<InvocationResult> {
    try {
      return await this.invoker.invoke(invocation);
    } finally {
      await this.#permits.give(this.definition.name, invocation.attemptId);
    }
  }
}
