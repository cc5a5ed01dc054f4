/**
 * Who is due when. A cutter has one moment at which it must be looked at again (its window ends, a former owner's
 * attempts are over), a batch one at which it goes on. The due table may hold moments that have been overtaken; the time
 * that a step returns is never one of those, so that a poller is not woken, nor a run kept alive, for nothing.
 */
import type { Millis } from '../vocabulary.ts';
import { earliest, earliestKey, popDue, schedule } from './due.ts';
import { type Batch, type Cutter, cutterOf, type PollerState } from './state.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** What is due: the cutter of this index, or a batch. */
export type Due = { readonly cutter: number } | { readonly batch: Batch };

/** Asks to look at a cutter again at a time, instead of what was asked before. */
export function wakeCutter(state: PollerState, index: number, atMs: Millis): void {
  const cutter = cutterOf(state, index);
  cutter.dueMs = atMs;
  enter(state, cutter, index);
}

/** A cutter is looked at: what it had been due for is done with. */
export function forgetDue(cutter: Cutter): void {
  cutter.dueMs = NEVER;
}

/** A cutter stands in the table once, at its own moment or before it. */
function enter(state: PollerState, cutter: Cutter, index: number): void {
  if (cutter.dueMs >= cutter.scheduledMs) return;
  cutter.scheduledMs = cutter.dueMs;
  schedule(state.due, cutter.dueMs, -1 - index);
}

/** Asks to go on with a batch at a time. */
export function wakeBatch(state: PollerState, batch: Batch, atMs: Millis): void {
  if (batch.due === atMs) return;
  batch.due = atMs;
  schedule(state.due, atMs, batch.id);
}

/** Takes what is due at `now`, one at a time. */
export function takeDue(state: PollerState, now: Millis): Due | undefined {
  for (let atMs = nextDue(state); atMs !== undefined && atMs <= now; atMs = nextDue(state)) {
    const key = popDue(state.due, now) ?? 0;
    if (key < 0) {
      const cutter = cutterOf(state, -1 - key);
      cutter.scheduledMs = NEVER;
      forgetDue(cutter);
      return { cutter: -1 - key };
    }
    const batch = state.batches.get(key);
    if (!batch) continue;
    batch.due = undefined;
    return { batch };
  }
  return undefined;
}

/** The earliest moment at which something is really due. */
export function nextDue(state: PollerState): Millis | undefined {
  if (state.phase === 'closed') return undefined;
  for (let atMs = earliest(state.due); atMs !== undefined; atMs = earliest(state.due)) {
    const key = earliestKey(state.due);
    if (key < 0 ? cutterOf(state, -1 - key).dueMs === atMs : state.batches.get(key)?.due === atMs) return atMs;
    popDue(state.due, atMs);
    if (key < 0) reenter(state, -1 - key, atMs);
  }
  return undefined;
}

/** The moment in the table was overtaken: the cutter is due later, or not at all. */
function reenter(state: PollerState, index: number, atMs: Millis): void {
  const cutter = cutterOf(state, index);
  if (cutter.scheduledMs !== atMs) return;
  cutter.scheduledMs = NEVER;
  enter(state, cutter, index);
}
