/** What a step collects while it works: orders, and what has to be made durable before the step is over. */
import type { Millis } from '../vocabulary.ts';
import type { PollerOrder } from './facts.ts';
import type { Entry } from './state.ts';

export interface Out {
  readonly now: Millis;
  readonly orders: PollerOrder[];
  /** Entries finished in this step, and lanes whose work changed: the next save takes them along. */
  finished: readonly Entry[];
  lanes: Set<string>;
  /** Ledgers in which records were finished without a batch: filtered, or finished before. */
  readonly passed: Set<string>;
  /** Cutters whose lanes got something, or became free. */
  readonly cutters: Set<number>;
}

export function createOut(now: Millis): Out {
  return { now, orders: [], finished: [], lanes: new Set(), passed: new Set(), cutters: new Set() };
}

/** Almost always nothing else was finished in the same step. */
export function addFinished(out: Out, entries: readonly Entry[]): void {
  out.finished = out.finished.length === 0 ? entries : out.finished.concat(entries);
}
