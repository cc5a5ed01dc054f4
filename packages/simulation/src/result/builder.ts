/**
 * The result of a run, built from its trace and from nothing else. A summary keeps no invocations and no records, only
 * their counts.
 */
import type { RunTotals } from '../render/shown.ts';
import type { Observer, TraceEvent } from '../trace/event.ts';
import { Column } from './columns.ts';
import { DeadLetterBook } from './deadLetters.ts';
import { FATES, FateBook } from './fates.ts';
import { InvocationBook } from './invocations.ts';
import { Meter } from './metrics.ts';
import type { CallResult, DiscardResult, Fate, MetricsResult, RecordResult, RunResult, Violation } from './result.ts';

export interface ResultContext {
  readonly scenario: string;
  readonly seed: number;
  readonly startMs: number;
  readonly plural: boolean;
  readonly summary: boolean;
  /** The source's place among the sources, by name; and which of them are queues. */
  readonly sources: readonly { readonly name: string; readonly isQueue: boolean }[];
  recordName(ordinal: number): string;
  mappingName(index: number): string;
  functionName(mapping: number): string;
  /** Indexes of the mappings that read a source. */
  mappingsOf(source: number): readonly number[];
  mappingCount(): number;
}

export class ResultBuilder implements Observer {
  readonly #context: ResultContext;
  readonly #invocations: InvocationBook;
  readonly #fates = new FateBook();
  readonly #deliveries: Column[] = [];
  readonly #sourceOf = new Column();
  readonly #discards: DiscardResult[] = [];
  readonly #deadLetters: DeadLetterBook;
  readonly #checkpoints: Record<string, string | number> = {};
  readonly #calls: CallResult[] = [];
  readonly #errors: { code: string; message: string }[] = [];
  readonly #violations: Violation[] = [];
  readonly #meter = new Meter();
  readonly #meters: Meter[] = [];
  #records = 0;
  #discardCount = 0;
  #deliveryCount = 0;
  #endMs: number;

  constructor(context: ResultContext) {
    this.#context = context;
    this.#endMs = context.startMs;
    this.#invocations = new InvocationBook(context);
    this.#deadLetters = new DeadLetterBook((ordinal) => context.recordName(ordinal));
  }

  observe(event: TraceEvent): void {
    this.#meter.observe(event);
    if (event.mapping !== undefined) this.#meterOf(event.mapping).observe(event);
    this.#invocations.observe(event);
    this.#deadLetters.observe(event);
    const fate = event.data?.fate as Fate | undefined;
    if (fate) this.#settleFate(event, fate);
    this.#note(event);
  }

  #note(event: TraceEvent): void {
    switch (event.what) {
      case 'arrived':
        this.#arrived(event);
        break;
      case 'settled':
        this.#delivered(event);
        break;
      case 'discarded':
        this.#discarded(event);
        break;
      case 'checkpoint':
        this.#checkpointed(event);
        break;
      case 'called':
        if (event.data?.from === 'call') this.#calls.push(this.#call(event));
        break;
      case 'refused':
        this.#errors.push({ code: String(event.data?.code), message: String(event.data?.message) });
        break;
      case 'violation':
        this.#violations.push(this.#violation(event));
        break;
      case 'finished':
        this.#endMs = event.at;
        break;
      default:
        break;
    }
  }

  #meterOf(mapping: number): Meter {
    this.#meters[mapping] ??= new Meter();
    return this.#meters[mapping] as Meter;
  }

  #settleFate(event: TraceEvent, fate: Fate): void {
    if (event.records) this.#fates.set(event.records, event.mapping, fate);
  }

  #arrived(event: TraceEvent): void {
    const source = this.#context.sources.findIndex(({ name }) => name === event.data?.source);
    if (source < 0) return;
    if (source > 0) for (const record of event.records ?? []) this.#sourceOf.set(record, source);
    this.#records += event.records?.length ?? 0;
  }

  #delivered(event: TraceEvent): void {
    const { outcome } = event.data ?? {};
    if (outcome === 'throttled' || outcome === 'unreachable' || outcome === 'lost') return;
    const mapping = event.mapping ?? 0;
    this.#deliveryCount += event.records?.length ?? 0;
    if (this.#context.summary) return;
    this.#deliveries[mapping] ??= new Column();
    const column = this.#deliveries[mapping] as Column;
    for (const record of event.records ?? []) column.add(record);
  }

  #discarded(event: TraceEvent): void {
    const { condition, approximateInvokeCount, destination, delivered, message, messages, key, expired } =
      event.data ?? {};
    // What retention took, and nobody was to be told of, is no discard of the mapping.
    if (expired === true && destination === null) return;
    this.#discardCount += 1;
    if (this.#context.summary && this.#discardCount > 1000) return;
    this.#discards.push({
      atMs: this.#ms(event.at),
      mapping: this.#context.mappingName(event.mapping ?? 0),
      records: this.#names(event.records),
      condition: String(condition),
      approximateInvokeCount: Number(approximateInvokeCount),
      destination: (destination ?? null) as string | null,
      delivered: delivered === true,
      message: message ?? null,
      ...(messages !== undefined && { messages: messages as readonly unknown[] }),
      ...(key !== undefined && { key: String(key) }),
    });
  }

  #checkpointed(event: TraceEvent): void {
    const { lane, position } = event.data ?? {};
    if (lane === undefined || position === undefined) return;
    const prefix =
      this.#context.plural && this.#context.mappingCount() > 1
        ? `${this.#context.mappingName(event.mapping ?? 0)}/`
        : '';
    this.#checkpoints[`${prefix}${lane}`] = position as string | number;
  }

  #call(event: TraceEvent): CallResult {
    const { api, status, body, error } = event.data ?? {};
    const refused = error as CallResult['error'];
    return {
      atMs: this.#ms(event.at),
      api: String(api),
      status: Number(status),
      body,
      ...(refused && { error: refused }),
    };
  }

  #violation(event: TraceEvent): Violation {
    const { invariant, message, atMs } = event.data ?? {};
    return {
      invariant: String(invariant),
      message: String(message),
      ...(event.mapping !== undefined && { mapping: this.#context.mappingName(event.mapping) }),
      records: this.#names(event.records),
      atMs: (atMs as readonly number[] | undefined) ?? [this.#ms(event.at)],
    };
  }

  #ms(at: number): number {
    return at - this.#context.startMs;
  }

  #names(records: readonly number[] | undefined): string[] {
    return (records ?? []).map((record) => this.#context.recordName(record));
  }

  result(): RunResult {
    const { scenario, seed, plural, summary } = this.#context;
    return {
      scenario,
      seed,
      virtualMs: this.#ms(this.#endMs),
      invocations: summary ? [] : this.#invocations.list(this.#endMs),
      discards: this.#discards,
      queues: this.#deadLetters.queues(),
      records: summary ? [] : this.#recordResults(),
      checkpoints: this.#checkpoints,
      calls: this.#calls,
      metrics: this.#meter.result(),
      ...(plural && { metricsByMapping: this.#metricsByMapping() }),
      violations: this.#violations,
      errors: this.#errors,
    };
  }

  #metricsByMapping(): Readonly<Record<string, MetricsResult>> {
    const entries = Array.from({ length: this.#context.mappingCount() }, (_, index) => {
      return [this.#context.mappingName(index), this.#meterOf(index).result()] as const;
    });
    return Object.fromEntries(entries);
  }

  #recordResults(): RecordResult[] {
    return Array.from({ length: this.#records }, (_, record) => this.#recordResult(record));
  }

  #recordResult(record: number): RecordResult {
    const source = this.#sourceOf.get(record);
    const mappings = this.#context.mappingsOf(source);
    const id = this.#context.recordName(record);
    const deliveries = this.#deliveriesOf(record);
    const fate = this.#fateOf(record, source, mappings);
    if (!this.#context.plural) return { id, deliveries, fate };
    const names = mappings.map((mapping) => this.#context.mappingName(mapping));
    const fates = Object.fromEntries(mappings.map((mapping, index) => [names[index], this.#fates.of(record, mapping)]));
    const by = mappings.map((mapping, index) => [names[index], this.#deliveries[mapping]?.get(record) ?? 0]);
    return { id, deliveries, fate, fates, deliveriesBy: Object.fromEntries(by) };
  }

  #deliveriesOf(record: number): number {
    let deliveries = 0;
    for (const column of this.#deliveries) deliveries += column?.get(record) ?? 0;
    return deliveries;
  }

  #fateOf(record: number, source: number, mappings: readonly number[]): Fate {
    return this.#fates.overall(record, mappings, this.#context.sources[source]?.isQueue === true);
  }

  totals(): RunTotals {
    const fates: Partial<Record<Fate, number>> = {};
    const mappings = this.#context.sources.map((_, source) => this.#context.mappingsOf(source));
    for (let record = 0; record < this.#records; record += 1) {
      const source = this.#sourceOf.get(record);
      const fate = this.#fateOf(record, source, mappings[source] ?? []);
      fates[fate] = (fates[fate] ?? 0) + 1;
    }
    const ordered = Object.fromEntries(FATES.flatMap((fate) => (fates[fate] ? [[fate, fates[fate]]] : [])));
    const { count } = this.#invocations;
    return {
      invocations: count,
      records: this.#records,
      fates: ordered,
      deliveries: this.#deliveryCount,
      discards: this.#discardCount,
    };
  }
}
