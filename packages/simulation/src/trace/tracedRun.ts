/**
 * A run that is known by its trace while it goes on: one against the wall clock. The same observers look at it as at a run
 * in virtual time: the result, the checkers, the trace file.
 */
import type { MappingSettings, TraceHeader, TraceLine } from '@millrace/semantics';
import { CheckerSuite } from '../checkers/suite.ts';
import { ResultBuilder } from '../result/builder.ts';
import { conclude, type Run } from '../result/conclude.ts';
import { needsLists } from '../result/expect.ts';
import type { Plan } from '../scenario/plan.ts';
import { Recorder } from './event.ts';
import { LineMaker } from './lines.ts';
import { contextOfTrace, TraceNames } from './read.ts';

export interface TracedRunOptions {
  readonly plan: Plan;
  readonly header: TraceHeader;
  /** Counts only, as in `RunOptions`. */
  readonly summary: boolean;
  /** Mappings as they are now, in the order in which they were created. */
  readonly mappings: readonly { readonly settings: MappingSettings; readonly running: boolean }[];
  /** Told every line, numbered, with those about broken invariants. */
  readonly onLine?: ((line: TraceLine) => void) | undefined;
}

export class TracedRun {
  readonly #options: TracedRunOptions;
  readonly #names: TraceNames;
  readonly #builder: ResultBuilder;
  readonly #checkers: CheckerSuite;
  readonly #recorder: Recorder;
  #nowMs: number;

  constructor(options: TracedRunOptions) {
    const { plan, header, summary, mappings, onLine } = options;
    this.#options = options;
    this.#nowMs = header.startMs;
    this.#names = new TraceNames(header.startMs);
    const context = contextOfTrace(header, this.#names, summary && !needsLists(plan.expect));
    this.#builder = new ResultBuilder(context);
    // Timers fire late on a real clock, so that windows may be longer than configured.
    this.#checkers = new CheckerSuite(context, true);
    const maker = new LineMaker(context);
    const lines = onLine ? [{ observe: (event: Parameters<typeof maker.line>[0]) => onLine(maker.line(event)) }] : [];
    this.#recorder = new Recorder([this.#builder, this.#checkers, ...lines]);
    this.#checkers.attach({ plan, mappings, now: () => this.#nowMs }, this.#recorder);
  }

  /** Lines in the order in which they came; `at` counts from the start, a record's first line is `arrived`. */
  take(line: Omit<TraceLine, 'seq'>): void {
    const event = this.#names.event(line);
    this.#nowMs = Math.max(this.#nowMs, event.at);
    this.#recorder.emit(event);
  }

  /** `complete`: nothing could happen any more, so that every record must have found its end. */
  finish(atMs: number, complete: boolean): Run {
    const { plan, summary } = this.#options;
    this.#checkers.finish(complete);
    this.take({ at: atMs, what: 'finished', data: {} });
    return conclude(plan, this.#builder, summary);
  }
}
