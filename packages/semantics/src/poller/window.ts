/**
 * Tumbling windows of a shard. A window is [startMs, endMs), aligned on the epoch by the arrival of its records; it is
 * open from its first record on, and closes after one final invocation without records, which hands over the state.
 *
 * 1. A batch holds records of one window only.
 * 2. While a window is open, no record of a later one is invoked.
 * 3. The state of a window comes from the last answer of its lane; a new window begins with an empty one.
 */
import type { Millis } from '../vocabulary.ts';
import { at, first } from './deque.ts';
import type { WindowCall } from './facts.ts';
import type { Entry, Lane, OpenWindow, Piece, PollerState } from './state.ts';

/** A window without new records is taken to be over after this long: rule `window.idle-window-closes`. */
export const IDLE_WINDOW_MS = 120_000;

/** The largest state a window may hand over, in bytes of JSON. */
export const WINDOW_STATE_LIMIT_BYTES = 1_048_576;

export type WindowCut =
  /** Records of the open window, at most the first `count` of the queue; `complete` when its last record is among them. */
  | { readonly cut: 'records'; readonly count: number; readonly complete: boolean }
  /** `idle`: nothing told that it is over but time. */
  | { readonly cut: 'final'; readonly idle: boolean }
  | { readonly cut: 'overgrown' }
  | { readonly cut: 'wait'; readonly untilMs: Millis }
  | { readonly cut: 'nothing' };

/** What a lane with tumbling windows can do next. Opens a window when the first record of one waits. */
export function nextInWindow(state: PollerState, lane: Lane, now: Millis): WindowCut {
  const head = first(lane.queue);
  if (!lane.window && head) lane.window = openFor(state, head, now);
  const { window } = lane;
  if (!window) return { cut: 'nothing' };
  if (window.overgrown) return { cut: 'overgrown' };
  if (head && head.arrivalMs < window.endMs) return recordsOf(lane, window, state.config.batchSize);
  if (head || state.shardEnded) return { cut: 'final', idle: false };
  const untilMs = Math.max(window.endMs, window.lastReadMs + IDLE_WINDOW_MS);
  return now >= untilMs ? { cut: 'final', idle: true } : { cut: 'wait', untilMs };
}

function openFor(state: PollerState, head: Entry, now: Millis): OpenWindow {
  const length = state.config.tumblingWindowMs;
  const startMs = Math.floor(head.arrivalMs / length) * length;
  return {
    startMs,
    endMs: startMs + length,
    state: {},
    stateBytes: 2,
    lastReadMs: state.lastFetchMs ?? now,
    lastArrivalMs: head.arrivalMs,
    overgrown: false,
  };
}

/** How many entries from the front belong to the window, looked at up to one more than a batch can hold. */
function recordsOf(lane: Lane, window: OpenWindow, batchSize: number): WindowCut {
  let count = 0;
  while (count < batchSize) {
    const entry = at(lane.queue, count);
    if (!entry) return { cut: 'records', count, complete: false };
    if (entry.arrivalMs >= window.endMs) return { cut: 'records', count, complete: true };
    count += 1;
  }
  return { cut: 'records', count, complete: false };
}

/** What the invocation of a piece says about its window. */
export function windowCall(lane: Lane | undefined, piece: Piece): WindowCall | undefined {
  const window = lane?.window;
  if (!window) return undefined;
  const { startMs, endMs, state } = window;
  return { startMs, endMs, state, final: piece.final, terminatedEarly: piece.terminatedEarly };
}

/** After an answer: keeps the state, or closes the window, or begins it again with an empty state. */
export function settleWindow(lane: Lane | undefined, piece: Piece, state: unknown, stateBytes: number): void {
  const window = lane?.window;
  if (!lane || !window) return;
  if (piece.final) {
    lane.window = undefined;
    return;
  }
  window.overgrown = !piece.terminatedEarly && stateBytes > WINDOW_STATE_LIMIT_BYTES;
  window.state = piece.terminatedEarly ? {} : state;
  window.stateBytes = piece.terminatedEarly ? 2 : stateBytes;
  for (const entry of piece.entries) window.lastArrivalMs = Math.max(window.lastArrivalMs, entry.arrivalMs);
}
