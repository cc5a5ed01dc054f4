/** A checkpoint never moves back, and never over a record that is not finished. */
import type { TraceEvent } from '../trace/event.ts';
import { CLOSED, type OpenRecords } from './openRecords.ts';
import type { Report } from './report.ts';

interface Place {
  /** Records read and not yet passed by the checkpoint, oldest first: a ring with room for a power of two. */
  waiting: Int32Array;
  head: number;
  size: number;
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
      if (place && record > place.last && record > newest(place)) enter(place, record);
    }
  }

  #place(name: string): Place {
    let place = this.#places.get(name);
    if (!place) {
      place = { waiting: new Int32Array(64), head: 0, size: 0, last: -1 };
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
    const last = place.waiting.length - 1;
    while (place.size > 0) {
      const next = place.waiting[place.head] as number;
      if (next > upTo) return;
      if ((this.#records.state(next) & CLOSED) === 0) {
        this.#report(event, 'checkpoint-passes-finished-records-only', [next], 'the record is not finished');
      }
      place.head = (place.head + 1) & last;
      place.size -= 1;
    }
  }
}

function newest({ waiting, head, size }: Place): number {
  return size === 0 ? -1 : (waiting[(head + size - 1) & (waiting.length - 1)] as number);
}

function enter(place: Place, record: number): void {
  if (place.size === place.waiting.length) grow(place);
  place.waiting[(place.head + place.size) & (place.waiting.length - 1)] = record;
  place.size += 1;
}

function grow(place: Place): void {
  const { waiting, head } = place;
  const grown = new Int32Array(waiting.length * 2);
  grown.set(waiting.subarray(head));
  grown.set(waiting.subarray(0, head), waiting.length - head);
  place.waiting = grown;
  place.head = 0;
}
