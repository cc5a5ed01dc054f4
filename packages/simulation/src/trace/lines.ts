/** Trace events as the lines of a trace file: names instead of numbers, sentences, times from the start. */
import { sentence, type TraceLine } from '@millrace/semantics';
import type { TraceEvent } from './event.ts';

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
    const { mapping, records } = event;
    return {
      seq: this.#seq,
      at: event.at - this.#context.startMs,
      what,
      mapping: mapping === undefined ? undefined : this.#context.mappingName(mapping),
      poller,
      lanes: lanes && lanes.length > 0 ? lanes : undefined,
      records: records && this.#names(records),
      attempt,
      rule,
      why: rule && sentence(rule, data),
      data,
    };
  }

  #names(records: readonly number[]): string[] {
    return records.map((record) => this.#context.recordName(record));
  }
}
