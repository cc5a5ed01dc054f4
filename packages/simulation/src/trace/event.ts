/**
 * A trace line while the run goes on: records and mappings are numbers, and nothing is text before somebody reads it.
 * Observers (the result, the checkers, the trace file) see the same events in the same order.
 */
import type { Millis, RuleId, TraceWhat } from '@millrace/semantics';

export interface TraceEvent {
  /** Milliseconds since the epoch. */
  readonly at: Millis;
  readonly what: TraceWhat;
  /** Index of the mapping in the plan. */
  readonly mapping?: number | undefined;
  readonly poller?: string | undefined;
  readonly lanes?: readonly string[] | undefined;
  /** Ordinals of arrivals. */
  readonly records?: readonly number[] | undefined;
  readonly attempt?: string | undefined;
  readonly rule?: RuleId | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface Observer {
  observe(event: TraceEvent): void;
}

/** Hands every event to every observer. */
export class Recorder {
  readonly #observers: readonly Observer[];

  constructor(observers: readonly Observer[]) {
    this.#observers = observers;
  }

  emit(event: TraceEvent): void {
    for (const observer of this.#observers) observer.observe(event);
  }
}
