/** A function as pollers see it: it takes an invocation or refuses it with a throttle, and never lets one wait. */
import type { Admission, FunctionLimits, Millis, RuleId } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { FunctionDefinition, Invocation, InvocationRefusal, InvocationResult, Invoker } from '../ports/invoker.ts';
import type { Permits } from '../ports/permits.ts';

/** A permit outlives its function's timeout by this: a cold start may take 10 s, and one that failed before it is waited out. */
const GRACE_MS = 15_000;

/** What AWS answers when a function cannot take an invocation now. */
const THROTTLED: InvocationRefusal = { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' };

export type Gated =
  | {
      readonly admitted: true;
      readonly cold: boolean;
      readonly rule: RuleId;
      readonly result: Promise<InvocationResult>;
    }
  | { readonly admitted: false; readonly outcome: InvocationRefusal; readonly rule?: RuleId | undefined };

/** Who asks for an invocation. */
export interface Asking {
  /** Asked once more before the start: what was waited for may have taken long. */
  mayStart(): boolean;
}

const NOT_NOW: InvocationRefusal = {
  kind: 'unreachable',
  reason: 'Another process may own its poller by now.',
};

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
  readonly #clock: Clock;
  /** May be replaced; who asked under the former ones is answered by them. */
  limits: FunctionLimits;
  /** A scenario's fault: until then every invocation is refused. */
  throttledUntilMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: GateOptions) {
    this.definition = options.definition;
    this.invoker = options.invoker;
    this.#permits = options.permits;
    this.limits = options.limits;
    this.#clock = options.clock;
  }

  /** When an attempt that starts now is over at the latest. */
  deadlineMs(): Millis {
    return this.#clock.now() + this.definition.timeoutMs + GRACE_MS;
  }

  async offer(invocation: Invocation, asking?: Asking): Promise<Gated> {
    const outcome = this.#clock.now() < this.throttledUntilMs ? THROTTLED : this.invoker.refuse?.(invocation);
    if (outcome) return { admitted: false, outcome };
    const deadlineMs = Math.max(this.deadlineMs(), this.invoker.permitUntilMs?.(invocation) ?? 0);
    const admission = await this.#take(invocation.attemptId, deadlineMs);
    if (!admission.admitted) {
      const { reason, rule } = admission;
      return { admitted: false, outcome: { kind: 'throttled', reason }, rule };
    }
    if (asking?.mayStart() === false) {
      await this.#permits.give(this.definition.name, invocation.attemptId);
      return { admitted: false, outcome: NOT_NOW };
    }
    return { ...admission, result: this.#run(invocation, deadlineMs) };
  }

  #take(attemptId: string, deadlineMs: Millis): Promise<Admission> {
    return this.#permits.take({ functionName: this.definition.name, attemptId, deadlineMs, limits: this.limits });
  }

  async #run(invocation: Invocation, deadlineMs: Millis): Promise<InvocationResult> {
    const { attemptId } = invocation;
    const keep = (untilMs: Millis) => (untilMs > deadlineMs ? this.#take(attemptId, untilMs) : undefined);
    try {
      return await this.invoker.invoke(invocation, keep);
    } finally {
      await this.#permits.give(this.definition.name, invocation.attemptId);
    }
  }
}
