/** Trace events as the lines of a trace file: names instead of numbers, sentences, times from the start. */
import { sentence } from '@millrace/semantics';
import type { TraceEvent } from './event.ts';
import type { TraceLine } from './line.ts';

export interface LineContext {
  readonly startMs: number;
  recordName(ordinal: number): string;
  mappingName(index: number): string;
}

/** Makes lines, numbered from 1. */
export class LineMaker {
  readonly #context: LineContext;
  #seq = 0;

  constructor(context: LineContext) {
    this.#context = context;
  }

  line(event: TraceEvent): TraceLine {
    const { what, poller, lanes, attempt, rule, data } = event;
    this.#seq += 1;
    return {
      seq: this.#seq,
      at: event.at - this.#context.startMs,
      what,
      ...(event.mapping !== undefined && { mapping: this.#context.mappingName(event.mapping) }),
      ...(poller !== undefined && { poller }),
      ...(lanes && lanes.length > 0 && { lanes }),
      ...(event.records && { records: event.records.map((record) => this.#context.recordName(record)) }),
      ...(attempt !== undefined && { attempt }),
      ...(rule !== undefined && { rule, why: sentence(rule, data) }),
      ...(data && { data }),
    };
  }
}
