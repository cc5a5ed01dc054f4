/**
 * The attempts of one mapping: from the order to invoke, through the function's gate, to the outcome that its poller is
 * told. An attempt whose poller is gone is still let finish; nobody is told.
 */
import { eventRules, type LambdaEvent, readAnswer } from '@millrace/aws-shapes';
import {
  causeText,
  type InvokeOrder,
  isQueue,
  type MappingSettings,
  type Millis,
  type Outcome,
  type RuleId,
} from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Invocation, InvocationResult } from '../ports/invoker.ts';
import type { Owner } from '../ports/register.ts';
import type { PollerSource } from '../ports/source.ts';
import { attemptId, requestIdOf } from './attemptId.ts';
import type { FunctionGate } from './functionGate.ts';
import type { Meter } from './meter.ts';
import type { Tracer } from './trace.ts';

/** Who ordered an attempt. */
export interface Attempting {
  readonly name: string;
  readonly source: PollerSource;
  readonly owner: Owner | undefined;
  /** What its positions belong to: a shard, a consumer group, or the queue. */
  readonly scope: string;
  /** By batch: the last invocation that ran and did not succeed. */
  readonly last: Map<number, LastFailure>;
  /** False when it is over, or may be another process's by now. */
  mayStart(): boolean;
  settled(order: InvokeOrder, outcome: Outcome): void;
}

/** What a failure record says of the function. */
export interface LastFailure {
  readonly requestId: string;
  readonly outcome: Outcome;
}

/** An attempt that has not ended, and when it will have. */
export interface RunningAttempt {
  readonly attemptId: string;
  readonly lanes: readonly string[];
  readonly over: Promise<void>;
}

export interface AttemptsOptions {
  readonly mapping: string;
  readonly uuid: string;
  readonly gate: FunctionGate;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly settings: () => MappingSettings;
  /** Counts changes of the configuration. */
  readonly generation: () => number;
  /** Told before the poller is. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** What the function wrote during an invocation, as text of one or more lines. */
  readonly onLogs?: ((logs: string) => void) | undefined;
}

interface Attempt {
  readonly order: InvokeOrder;
  readonly poller: Attempting;
  readonly id: string;
  readonly invocation: number;
  readonly orderedMs: Millis;
  /** Its poller is gone: nobody is told, and the trace has said so. */
  abandoned: boolean;
}

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #running = new Map<Attempt, Promise<void>>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  begin(order: InvokeOrder, poller: Attempting): void {
    const { uuid, clock, generation, tracer } = this.#options;
    const id = attemptId(uuid, poller.scope, generation(), order);
    const invocation = tracer.nextInvocation();
    const attempt: Attempt = { order, poller, id, invocation, orderedMs: clock.now(), abandoned: false };
    const lastArrivalMs = poller.source.lastArrivalMs?.(order.positions);
    const ageMs = lastArrivalMs === undefined ? undefined : Math.max(0, attempt.orderedMs - lastArrivalMs);
    if (ageMs !== undefined) this.#options.meter.iteratorAgeMs = ageMs;
    this.#traceInvoke(attempt, ageMs);
    const run = this.#run(attempt).catch((error) => {
      this.#settle(attempt, { kind: 'unreachable', reason: causeText(error) });
    });
    this.#running.set(attempt, run);
    const isOver = () => this.#running.delete(attempt);
    run.then(isOver, isOver);
  }

  /** Resolves when everything that runs now has ended. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#running.values()]);
  }

  runningFor(poller: Attempting): RunningAttempt[] {
    const those: RunningAttempt[] = [];
    for (const [attempt, over] of this.#running) {
      const { id, order } = attempt;
      if (attempt.poller === poller) those.push({ attemptId: id, lanes: lanesOf(order) ?? [id], over });
    }
    return those;
  }

  /** Resolves when what runs now in any of these lanes has ended, whoever ordered it. */
  async laneIdle(lanes: ReadonlySet<string>): Promise<void> {
    const those = [...this.#running].filter(([{ order }]) => order.lanes.some((lane) => lanes.has(lane)));
    await Promise.allSettled(those.map(([, over]) => over));
  }

  /** A poller is gone, with all that it knew: what it runs goes on, and nobody will hear of it. */
  abandon(poller: Attempting): void {
    const queue = isQueue(this.#options.settings().kind);
    const rule: RuleId = queue ? 'sqs.failure-waits-for-visibility' : 'retry.lost-attempt-spends-nothing';
    for (const attempt of this.#running.keys()) {
      if (attempt.poller !== poller || attempt.abandoned) continue;
      this.#traceSettled(attempt, { kind: 'lost' }, rule);
      attempt.abandoned = true;
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { order, poller } = attempt;
    const invocation: Invocation = {
      attemptId: attempt.id,
      requestId: requestIdOf(attempt.id),
      // Made when the function takes it: made sooner, it would be kept while its permit is waited for.
      get event() {
        return poller.source.event(order.positions, order.window);
      },
      startBy: order.startBy,
      mayStart: () => poller.mayStart(),
      owner: poller.owner,
      lanes: lanesOf(order),
      // Who takes a queue's poller over receives anew, under other handles.
      mayBeJoined: !isQueue(this.#options.settings().kind),
    };
    let gated: Awaited<ReturnType<FunctionGate['offer']>>;
    try {
      gated = await this.#options.gate.offer(invocation, poller);
    } catch (error) {
      this.#settle(attempt, { kind: 'unreachable', reason: `the permit store did not answer: ${causeText(error)}` });
      return;
    }
    if (!gated.admitted) {
      this.#settle(attempt, gated.outcome, gated.rule);
      return;
    }
    await this.#await(attempt, gated, invocation);
  }

  async #await(
    attempt: Attempt,
    gated: { readonly cold: boolean; readonly rule: RuleId; readonly result: Promise<InvocationResult> },
    invocation: Invocation,
  ): Promise<void> {
    const { meter } = this.#options;
    meter.started();
    this.#traceStarted(attempt, gated.cold, gated.rule, invocation);
    const result = await gated.result.finally(() => meter.ended());
    if (result.logs) this.#options.onLogs?.(result.logs);
    const outcome = this.#outcome(attempt, result);
    this.#settle(attempt, outcome, 'rule' in outcome ? outcome.rule : undefined, result);
  }

  #outcome({ order, poller }: Attempt, { answer }: InvocationResult): Outcome {
    if (answer.kind === 'lost') return answer;
    const { kind, partialResponses, tumblingWindowMs } = this.#options.settings();
    return readAnswer(kind, answer, () => poller.source.identifiers(order.positions), {
      partialResponses,
      tumblingWindow: tumblingWindowMs > 0 ? { final: order.window?.final === true } : undefined,
    });
  }

  #settle(attempt: Attempt, outcome: Outcome, rule?: RuleId, result?: InvocationResult): void {
    if (attempt.abandoned) return;
    const { clock, meter, onOutcome } = this.#options;
    meter.settled(outcome, attempt.order.positions.length, clock.now());
    remember(attempt, outcome);
    this.#traceSettled(attempt, outcome, rule, result);
    onOutcome(outcome);
    attempt.poller.settled(attempt.order, outcome);
  }

  #common({ order, poller, id }: Attempt) {
    return {
      mapping: this.#options.mapping,
      poller: poller.name,
      lanes: order.lanes.map((lane) => poller.source.laneName(lane)),
      records: poller.source.names(order.positions),
      attempt: id,
    };
  }

  #traceInvoke(attempt: Attempt, ageMs: Millis | undefined): void {
    const { tracer } = this.#options;
    if (!tracer.active) return;
    const { rule, batch, attempt: number, ordinal, closedBy, bytes, window, visibleAtMs } = attempt.order;
    const hiddenMs = visibleAtMs === undefined ? undefined : visibleAtMs - attempt.orderedMs;
    const { invocation } = attempt;
    const data = { invocation, batch, attempt: number, ordinal, closedBy, bytes, ageMs, window, hiddenMs };
    tracer.emit({ at: attempt.orderedMs, what: 'invoke', ...this.#common(attempt), rule, data });
  }

  #traceStarted(attempt: Attempt, cold: boolean, rule: RuleId, invocation: Invocation): void {
    const { tracer, clock, mapping } = this.#options;
    if (!tracer.active || attempt.abandoned) return;
    const kept = tracer.keepsEvents ? keptEvent(invocation) : {};
    const data = { invocation: attempt.invocation, cold, ...kept };
    tracer.emit({ at: clock.now(), what: 'started-function', mapping, attempt: attempt.id, rule, data });
  }

  #traceSettled(attempt: Attempt, outcome: Outcome, rule?: RuleId, result?: InvocationResult): void {
    const { tracer, clock } = this.#options;
    if (!tracer.active) return;
    const { attempt: number, closedBy } = attempt.order;
    const data = {
      invocation: attempt.invocation,
      outcome: outcome.kind,
      startMs: result?.startMs ?? attempt.orderedMs,
      endMs: result?.endMs ?? attempt.orderedMs,
      cold: result?.cold ?? false,
      attempt: number,
      closedBy,
      error: outcome.kind === 'error' ? outcome.errorType : undefined,
      errorMessage: outcome.kind === 'error' ? outcome.errorMessage : undefined,
      failed: outcome.kind === 'partial' ? outcome.failed : undefined,
      reason: 'reason' in outcome ? outcome.reason : undefined,
      logs: result?.logs,
    };
    tracer.emit({ at: clock.now(), what: 'settled', ...this.#common(attempt), rule, data });
  }
}

function keptEvent({ event }: Invocation) {
  return { event: structuredClone(event), rules: eventRules(event as LambdaEvent) };
}

/** Batches of which the last failure is remembered, in one poller. */
const MOST_REMEMBERED = 1000;

/** Failure records speak of the last invocation of their batch that ran. */
function remember({ order, poller: { last }, id }: Attempt, outcome: Outcome): void {
  if (isQueueOrder(order) || outcome.kind === 'throttled' || outcome.kind === 'unreachable') return;
  last.delete(order.batch);
  if (outcome.kind === 'success') return;
  last.set(order.batch, { requestId: requestIdOf(id), outcome });
  const [oldest] = last.keys();
  if (last.size > MOST_REMEMBERED && oldest !== undefined) last.delete(oldest);
}

function isQueueOrder({ visibleAtMs }: InvokeOrder): boolean {
  return visibleAtMs !== undefined;
}

/** Messages are kept apart by their visibility: their batch has no lane but itself. */
function lanesOf(order: InvokeOrder): readonly string[] | undefined {
  return !isQueueOrder(order) && order.lanes.length > 0 ? order.lanes : undefined;
}
