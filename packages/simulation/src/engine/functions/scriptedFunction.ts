/**
 * A scenario's scripted function on its own, for runs against the wall clock: it sees the event as any function does, and
 * says what to answer and how long that takes. Deliveries are counted by the identifiers of the event's records.
 */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import { isQueue, type SourceKind } from '@millrace/semantics';
import type { DurationPlan, FunctionPlan } from '../../scenario/plan.ts';
import { Random } from '../random.ts';
import { parsedText } from '../sources/decode.ts';
import { Script, type ScriptedBatch } from './script.ts';

export interface ScriptedAnswer {
  readonly answer: FunctionAnswer;
  /** How long it takes: its timeout when that is shorter. */
  readonly durationMs: number;
}

/** What never runs is answered at once. */
export type ScriptedRefusal = FunctionAnswer & { readonly kind: 'throttled' | 'unreachable' };

export interface MessagesEvent {
  readonly Records: readonly MessageEntry[];
}

interface MessageEntry {
  readonly messageId: string;
  readonly body: string;
}

export class ScriptedFunction {
  readonly #plan: FunctionPlan;
  readonly #kind: SourceKind;
  readonly #script: Script;
  readonly #random: Random;
  readonly #delivered = new Map<string, number>();
  readonly #offered = new Map<string, number>();

  /** @throws {RangeError} for a kind of source whose events it cannot read yet */
  constructor(plan: FunctionPlan, kind: SourceKind, seed: number) {
    if (!isQueue(kind)) throw new RangeError(`a scripted function reads no ${kind} events yet`);
    this.#plan = plan;
    this.#kind = kind;
    this.#script = new Script(plan.behavior);
    this.#random = new Random(seed);
  }

  /** A try: what keeps the function from running at all, if anything. */
  offer(event: MessagesEvent): ScriptedRefusal | undefined {
    const refusal = this.#script.refusal(this.#batch(event.Records));
    count(this.#offered, event.Records);
    return refusal;
  }

  /** An invocation that was not refused. */
  run(event: MessagesEvent): ScriptedAnswer {
    const batch = this.#batch(event.Records);
    const { answer, durationMs = this.#duration(batch.size) } = this.#script.run(batch);
    count(this.#delivered, event.Records);
    const { timeoutMs } = this.#plan;
    if (durationMs <= timeoutMs && answer.kind !== 'timed-out') return { answer, durationMs };
    return { answer: { kind: 'timed-out', timeoutMs }, durationMs: timeoutMs };
  }

  #batch(entries: readonly MessageEntry[]): ScriptedBatch {
    const idOf = (index: number) => entries[index]?.messageId ?? '';
    return {
      kind: this.#kind,
      size: entries.length,
      timeoutMs: this.#plan.timeoutMs,
      decoded: (index) => ({ ...entries[index], body: parsedText(entries[index]?.body ?? '') }),
      identifier: idOf,
      delivery: (index) => (this.#delivered.get(idOf(index)) ?? 0) + 1,
      offer: (index) => (this.#offered.get(idOf(index)) ?? 0) + 1,
    };
  }

  #duration(size: number): number {
    return durationOf(this.#plan.duration, size, this.#random);
  }
}

function count(counts: Map<string, number>, entries: readonly MessageEntry[]): void {
  for (const { messageId } of entries) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
}

/** Milliseconds; drawn from the seed where the plan gives a range. */
export function durationOf(duration: DurationPlan, size: number, random: Random): number {
  switch (duration.kind) {
    case 'fixed':
      return duration.ms;
    case 'uniform':
      return duration.minMs + random.below(duration.maxMs - duration.minMs + 1);
    case 'linear':
      return duration.baseMs + duration.perRecordMs * size;
  }
}
