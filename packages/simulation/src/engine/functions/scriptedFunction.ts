/**
 * A scenario's scripted function on its own, for runs against the wall clock: it sees the event as any function does, and
 * says what to answer and how long that takes. Deliveries are counted by the identifiers of the event's records.
 */
import type { FunctionAnswer } from '@millrace/aws-shapes';
import type { SourceKind } from '@millrace/semantics';
import type { DurationPlan, FunctionPlan } from '../../scenario/plan.ts';
import { Random } from '../random.ts';
import { type EventEntry, entriesOf, kindOfEvent, windowOf } from './eventEntries.ts';
import { Script, type ScriptedBatch } from './script.ts';

export interface ScriptedAnswer {
  readonly answer: FunctionAnswer;
  /** How long it takes: its timeout when that is shorter. */
  readonly durationMs: number;
}

/** What never runs is answered at once. */
export type ScriptedRefusal = FunctionAnswer & { readonly kind: 'throttled' | 'unreachable' };

export class ScriptedFunction {
  readonly #plan: FunctionPlan;
  readonly #kind: SourceKind;
  readonly #script: Script;
  readonly #random: Random;
  readonly #delivered = new Map<string, number>();
  readonly #offered = new Map<string, number>();

  constructor(plan: FunctionPlan, kind: SourceKind, seed: number) {
    this.#plan = plan;
    this.#kind = kind;
    this.#script = new Script(plan.behavior);
    this.#random = new Random(seed);
  }

  /** A try: what keeps the function from running at all, if anything. */
  offer(event: unknown): ScriptedRefusal | undefined {
    const kind = kindOfEvent(event) ?? this.#kind;
    const entries = entriesOf(kind, event);
    const refusal = this.#script.refusal(this.#batch(kind, entries, event));
    count(this.#offered, entries);
    return refusal;
  }

  /** An invocation that was not refused. */
  run(event: unknown): ScriptedAnswer {
    const kind = kindOfEvent(event) ?? this.#kind;
    const entries = entriesOf(kind, event);
    const batch = this.#batch(kind, entries, event);
    const { answer, durationMs = this.#duration(batch.size) } = this.#script.run(batch);
    count(this.#delivered, entries);
    const { timeoutMs } = this.#plan;
    if (durationMs <= timeoutMs && answer.kind !== 'timed-out') return { answer, durationMs };
    return { answer: { kind: 'timed-out', timeoutMs }, durationMs: timeoutMs };
  }

  #batch(kind: SourceKind, entries: readonly EventEntry[], event: unknown): ScriptedBatch {
    const at = (index: number) => entries[index] as EventEntry;
    const decoded: unknown[] = [];
    return {
      kind,
      size: entries.length,
      timeoutMs: this.#plan.timeoutMs,
      window: windowOf(event),
      decoded: (index) => {
        decoded[index] ??= at(index).decoded();
        return decoded[index];
      },
      identifier: (index) => at(index).identifier,
      delivery: (index) => (this.#delivered.get(at(index).key) ?? 0) + 1,
      offer: (index) => (this.#offered.get(at(index).key) ?? 0) + 1,
    };
  }

  #duration(size: number): number {
    return durationOf(this.#plan.duration, size, this.#random);
  }
}

function count(counts: Map<string, number>, entries: readonly EventEntry[]): void {
  for (const { key } of entries) counts.set(key, (counts.get(key) ?? 0) + 1);
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
