/** A function in virtual time: admits invocations, runs its script or its handler, and says how long it takes. */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import { type Admission, admit } from '@millrace/semantics';
import type { FunctionPlan, HandlerFunction } from '../../scenario/plan.ts';
import type { Random } from '../random.ts';
import { type Account, FunctionCounts } from './account.ts';
import { callHandler, type LambdaContext, type Patience } from './handler.ts';
import { Script, type ScriptedBatch, THROTTLED } from './script.ts';
import { durationOf } from './scriptedFunction.ts';

export interface Started {
  readonly cold: boolean;
  /** From the start to the answer; a cold start included. */
  readonly durationMs: number;
  /** What it would take at its timeout. */
  readonly longestMs: number;
  readonly answer: Promise<FunctionAnswer> | FunctionAnswer;
  readonly wasReserved: boolean;
}

export class FunctionRun {
  readonly plan: FunctionPlan;
  readonly account: Account;
  readonly counts: FunctionCounts;
  readonly script: Script;
  readonly #random: Random;
  readonly #region: string;
  readonly #patience: Patience | undefined;
  /** Until when the scenario's fault `throttle-function` holds. */
  throttledUntilMs = Number.NEGATIVE_INFINITY;

  constructor(plan: FunctionPlan, account: Account, random: Random, region: string, patience: Patience | undefined) {
    this.plan = plan;
    this.account = account;
    this.counts = new FunctionCounts(plan.reservedConcurrency);
    account.functions.push(this.counts);
    this.script = new Script(plan.behavior);
    this.#random = random;
    this.#region = region;
    this.#patience = patience;
  }

  get usesEvents(): boolean {
    return this.plan.handler !== undefined;
  }

  /** What keeps it from running that is no rule's doing: the scenario's fault `throttle-function`, or its script. */
  refusal(batch: ScriptedBatch, nowMs: number): FunctionAnswer | undefined {
    if (nowMs < this.throttledUntilMs) return THROTTLED;
    return this.plan.handler ? undefined : this.script.refusal(batch);
  }

  /** Takes an invocation or says why not. */
  admit(nowMs: number): Admission {
    return admit(this.account.usage(this.counts, nowMs), this.account.limits(this.counts));
  }

  start(cold: boolean, batch: ScriptedBatch, event: () => unknown, requestId: string, nowMs: number): Started {
    this.account.begin(this.counts, cold, nowMs);
    const { plan } = this;
    const scripted = plan.handler ? undefined : this.script.run(batch);
    const ownMs = scripted?.durationMs ?? durationOf(plan.duration, batch.size, this.#random);
    const timedOut = ownMs > plan.timeoutMs || scripted?.answer.kind === 'timed-out';
    const ranMs = timedOut ? plan.timeoutMs : ownMs;
    const coldMs = cold ? plan.coldStartMs : 0;
    const timeout: FunctionAnswer = { kind: 'timed-out', timeoutMs: plan.timeoutMs };
    const answer = scripted ? scripted.answer : this.#call(event(), requestId, timedOut);
    return {
      cold,
      durationMs: ranMs + coldMs,
      longestMs: plan.timeoutMs + coldMs,
      answer: timedOut ? timeout : answer,
      wasReserved: this.counts.reserved !== undefined,
    };
  }

  #call(event: unknown, requestId: string, timedOut: boolean): Promise<FunctionAnswer> | FunctionAnswer {
    const handler = this.plan.handler as HandlerFunction;
    const context = this.#context(requestId);
    const answer = callHandler(handler, event, context, this.plan.timeoutMs, this.#patience);
    if (timedOut && answer instanceof Promise) answer.catch(() => undefined);
    return answer;
  }

  #context(requestId: string): LambdaContext {
    const { name, arn, timeoutMs } = this.plan;
    return {
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: '128',
      awsRequestId: requestId,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: `${this.#region}/[$LATEST]${requestId.replaceAll('-', '')}`,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => timeoutMs,
    };
  }

  /** The invocation is over. What timed out, exited or ran out of memory takes its environment along. */
  end(started: Started, answer: FunctionAnswer): void {
    const destroyed = answer.kind === 'timed-out' || answer.kind === 'exited' || answer.kind === 'out-of-memory';
    this.account.end(this.counts, started.wasReserved, destroyed);
  }
}
