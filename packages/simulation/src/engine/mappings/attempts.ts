/** Invocations on their way: from the order of a poller to the outcome that it is told. */
import { eventRules, type FunctionAnswer, type LambdaEvent, readAnswer } from '@millrace/aws-shapes';
import type { InvokeOrder, Outcome, RuleId } from '@millrace/semantics';
import type { FunctionRun, Started } from '../functions/functionRun.ts';
import type { ScriptedBatch } from '../functions/script.ts';
import type { Cursor } from '../sources/cursor.ts';
import type { World } from '../world.ts';
import { Deliveries } from './deliveries.ts';
import type { MappingRun } from './mappingRun.ts';

/** An attempt that was ordered and not answered. */
export interface Attempt {
  readonly id: string;
  readonly invocation: number;
  readonly order: InvokeOrder;
  readonly requestId: string;
  readonly records: readonly number[];
  readonly lanes: readonly string[];
  readonly startMs: number;
  cold: boolean;
  endMs: number;
  /** Its poller is gone: nobody is told. */
  abandoned: boolean;
}

export interface Attempting {
  readonly cursor: Cursor;
  readonly poller: string;
  /** By batch: the last invocation that ran and did not succeed. */
  readonly last: Map<number, { readonly requestId: string; readonly outcome: Outcome }>;
  settled(order: InvokeOrder, outcome: Outcome): void;
  kill(): void;
}

/** Runs the attempts of one mapping. */
export class Attempts {
  readonly #world: World;
  readonly #mapping: MappingRun;
  readonly #function: FunctionRun;
  readonly #deliveries: Deliveries | undefined;
  readonly open = new Map<Attempting, Set<Attempt>>();

  constructor(world: World, mapping: MappingRun, run: FunctionRun) {
    this.#world = world;
    this.#mapping = mapping;
    this.#function = run;
    this.#deliveries = run.script.counts ? new Deliveries() : undefined;
  }

  begin(order: InvokeOrder, poller: Attempting): void {
    const { nowMs } = this.#world.agenda;
    const attempt = this.#attempt(order, poller, nowMs);
    this.#trace(attempt, poller);
    const batch = this.#scripted(order, poller.cursor, attempt.records);
    this.#admit(attempt, poller, batch);
    this.#deliveries?.offered(attempt.records);
  }

  #admit(attempt: Attempt, poller: Attempting, batch: ScriptedBatch): void {
    const refusal = this.#function.refusal(batch, this.#world.agenda.nowMs);
    if (refusal) {
      this.#refused(attempt, poller, refusal, undefined);
      return;
    }
    const admission = this.#function.admit(this.#world.agenda.nowMs);
    if (admission.admitted) this.#run(attempt, poller, batch, admission.cold, admission.rule);
    else this.#refused(attempt, poller, { kind: 'throttled', reason: admission.reason }, admission.rule);
  }

  #attempt(order: InvokeOrder, poller: Attempting, nowMs: number): Attempt {
    const invocation = this.#world.nextInvocation();
    const attempt: Attempt = {
      id: String(invocation),
      invocation,
      order,
      requestId: this.#world.requestIds.of(invocation),
      records: poller.cursor.ordinals(order.positions),
      lanes: order.lanes.map((lane) => poller.cursor.laneName(lane)),
      startMs: nowMs,
      cold: false,
      endMs: nowMs,
      abandoned: false,
    };
    const open = this.open.get(poller);
    if (open) open.add(attempt);
    else this.open.set(poller, new Set([attempt]));
    return attempt;
  }

  #trace(attempt: Attempt, poller: Attempting): void {
    const { order, records, lanes } = attempt;
    const lastArrivalMs = poller.cursor.lastArrivalMs(order.positions);
    const { batch, attempt: number, ordinal, closedBy, bytes, window } = order;
    this.#world.recorder.emit({
      at: attempt.startMs,
      what: 'invoke',
      mapping: this.#mapping.index,
      poller: poller.poller,
      lanes,
      records,
      attempt: attempt.id,
      rule: order.rule,
      data: {
        invocation: attempt.invocation,
        batch,
        attempt: number,
        ordinal,
        closedBy,
        bytes,
        ageMs: lastArrivalMs === undefined ? undefined : attempt.startMs - lastArrivalMs,
        window,
        hiddenMs: order.visibleAtMs === undefined ? undefined : order.visibleAtMs - attempt.startMs,
      },
    });
  }

  #scripted(order: InvokeOrder, cursor: Cursor, records: readonly number[]): ScriptedBatch {
    const { positions, window } = order;
    let identifiers: ReturnType<Cursor['identifiers']> | undefined;
    const decoded: unknown[] = [];
    return {
      kind: this.#mapping.settings.kind,
      size: positions.length,
      timeoutMs: this.#function.plan.timeoutMs,
      window,
      decoded: (index) => {
        const position = positions[index];
        if (decoded[index] === undefined && position !== undefined) decoded[index] = cursor.decoded(position);
        return decoded[index];
      },
      identifier: (index) => {
        identifiers ??= cursor.identifiers(positions);
        return identifiers[index] ?? '';
      },
      delivery: (index) => (this.#deliveries?.deliveriesOf(records[index] ?? -1) ?? 0) + 1,
      offer: (index) => (this.#deliveries?.offersOf(records[index] ?? -1) ?? 0) + 1,
    };
  }

  #run(attempt: Attempt, poller: Attempting, batch: ScriptedBatch, cold: boolean, rule: RuleId): void {
    const { agenda, recorder, keepEvents } = this.#world;
    const { order } = attempt;
    const event = eventOnce(order, poller.cursor);
    const started = this.#function.start(cold, batch, event, attempt.requestId, agenda.nowMs);
    attempt.cold = cold;
    attempt.endMs = agenda.nowMs + started.durationMs;
    this.#deliveries?.delivered(attempt.records);
    recorder.emit({
      at: agenda.nowMs,
      what: 'started-function',
      mapping: this.#mapping.index,
      attempt: attempt.id,
      rule,
      data: {
        invocation: attempt.invocation,
        cold,
        durationMs: started.durationMs,
        event: keepEvents ? structuredClone(event()) : undefined,
        rules: keepEvents ? eventRules(event() as LambdaEvent) : undefined,
      },
    });
    this.#finishLater(attempt, poller, started);
  }

  #finishLater(attempt: Attempt, poller: Attempting, started: Started): void {
    this.#world.agenda.at(attempt.endMs, () => this.#finish(attempt, poller, started));
  }

  #finish(attempt: Attempt, poller: Attempting, started: Started): void | Promise<void> {
    const { answer } = started;
    if (answer instanceof Promise) return answer.then((settled) => this.#ended(attempt, poller, started, settled));
    this.#answered(attempt, poller, started, answer);
  }

  /** Code that outlasted all patience has used up its timeout in virtual time, too. */
  #ended(attempt: Attempt, poller: Attempting, started: Started, answer: FunctionAnswer): void {
    const { agenda } = this.#world;
    const timeoutAtMs = attempt.startMs + started.longestMs;
    if (answer.kind !== 'timed-out' || agenda.nowMs >= timeoutAtMs) {
      this.#answered(attempt, poller, started, answer);
      return;
    }
    attempt.endMs = timeoutAtMs;
    agenda.at(timeoutAtMs, () => this.#answered(attempt, poller, started, answer));
  }

  #answered(attempt: Attempt, poller: Attempting, started: Started, answer: FunctionAnswer): void {
    this.#function.end(started, answer);
    if (attempt.abandoned) return;
    const { partialResponses, tumblingWindowMs, kind } = this.#mapping.settings;
    const { order } = attempt;
    const outcome = readAnswer(kind, answer, () => poller.cursor.identifiers(order.positions), {
      partialResponses,
      tumblingWindow: tumblingWindowMs > 0 ? { final: order.window?.final === true } : undefined,
    });
    this.#settle(attempt, poller, outcome, 'rule' in outcome ? outcome.rule : undefined);
  }

  #refused(attempt: Attempt, poller: Attempting, answer: FunctionAnswer, rule: RuleId | undefined): void {
    const outcome = answer as Outcome & { kind: 'throttled' | 'unreachable' };
    this.#world.agenda.soon(() => {
      if (!attempt.abandoned) this.#settle(attempt, poller, outcome, rule);
    });
  }

  #settle(attempt: Attempt, poller: Attempting, outcome: Outcome, rule: RuleId | undefined): void {
    this.open.get(poller)?.delete(attempt);
    remember(poller, attempt, outcome);
    this.#mapping.answered(outcome);
    this.#traceSettled(attempt, poller, outcome, rule);
    poller.settled(attempt.order, outcome);
  }

  #traceSettled(attempt: Attempt, poller: Attempting, outcome: Outcome, rule: RuleId | undefined): void {
    const { order, invocation, startMs, cold, records, lanes } = attempt;
    const { nowMs } = this.#world.agenda;
    this.#world.recorder.emit({
      at: nowMs,
      what: 'settled',
      mapping: this.#mapping.index,
      poller: poller.poller,
      lanes,
      records,
      attempt: attempt.id,
      rule,
      data: {
        invocation,
        outcome: outcome.kind,
        startMs: startMs - this.#world.startMs,
        endMs: nowMs - this.#world.startMs,
        cold,
        attempt: order.attempt,
        closedBy: order.closedBy,
        error: outcome.kind === 'error' ? outcome.errorType : undefined,
        errorMessage: outcome.kind === 'error' ? outcome.errorMessage : undefined,
        failed: outcome.kind === 'partial' ? outcome.failed : undefined,
        reason: 'reason' in outcome ? outcome.reason : undefined,
      },
    });
  }

  /** Those that have attempts in flight: also such as were superseded and finish what they run. */
  pollers(): readonly Attempting[] {
    return [...this.open].flatMap(([poller, attempts]) => (attempts.size > 0 ? [poller] : []));
  }

  /** Until when attempts of a poller may be running. */
  busyUntil(poller: Attempting): number {
    const ends = [...(this.open.get(poller) ?? [])].map((attempt) => attempt.endMs);
    return Math.max(this.#world.agenda.nowMs, ...ends);
  }

  /** The poller is gone: its attempts are lost. Returns until when they may still be running. */
  abandon(poller: Attempting): number {
    const untilMs = this.busyUntil(poller);
    const { kind } = this.#mapping.settings;
    const queue = kind === 'sqs' || kind === 'sqs-fifo';
    const rule: RuleId = queue ? 'sqs.failure-waits-for-visibility' : 'retry.lost-attempt-spends-nothing';
    for (const attempt of this.open.get(poller) ?? []) {
      attempt.abandoned = true;
      this.#traceSettled(attempt, poller, { kind: 'lost' }, rule);
    }
    this.open.delete(poller);
    return untilMs;
  }
}

/** Its own function, so that no closure that outlives the start of the function keeps the event alive. */
function eventOnce({ positions, window }: InvokeOrder, cursor: Cursor): () => unknown {
  let built: unknown;
  return () => {
    built ??= cursor.event(positions, window);
    return built;
  };
}

/** Failure records speak of the last invocation of their batch that ran. */
function remember(poller: Attempting, { order, requestId }: Attempt, outcome: Outcome): void {
  if (outcome.kind === 'success') poller.last.delete(order.batch);
  else if (outcome.kind !== 'throttled' && outcome.kind !== 'unreachable') {
    poller.last.set(order.batch, { requestId, outcome });
  }
}
