/**
 * The records that a poller may still ask for, in the order in which they were read. A record is found by its position:
 * positions of a shard grow, so that nothing has to be kept besides the records themselves.
 */
import { comparePositions, type Position } from '@millrace/semantics';

/** Places in front that are given back together. */
const LEFT_OPEN = 4096;

export class HeldRecords<R extends { readonly position: Position }> {
  #records: (R | undefined)[] = [];
  /** What stands before is given back. */
  #from = 0;

  get size(): number {
    return this.#records.length - this.#from;
  }

  add(record: R): void {
    this.#records.push(record);
  }

  get(position: Position): R | undefined {
    return this.#records[this.#placeOf(position)];
  }

  /** Mostly they stand side by side. @throws when one of them is not held */
  all(positions: readonly Position[]): R[] {
    const found = new Array<R>(positions.length);
    let place = -1;
    for (let index = 0; index < found.length; index += 1) {
      const position = positions[index] as Position;
      place += 1;
      if (this.#records[place]?.position !== position) place = this.#placeOf(position);
      const record = this.#records[place];
      if (!record) throw new Error(`record ${position} is not held by its poller`);
      found[index] = record;
    }
    return found;
  }

  /** Nobody asks for what comes before this one any more. */
  forgetBefore(position: Position): void {
    const place = this.#placeOf(position);
    for (; this.#from < place; this.#from += 1) this.#records[this.#from] = undefined;
    if (this.#from < LEFT_OPEN || this.#from * 2 < this.#records.length) return;
    this.#records = this.#records.slice(this.#from);
    this.#from = 0;
  }

  /** Where a record stands; -1: it is not held. */
  #placeOf(position: Position): number {
    let low = this.#from;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePositions((this.#records[middle] as R).position, position) < 0) low = middle + 1;
      else high = middle;
    }
    if (this.#records[low]?.position === position) return low;
    // A stream that was made anew under its old name may count from the beginning.
    return this.#records.findLastIndex((record) => record?.position === position);
  }
}
