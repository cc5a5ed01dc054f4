/** Invocations in the order in which they were ordered, from the lines about them. */
import type { TraceEvent } from '../trace/event.ts';
import type { ResultContext } from './builder.ts';
import type { InvocationResult, OutcomeKind } from './result.ts';

export class InvocationBook {
  readonly #context: ResultContext;
  readonly #invocations: InvocationResult[] = [];
  /** Ordered and not yet answered, by number. */
  readonly #open = new Map<number, { readonly line: TraceEvent; cold: boolean; event?: unknown }>();
  count = 0;

  constructor(context: ResultContext) {
    this.#context = context;
  }

  observe(event: TraceEvent): void {
    switch (event.what) {
      case 'invoke':
        this.count += 1;
        if (!this.#context.summary) this.#open.set(Number(event.data?.invocation), { line: event, cold: false });
        break;
      case 'started-function':
        this.#started(event);
        break;
      case 'settled':
        this.#settled(event);
        break;
      default:
        break;
    }
  }

  #started(event: TraceEvent): void {
    const open = this.#open.get(Number(event.data?.invocation));
    if (!open) return;
    open.cold = event.data?.cold === true;
    if (event.data?.event !== undefined) open.event = event.data.event;
  }

  #settled(event: TraceEvent): void {
    const id = Number(event.data?.invocation);
    if (!this.#open.has(id)) return;
    this.#close(id, event.at, String(event.data?.outcome) as OutcomeKind);
  }

  #close(id: number, endMs: number, outcome: OutcomeKind): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    const { line, cold } = open;
    const mapping = line.mapping ?? 0;
    this.#invocations[id - 1] = {
      id,
      mapping: this.#context.mappingName(mapping),
      function: this.#context.functionName(mapping),
      lanes: line.lanes ?? [],
      startMs: line.at - this.#context.startMs,
      endMs: endMs - this.#context.startMs,
      cold,
      attempt: Number(line.data?.attempt),
      closedBy: line.data?.closedBy as InvocationResult['closedBy'],
      records: (line.records ?? []).map((record) => this.#context.recordName(record)),
      outcome,
      ...('event' in open && { event: open.event }),
    };
  }

  /** All of them; what was still running when the run ended has no outcome that anybody knows. */
  list(endMs: number): InvocationResult[] {
    for (const id of [...this.#open.keys()]) this.#close(id, endMs, 'lost');
    return this.#invocations;
  }
}
