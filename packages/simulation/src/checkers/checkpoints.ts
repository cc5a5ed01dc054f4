/** A checkpoint never moves back, and never over a record that is not finished. */
import type { TraceEvent } from '../trace/event.ts';
import { CLOSED, type OpenRecords } from './openRecords.ts';
import type { Report } from './report.ts';

interface Place {
  /** Records read and not yet passed by the checkpoint, oldest first. */
  waiting: number[];
  head: number;
  last: number;
}

export class CheckpointChecker {
  readonly #records: OpenRecords;
  readonly #report: Report;
  readonly #places = new Map<string, Place>();

  constructor(records: OpenRecords, report: Report) {
    this.#records = records;
    this.#report = report;
  }

  fetched(event: TraceEvent): void {
    let name: string | undefined;
    let place: Place | undefined;
    for (const record of event.records ?? []) {
      const at = this.#records.place(record) ?? event.poller ?? '';
      if (at !== name) place = this.#place(at);
      name = at;
      if (place && record > place.last && record > (place.waiting.at(-1) ?? -1)) place.waiting.push(record);
    }
  }

  #place(name: string): Place {
    let place = this.#places.get(name);
    if (!place) {
      place = { waiting: [], head: 0, last: -1 };
      this.#places.set(name, place);
    }
    return place;
  }

  moved(event: TraceEvent): void {
    const [record] = event.records ?? [];
    if (record === undefined || record < 0 || event.data?.lane === undefined) return;
    const place = this.#place(String(event.data.lane));
    if (record < place.last) this.#report(event, 'checkpoint-never-moves-back', [record], 'it was further already');
    place.last = Math.max(place.last, record);
    this.#pass(event, place, record);
  }

  #pass(event: TraceEvent, place: Place, upTo: number): void {
    let next = place.waiting[place.head];
    while (next !== undefined && next <= upTo) {
      if ((this.#records.state(next) & CLOSED) === 0) {
        this.#report(event, 'checkpoint-passes-finished-records-only', [next], 'the record is not finished');
      }
      place.head += 1;
      next = place.waiting[place.head];
    }
    if (place.head < 4096 || place.head * 2 < place.waiting.length) return;
    // In place: a copy would have to grow anew.
    place.waiting.splice(0, place.head);
    place.head = 0;
  }
}
