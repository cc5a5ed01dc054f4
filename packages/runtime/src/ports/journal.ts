/** The port of a journal: what a live run was told, and what it was told to do, so that it can be gone through again. */
import type { Millis } from '@millrace/semantics';

export type JournalEntry =
  | { readonly at: Millis; readonly machine: string; readonly created: unknown }
  | { readonly at: Millis; readonly machine: string; readonly fact: unknown }
  | { readonly at: Millis; readonly machine: string; readonly step: unknown };

export interface Journal {
  write(entry: JournalEntry): void;
}
