/** What a step collects while it works: orders, and what has to be made durable before the step is over. */
import type { Millis } from '../vocabulary.ts';
import type { PollerOrder } from './facts.ts';
import type { Entry } from './state.ts';

/** Most steps touch one lane or none: sets are made when the first thing comes into them. */
export interface Out {
  readonly now: Millis;
  readonly orders: PollerOrder[];
  /** Entries finished in this step, and lanes whose work changed: the next save takes them along. */
  finished: readonly Entry[];
  lanes: Set<string> | undefined;
  /** Ledgers in which records were finished without a batch: filtered, or finished before. */
  passed: Set<string> | undefined;
  /** Cutters whose lanes got something, or became free: few, and each once. */
  readonly cutters: number[];
}

const NOTHING: readonly Entry[] = [];

export function createOut(now: Millis): Out {
  return { now, orders: [], finished: NOTHING, lanes: undefined, passed: undefined, cutters: [] };
}

/** Almost always nothing else was finished in the same step. */
export function addFinished(out: Out, entries: readonly Entry[]): void {
  out.finished = out.finished.length === 0 ? entries : out.finished.concat(entries);
}

export function touchLane(out: Out, lane: string): void {
  out.lanes ??= new Set();
  out.lanes.add(lane);
}

export function addPassed(out: Out, ledger: string): void {
  out.passed ??= new Set();
  out.passed.add(ledger);
}

export function touchCutter(out: Out, cutter: number): void {
  if (!out.cutters.includes(cutter)) out.cutters.push(cutter);
}

/** What is to be saved is taken over by a save. */
export function clearSaved(out: Out): void {
  out.finished = NOTHING;
  out.lanes = undefined;
}
