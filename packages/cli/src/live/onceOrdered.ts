/**
 * What is open of streams and topics in a run that is played. Their records have a fate with each mapping that reads them,
 * and stay where they are whatever becomes of them: so each mapping has an account of its own.
 */
import type { TraceLine } from '@millrace/semantics';

interface Arrival {
  readonly record: string;
  /** What the driver calls it. */
  readonly name: string;
  readonly arrivedMs: number;
}

interface Account {
  readonly fetched: Set<string>;
  readonly fated: Set<string>;
}

/** A record that a mapping has not read, with the time of its arrival. */
export type Unread = Arrival;

export class OnceOrdered {
  readonly #arrivals = new Map<string, Arrival[]>();
  readonly #accounts = new Map<string, Account>();

  /** A stream or topic that the run knows. */
  has(source: string): boolean {
    return this.#arrivals.has(source);
  }

  enter(source: string): void {
    this.#arrivals.set(source, []);
  }

  arrived(source: string, record: string, name: string, arrivedMs: number): void {
    this.#arrivals.get(source)?.push({ record, name, arrivedMs });
  }

  /** A line of the trace under the records' own names. */
  take({ what, mapping, records = [], data }: Pick<TraceLine, 'what' | 'mapping' | 'records' | 'data'>): void {
    if (mapping === undefined || (what !== 'fetched' && data?.fate === undefined)) return;
    const { fetched, fated } = this.#account(mapping);
    for (const record of records) (what === 'fetched' ? fetched : fated).add(record);
  }

  /** How many records of the source have no fate with the mapping. */
  pending(mapping: string, source: string): number {
    return (this.#arrivals.get(source)?.length ?? 0) - this.#account(mapping).fated.size;
  }

  /** Records that the mapping has neither read nor passed over. */
  unread(mapping: string, source: string): Unread[] {
    const { fetched, fated } = this.#account(mapping);
    return (this.#arrivals.get(source) ?? []).filter(({ record }) => !fetched.has(record) && !fated.has(record));
  }

  #account(mapping: string): Account {
    let account = this.#accounts.get(mapping);
    if (!account) {
      account = { fetched: new Set(), fated: new Set() };
      this.#accounts.set(mapping, account);
    }
    return account;
  }
}
