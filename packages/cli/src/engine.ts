/**
 * What the commands need of the simulation, as one port: they parse, print and exit; everything else happens behind
 * it. `wiring.ts` puts the real simulation here.
 */
import type { SourceKind } from '@millrace/semantics';
import type { RunResult, RunTotals, ShownMiss, TraceHeader, TraceLine } from '@millrace/simulation';
import type { ProgressState } from './output/progress.ts';

export interface Run {
  readonly result: RunResult;
  readonly totals: RunTotals;
  readonly misses: readonly ShownMiss[];
  readonly exitCode: 0 | 1 | 2;
}

export interface RunOptions {
  readonly events?: boolean;
  readonly seed?: number;
  readonly untilMs?: number;
  /** Keeps no invocations and no records. */
  readonly summary?: boolean;
  readonly onHeader?: (header: TraceHeader) => void;
  readonly onLine?: (line: TraceLine) => void;
  readonly onProgress?: (progress: ProgressState) => void;
  readonly signal?: AbortSignal;
  /** How long, in real time, a handler is waited for; one minute when absent. */
  readonly patienceMs?: number;
  /** Told each time a handler did not answer in that time. */
  readonly onLate?: () => void;
}

/** A scenario that was read and found good. */
export interface Loaded {
  run(options: RunOptions): Promise<Run>;
}

/** How a fixture is to be read where it does not say so itself. */
export interface FixtureReading {
  readonly kind?: SourceKind;
  readonly key?: string;
  readonly time?: string;
  readonly data?: string;
}

export interface Engine {
  /** Reads a scenario file. @throws {UsageError} naming file, line and field of all that is wrong */
  load(file: string): Promise<Loaded>;
  /** Takes a scenario built from flags; its paths are relative to the working directory. */
  build(document: Readonly<Record<string, unknown>>): Promise<Loaded>;
  /** The source that a fixture was recorded at, as it says or shows. @throws when it does not, and no kind is given */
  fixtureSource(file: string, options: FixtureReading): Promise<Readonly<Record<string, unknown>>>;
  /** JSON Schema of the scenario file. */
  readonly schema: unknown;
}
