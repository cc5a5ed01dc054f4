/**
 * What became of each record, per mapping and at its source. A mapping's word counts before the source's; without
 * either the record is pending.
 */
import { Column } from './columns.ts';
import type { Fate } from './result.ts';

/** By number; what stands later is worse for a record that several mappings read. */
export const FATES: readonly Fate[] = [
  'succeeded',
  'filtered',
  'deduplicated',
  'removed',
  'skipped',
  'dead-lettered',
  'expired',
  'discarded',
  'pending',
];

const PENDING = FATES.indexOf('pending');

export class FateBook {
  readonly #source = new Column();
  readonly #byMapping: (Column | undefined)[] = [];

  set(records: readonly number[], mapping: number | undefined, fate: Fate): void {
    const column = this.#column(mapping);
    const code = FATES.indexOf(fate) + 1;
    for (const record of records) if (record >= 0) column.set(record, code);
  }

  #column(mapping: number | undefined): Column {
    if (mapping === undefined) return this.#source;
    this.#byMapping[mapping] ??= new Column();
    return this.#byMapping[mapping] as Column;
  }

  /** What a mapping (or, where it says nothing, the source) made of a record. */
  of(record: number, mapping: number): Fate {
    const code = this.#code(record, mapping) || this.#source.get(record);
    return code === 0 ? 'pending' : (FATES[code - 1] as Fate);
  }

  #code(record: number, mapping: number): number {
    return this.#byMapping[mapping]?.get(record) ?? 0;
  }

  /** One word for all mappings of a record's source; messages of a queue have one life, whoever handled them. */
  overall(record: number, mappings: readonly number[], shared: boolean): Fate {
    const [only] = mappings;
    if (mappings.length === 1 && only !== undefined) return this.of(record, only);
    const codes = mappings.map((mapping) => this.#code(record, mapping)).filter((code) => code > 0);
    const source = this.#source.get(record);
    if (shared || codes.length === 0) return this.#name(codes[0] ?? source);
    if (codes.length < mappings.length && source === 0) return 'pending';
    return this.#name(Math.max(...codes));
  }

  #name(code: number): Fate {
    return FATES[code === 0 ? PENDING : code - 1] as Fate;
  }
}
