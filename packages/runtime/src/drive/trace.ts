/**
 * The live trace: the same lines as in virtual time, with wall-clock times and the records' own names. Lines are made only
 * when somebody listens; what is counted is counted always.
 */
import { type Millis, type RuleId, sentence, type TraceLine, type TraceWhat } from '@millrace/semantics';

/** A line before it has its number and its sentence. `records` are names. */
export interface LiveEvent {
  readonly at: Millis;
  readonly what: TraceWhat;
  readonly mapping?: string | undefined;
  readonly poller?: string | undefined;
  readonly lanes?: readonly string[] | undefined;
  readonly records?: readonly string[] | undefined;
  readonly attempt?: string | undefined;
  readonly rule?: RuleId | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export type TraceListener = (line: TraceLine) => void;

export class Tracer {
  readonly #listeners = new Set<TraceListener>();
  #seq = 0;
  #invocations = 0;
  /** Whether the trace holds the exact event of each invocation. */
  keepsEvents = false;

  /** Whether anybody listens: making names and sentences for nobody would be most of the cost of a batch. */
  get active(): boolean {
    return this.#listeners.size > 0;
  }

  /** Numbers the invocations of a trace, over all of its mappings. */
  nextInvocation(): number {
    this.#invocations += 1;
    return this.#invocations;
  }

  /** Calls for each line from now on; what it answers ends that. */
  listen(listener: TraceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: LiveEvent): void {
    if (!this.active) return;
    this.#seq += 1;
    const line = lineOf(event, this.#seq);
    for (const listener of this.#listeners) listener(line);
  }
}

function lineOf(event: LiveEvent, seq: number): TraceLine {
  const { at, what, mapping, poller, lanes, records, attempt, rule, data } = event;
  const why = rule && sentence(rule, data);
  return {
    seq,
    at,
    what,
    mapping,
    poller,
    lanes: lanes?.length ? lanes : undefined,
    records,
    attempt,
    rule,
    why,
    data,
  };
}
