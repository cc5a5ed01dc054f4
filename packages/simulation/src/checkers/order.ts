/**
 * Order per partition key, item, message group or partition.
 *
 * 1. A record is offered for the first time only when every earlier one of its key that was offered is closed, or
 *    stands before it in the same batch.
 * 2. No two batches in flight hold records of one key.
 */
import type { TraceEvent } from '../trace/event.ts';
import { CLOSED, type KeyState, OFFERED, type OpenRecords } from './openRecords.ts';
import type { Report } from './report.ts';

export class OrderChecker {
  readonly #records: OpenRecords;
  /** The keys of each attempt in flight. */
  readonly #inFlight = new Map<string, readonly KeyState[]>();
  /** Queues: the messages of each attempt in flight. */
  readonly #messages = new Map<string, readonly number[]>();
  readonly #report: Report;

  constructor(records: OpenRecords, report: Report) {
    this.#records = records;
    this.#report = report;
  }

  invoked(event: TraceEvent): void {
    const touched: KeyState[] = [];
    const hiddenMs = event.data?.hiddenMs;
    const untilMs = typeof hiddenMs === 'number' ? event.at + hiddenMs : Number.POSITIVE_INFINITY;
    for (const record of event.records ?? []) {
      const state = this.#records.key(record);
      // A message that its queue no longer has holds its group no longer, though a poller may go on trying it.
      const isGone = hiddenMs !== undefined && (this.#records.state(record) & CLOSED) !== 0;
      if (!state || isGone) continue;
      if (state.attempt !== event.attempt || state.seen === 0) {
        this.#enter(state, event, record, untilMs);
        touched.push(state);
      }
      state.seen += 1;
      if (this.#records.offer(record, state)) state.fresh += 1;
    }
    for (const state of touched) this.#leave(state, event);
    if (event.attempt === undefined) return;
    this.#inFlight.set(event.attempt, touched);
    if (hiddenMs !== undefined) this.#messages.set(event.attempt, event.records ?? []);
  }

  #enter(state: KeyState, event: TraceEvent, record: number, untilMs: number): void {
    if (state.attempt !== undefined && state.attempt !== event.attempt && event.at < state.untilMs) {
      this.#report(event, 'one-batch-in-flight-per-key', [record], `attempt ${state.attempt} was still running`);
    }
    state.attempt = event.attempt;
    state.untilMs = untilMs;
    state.seen = 0;
    state.fresh = 0;
  }

  #leave(state: KeyState, event: TraceEvent): void {
    const { seen, fresh } = state;
    state.seen = 0;
    if (fresh === 0 || state.unsettled <= seen) return;
    this.#report(event, 'order-per-key', event.records ?? [], 'an earlier record of the same key was not finished');
  }

  /** What ends at an instant may be followed at that instant, whichever of the two is told first. */
  runsUntil(attempt: string, untilMs: number): void {
    for (const state of this.#inFlight.get(attempt) ?? []) {
      if (state.attempt === attempt) state.untilMs = Math.min(state.untilMs, untilMs);
    }
  }

  settled(event: TraceEvent): void {
    const { attempt } = event;
    if (attempt === undefined) return;
    for (const state of this.#inFlight.get(attempt) ?? []) if (state.attempt === attempt) state.attempt = undefined;
    this.#inFlight.delete(attempt);
    this.#messages.delete(attempt);
  }

  /** Queues: to be called before the record is closed. */
  closing(record: number): void {
    if (this.#messages.size === 0 || (this.#records.state(record) & OFFERED) === 0) return;
    const state = this.#records.key(record);
    if (state?.attempt !== undefined && this.#isGone(state, state.attempt, record)) state.attempt = undefined;
  }

  /** A queue that was purged, or whose messages expired: a group waits for nothing once all its messages in flight are gone. */
  #isGone(state: KeyState, attempt: string, closing: number): boolean {
    const held = this.#messages.get(attempt);
    if (!held) return false;
    const isLeft = (record: number) => record !== closing && (this.#records.state(record) & CLOSED) === 0;
    return !held.some((record) => isLeft(record) && this.#records.key(record) === state);
  }
}
