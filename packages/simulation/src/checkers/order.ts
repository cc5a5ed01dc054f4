/**
 * Order per partition key, item, message group or partition.
 *
 * 1. A record is offered for the first time only when every earlier one of its key that was offered is closed, or
 *    stands before it in the same batch.
 * 2. No two batches in flight hold records of one key.
 */
import type { TraceEvent } from '../trace/event.ts';
import { CLOSED, OFFERED, type OpenRecords } from './openRecords.ts';
import type { Report } from './report.ts';

interface KeyState {
  /** Records that were offered and are not closed. */
  unsettled: number;
  /** The attempt in flight, and until when it hides its records (queues; Infinity elsewhere). */
  attempt: string | undefined;
  untilMs: number;
  /** Within the attempt being looked at. */
  seen: number;
  fresh: number;
}

export class OrderChecker {
  readonly #keys = new Map<string, KeyState>();
  readonly #records: OpenRecords;
  readonly #report: Report;

  constructor(records: OpenRecords, report: Report) {
    this.#records = records;
    this.#report = report;
  }

  invoked(event: TraceEvent): void {
    const touched = new Set<KeyState>();
    const hiddenMs = event.data?.hiddenMs;
    const untilMs = typeof hiddenMs === 'number' ? event.at + hiddenMs : Number.POSITIVE_INFINITY;
    for (const record of event.records ?? []) {
      const key = this.#records.key(record);
      if (key === undefined) continue;
      const state = this.#keys.get(key) ?? this.#add(key);
      if (!touched.has(state)) this.#enter(state, event, record, untilMs);
      touched.add(state);
      state.seen += 1;
      if ((this.#records.state(record) & (OFFERED | CLOSED)) === 0) {
        state.fresh += 1;
        state.unsettled += 1;
        this.#records.mark(record, OFFERED);
      }
    }
    for (const state of touched) this.#leave(state, event);
  }

  #add(key: string): KeyState {
    const state = { unsettled: 0, attempt: undefined, untilMs: 0, seen: 0, fresh: 0 };
    this.#keys.set(key, state);
    return state;
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
    if (state.fresh === 0 || state.unsettled <= state.seen) return;
    const records = event.records ?? [];
    this.#report(event, 'order-per-key', records, 'an earlier record of the same key was not finished');
  }

  settled(event: TraceEvent): void {
    for (const record of event.records ?? []) {
      const key = this.#records.key(record);
      const state = key === undefined ? undefined : this.#keys.get(key);
      if (state?.attempt === event.attempt && state) state.attempt = undefined;
    }
  }

  /** To be called before the record is closed. */
  closing(record: number): void {
    if ((this.#records.state(record) & OFFERED) === 0) return;
    const key = this.#records.key(record);
    const state = key === undefined ? undefined : this.#keys.get(key);
    if (key === undefined || !state) return;
    state.unsettled -= 1;
    if (state.unsettled === 0 && state.attempt === undefined) this.#keys.delete(key);
  }
}
