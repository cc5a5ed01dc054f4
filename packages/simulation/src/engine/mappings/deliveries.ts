/** How often a record was offered and delivered, for behaviours that count. Kept only where a function asks for it. */
export class Deliveries {
  readonly #offers = new Map<number, number>();
  readonly #deliveries = new Map<number, number>();

  offered(records: readonly number[]): void {
    for (const record of records) this.#offers.set(record, (this.#offers.get(record) ?? 0) + 1);
  }

  delivered(records: readonly number[]): void {
    for (const record of records) this.#deliveries.set(record, (this.#deliveries.get(record) ?? 0) + 1);
  }

  /** Tries before the one that is under way. */
  offersOf(record: number): number {
    return this.#offers.get(record) ?? 0;
  }

  deliveriesOf(record: number): number {
    return this.#deliveries.get(record) ?? 0;
  }
}
