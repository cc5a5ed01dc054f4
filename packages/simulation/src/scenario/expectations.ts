/** What a scenario may expect of its result. A number may always be a range. */

export type Amount = number | { readonly min?: number; readonly max?: number };

export interface Expectations {
  readonly invocations?: Amount;
  /** Record ids of every invocation, in order of start. */
  readonly batches?: readonly (readonly string[])[];
  readonly deliveries?: Readonly<Record<string, Amount>>;
  /** Plural form: by mapping name, then record id. */
  readonly fates?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** Subsets of the result's discards, in order; the list's length must match. */
  readonly discards?: readonly Readonly<Record<string, unknown>>[];
  readonly errors?: readonly { readonly code?: string; readonly message?: string }[];
  /** Dead-letter queues by name: message subsets, record ids, or a number of messages. */
  readonly queues?: Readonly<Record<string, unknown>>;
  readonly metrics?: Readonly<Record<string, unknown>>;
  readonly checkpoints?: Readonly<Record<string, unknown>>;
  /** Subsets of destination documents, in order. */
  readonly messages?: readonly unknown[];
  readonly invocationsAt?: readonly {
    readonly index: number;
    readonly startMs?: Amount;
    readonly event?: unknown;
  }[];
}
